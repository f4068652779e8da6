// One captured packet with what a capture knows about it, independent of the file's format.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace proto {

using Bytes = std::span<const std::uint8_t>;

inline constexpr std::int64_t second_ns = 1'000'000'000;

/// Link types as in pcap files (https://www.tcpdump.org/linktypes.html); any other value is kept and its packets are raw bytes.
enum class LinkType : std::uint32_t {
  null = 0,
  ethernet = 1,
  raw_ip = 101,
  loop = 108,
  linux_sll = 113,
  ipv4 = 228,
  ipv6 = 229,
  linux_sll2 = 276,
};

/// `tx` = sent by the host out of the interface; all else is `rx` (jsonl.md section 1); files without directions: `unknown`.
enum class Direction : std::uint8_t { unknown, rx, tx };

/// A view: `data` and `comment` belong to the reader and live until its next call.
struct Record {
  std::int64_t time_ns = 0;  // since 1970-01-01 UTC
  LinkType link = LinkType::ethernet;
  Direction direction = Direction::unknown;
  std::uint32_t interface = 0;        // index into the file's interfaces (pcapng), else 0
  std::uint32_t original_length = 0;  // bytes on the wire; >= data.size()
  Bytes data;
  std::string_view comment;  // pcapng opt_comment, else empty
};

}  // namespace proto
