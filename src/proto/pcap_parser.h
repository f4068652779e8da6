// pcap files (draft-ietf-opsawg-pcap): microseconds and nanoseconds, both byte orders.
#pragma once

#include "proto/buffer.h"
#include "proto/capture_format.h"
#include "proto/error.h"

namespace proto {

class PcapParser {
 public:
  /// True if `head` (4 bytes at least) is the magic of a pcap file.
  [[nodiscard]] static bool knows(Bytes head);

  /// Looks at the start of `window`: the file header first, then record after record.
  [[nodiscard]] Parsed parse(Bytes window, Record& record);

  [[nodiscard]] const Interface& interface() const { return interface_; }
  [[nodiscard]] bool nanoseconds() const { return tick_ns_ == 1; }

  /// Appends the record `old` with the packet, the length and the time of `changed`; all else as it was. An error: what this file
  /// cannot hold.
  [[nodiscard]] Result<void> rewrite(Wire& out, Bytes old, const Record& changed) const;

  std::string error;

 private:
  Parsed parse_file_header(Bytes window);
  Parsed broken(std::string why);

  FileOrder order_;
  std::uint32_t tick_ns_ = 0;  // nanoseconds in a unit of the time's fraction; 0: file header not seen
  Interface interface_;
};

}  // namespace proto
