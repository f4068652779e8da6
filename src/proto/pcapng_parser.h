// pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces.
#pragma once

#include <optional>
#include <vector>

#include "proto/buffer.h"
#include "proto/capture_format.h"
#include "proto/error.h"

namespace proto {

/// From an interface's time stamps (if_tsresol, if_tsoffset) to nanoseconds.
class PcapngClock {
 public:
  PcapngClock() = default;  // microseconds, the format's default
  PcapngClock(std::uint8_t resolution, std::int64_t offset_seconds);
  /// Nothing if 64 bits do not hold it: before the year 1677 or beyond 2262.
  [[nodiscard]] std::optional<std::int64_t> to_ns(std::uint64_t ticks) const;
  /// Nothing if no number of ticks is that time exactly.
  [[nodiscard]] std::optional<std::uint64_t> to_ticks(std::int64_t time_ns) const;

 private:
  std::uint64_t multiply_ = 1000;
  std::uint64_t divide_ = 1;
  unsigned shift_ = 0;
  std::int64_t offset_seconds_ = 0;
};

class PcapngParser {
 public:
  /// True if `head` (4 bytes at least) starts a section header.
  [[nodiscard]] static bool knows(Bytes head);

  /// Looks at one block at the start of `window`, which stands at `offset` of the file.
  [[nodiscard]] Parsed parse(Bytes window, std::uint64_t offset, Record& record);

  /// The next window stands at `offset`, somewhere in the part of the file that was parsed before.
  void seek(std::uint64_t offset);

  /// Appends the block `old` of a packet (after seek() to it) with the packet, the length and the time of `changed`; all else as
  /// it was: interface, comments, other options but for the packet's hash. An error: what this file cannot hold.
  [[nodiscard]] Result<void> rewrite(Wire& out, Bytes old, const Record& changed) const;
  /// Where section headers say how long their sections are, 8 bytes each; all ones would say that they do not.
  [[nodiscard]] const std::vector<std::uint64_t>& section_lengths() const { return section_lengths_; }

  /// All interfaces of all sections so far; `Record::interface` is an index into them.
  [[nodiscard]] const std::vector<Interface>& interfaces() const { return interfaces_; }

  std::string error;

 private:
  struct Section {
    std::uint64_t offset;
    std::size_t first_interface;
    FileOrder order;
  };

  Parsed parse_section(Bytes window, std::uint64_t offset);
  Parsed parse_interface(Bytes block, std::uint64_t offset);
  Parsed parse_timed(Bytes block, std::uint32_t interface, Record& record);
  Parsed parse_simple(Bytes block, Record& record);
  Parsed parse_statistics(Bytes block);
  Parsed packet(Bytes block, std::size_t header, std::uint32_t interface, std::uint32_t captured, Record& record);
  bool packet_options(Bytes options, Record& record);
  template <class Visit>
  bool for_each_option(Bytes options, Visit visit);
  Parsed broken(std::string why);

  FileOrder order_;
  std::size_t section_first_ = 0;  // first interface of the section
  std::size_t section_end_ = 0;    // behind its last one
  std::vector<Interface> interfaces_;
  std::vector<PcapngClock> clocks_;
  std::vector<Section> sections_;  // in the order of the file
  std::vector<std::uint64_t> section_lengths_;
  std::uint64_t described_to_ = 0;  // end of the last interface description
  std::size_t text_bytes_ = 0;     // held by all names and filters
  std::string comments_;           // of a packet that has several
};

}  // namespace proto
