// A packet in the packet editor, apart from any file: its layers, and what its record says besides. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/packet.h"

namespace cmds::oside {

struct EditedPacket {
  /// What the record that it came from is written as.
  enum class Form : std::uint8_t {
    bytes,    // of a pcap or pcapng
    data,     // a JSONL line with hex
    classic,  // a line that says what the bytes say, in the classic dialect: edited as the full decode, written as the dialect
    full,     // the same in the full one
    own,      // a line with values of its own (<auto>, another order of keys, …), which is edited as it is
  };

  proto::Packet packet;
  Form form = Form::bytes;
  std::optional<std::int64_t> time_ns;  // absent: the line had none
  proto::LinkType link = proto::LinkType::ethernet;
  proto::Direction direction = proto::Direction::unknown;
  std::uint32_t interface = 0;
  std::uint32_t missing = 0;  // bytes of the wire that the capture has not
  std::string comment;
  std::string line;           // of JSONL, as it stands in the file

  static EditedPacket from_record(const proto::Record& record);
  /// `link`: of lines that do not say it.
  static proto::Result<EditedPacket> from_line(std::string_view line, proto::LinkType link);

  /// It came from a JSONL file.
  [[nodiscard]] bool has_line() const noexcept { return form != Form::bytes; }
  /// Sets a field from what a person typed. Refused, with the reason and without a change, is also what no encoder can write.
  proto::Result<void> set(std::size_t layer, std::size_t field, std::string_view typed);
  /// "1700000000000000", microseconds since 1970 with up to three decimals; only three where `nanoseconds`.
  proto::Result<void> set_time(std::string_view typed, bool nanoseconds);
  [[nodiscard]] std::string time_text() const;
  /// A layer with standard values in front of layer `at`. Returns the fields below it that were changed, too.
  proto::Result<std::vector<std::string>> add_layer(std::size_t at, std::string_view tag);
  proto::Result<std::vector<std::string>> remove_layer(std::size_t at);
  proto::Result<void> recompute();

  /// The record for a file; its views are of `bytes`, and of this packet.
  proto::Result<proto::Record> record(std::vector<std::uint8_t>& bytes) const;
  /// The line, without its end: keys that the editor does not know stay. One that came from a record is made in `dialect`.
  proto::Result<std::string> to_line(proto::Dialect dialect) const;

 private:
  proto::Result<void> accept(EditedPacket changed);
};

}  // namespace cmds::oside
