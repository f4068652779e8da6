// Writes captures as pcap, pcapng or JSONL into a buffer that grows; the caller does the output. For a record of a pcap
// or pcapng nothing is done but a header and a copy.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "proto/buffer.h"
#include "proto/capture_format.h"
#include "proto/error.h"
#include "proto/line_writer.h"

namespace proto {

/// Longest packet that a pcap announces where nothing is known of it; `late_head` mends it for longer ones.
inline constexpr std::uint32_t default_snaplen_bytes = 65535;

class CaptureWriter {
 public:
  struct Options {
    CaptureFormat format = CaptureFormat::pcap;  // not unknown
    bool nanoseconds = false;                    // of a pcap; a pcapng always has them
    std::uint32_t snaplen = default_snaplen_bytes;
    LineOptions lines = {};  // of JSONL
  };

  explicit CaptureWriter(Options options) : options_(options), lines_(options.lines) {}

  /// Tells of the interface that records call `interface`; its part of the file is written before its first record.
  /// Interfaces that nothing is told of have a link type and no name. A pcap keeps the link type only. Name and filter: less than 64 KiB.
  void describe(std::uint32_t interface, const Interface& what);
  /// Counts for the statistics at the end of a pcapng.
  void count(std::uint32_t interface, std::uint64_t received, std::uint64_t dropped);

  /// The head of the file with all that is described; where it is not called, the first record does it.
  void start(Text& out);
  /// An error leaves `out` as it was, and the next record may fit: a link type that this pcap does not have, a time or
  /// a size that the format cannot hold.
  [[nodiscard]] Result<void> append(Text& out, const Record& record) {
    // A pcap's header and copy are so little that a call with its checks would cost as much again.
    if (pcap_started_ && record.link == link_ && record.data.size() <= plain_bytes && fits_pcap(record.time_ns)) {
      put_pcap(out, record);
      return {};
    }
    return append_checked(out, record);
  }
  /// Makes the file whole: the head if it had no record, a pcapng's interface statistics.
  void finish(Text& out);

  /// A pcap with a packet longer than its head announced: libpcap would cut it. These bytes belong at `offset`.
  struct LateHead {
    std::size_t offset;
    std::array<char, 4> bytes;
  };
  [[nodiscard]] std::optional<LateHead> late_head() const;

 private:
  struct Described {
    std::uint32_t name;  // what records call it
    Interface what;
    bool written = false;
    std::uint32_t id = 0;  // in the file
  };

  static constexpr std::size_t plain_bytes = default_snaplen_bytes;

  void put_pcap(Text& out, const Record& record) {
    const auto fraction = static_cast<std::uint32_t>(record.time_ns % second_ns);
    const auto size = static_cast<std::uint32_t>(record.data.size());
    const std::uint32_t head[4] = {static_cast<std::uint32_t>(record.time_ns / second_ns), options_.nanoseconds ? fraction : fraction / 1000, size,
                                   std::max(size, record.original_length)};
    static_assert(sizeof head == pcap_record_header_bytes);
    char* const at = out.need(sizeof head + size);
    std::memcpy(at, head, sizeof head);
    if (size > 0) std::memcpy(at + sizeof head, record.data.data(), size);
    out.end(at + sizeof head + size);
    longest_ = std::max(longest_, size);
  }
  Result<void> append_checked(Text& out, const Record& record);
  Result<void> append_pcap(Text& out, const Record& record);
  Result<void> append_pcapng(Text& out, const Record& record);
  std::size_t place_of(std::uint32_t interface, LinkType link);
  void write_interface(Text& out, Described& described);
  void write_statistics(Text& out, const Described& described);

  Options options_;
  LineWriter lines_;
  bool started_ = false, pcap_started_ = false;
  LinkType link_ = LinkType::ethernet;  // of a pcap, once started
  std::uint32_t longest_ = 0;           // packet of a pcap
  std::int64_t last_time_ns_ = 0;
  std::uint32_t next_id_ = 0;
  std::vector<Described> interfaces_;
  std::unordered_map<std::uint64_t, std::size_t> places_;  // (name, link type) -> index of `interfaces_`
  std::uint64_t last_key_ = ~std::uint64_t{0};
  std::size_t last_place_ = 0;
};

}  // namespace proto
