// Writes captures as pcap or pcapng into a buffer that grows; the caller does the output. For a record nothing is done
// but a header and a copy. JSONL has its own writer, line_writer.h.
#pragma once

#include <unordered_map>
#include <vector>

#include "proto/buffer.h"
#include "proto/capture_format.h"
#include "proto/error.h"

namespace proto {

/// Longest packet that a file announces where nothing shorter is known: tcpdump's default.
inline constexpr std::uint32_t default_snaplen_bytes = 262144;

class CaptureWriter {
 public:
  struct Options {
    CaptureFormat format = CaptureFormat::pcap;  // or pcapng
    bool nanoseconds = false;                    // of a pcap; a pcapng always has them
    std::uint32_t snaplen = default_snaplen_bytes;
  };

  explicit CaptureWriter(Options options) : options_(options) {}

  /// Tells of the interface that records call `interface`; its part of the file is written before its first record.
  /// Interfaces that nothing is told of have a link type and no name. A pcap keeps the link type only. Name and filter: less than 64 KiB.
  void describe(std::uint32_t interface, const Interface& what);
  /// Counts for the statistics at the end of a pcapng.
  void count(std::uint32_t interface, std::uint64_t received, std::uint64_t dropped);

  /// The head of the file with all that is described; where it is not called, the first record does it.
  void start(Text& out);
  /// An error leaves `out` as it was, and the next record may fit: a link type that this pcap does not have, a time or
  /// a size that the format cannot hold.
  [[nodiscard]] Result<void> append(Text& out, const Record& record);
  /// Makes the file whole: the head if it had no record, a pcapng's interface statistics.
  void finish(Text& out);

 private:
  struct Described {
    std::uint32_t name;  // what records call it
    Interface what;
    bool written = false;
    std::uint32_t id = 0;  // in the file
  };

  Result<void> append_pcap(Text& out, const Record& record);
  Result<void> append_pcapng(Text& out, const Record& record);
  std::size_t place_of(std::uint32_t interface, LinkType link);
  void write_interface(Text& out, Described& described);
  void write_statistics(Text& out, const Described& described);

  Options options_;
  bool started_ = false;
  LinkType link_ = LinkType::ethernet;  // of a pcap, once started
  std::int64_t last_time_ns_ = 0;
  std::uint32_t next_id_ = 0;
  std::vector<Described> interfaces_;
  std::unordered_map<std::uint64_t, std::size_t> places_;  // (name, link type) -> index of `interfaces_`
  std::uint64_t last_key_ = ~std::uint64_t{0};
  std::size_t last_place_ = 0;
};

}  // namespace proto
