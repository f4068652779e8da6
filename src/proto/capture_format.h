// What the readers and the writer of capture files share: formats, interfaces, limits.
#pragma once

#include <bit>
#include <cstring>
#include <optional>
#include <string>

#include "proto/record.h"

namespace proto {

enum class CaptureFormat : std::uint8_t { unknown, pcap, pcapng, jsonl };

/// One interface of a capture: a pcapng interface description, or the file header of a pcap.
struct Interface {
  LinkType link = LinkType::ethernet;
  std::uint32_t snaplen = 0;  // bytes; 0 = no limit
  std::string name;           // if_name
  std::string filter;         // if_filter, a libpcap expression
  // Counts of an interface statistics block, where the file has one.
  std::optional<std::uint64_t> received;  // packets seen by the interface
  std::optional<std::uint64_t> dropped;   // packets lost for want of buffers
};

/// Longest packet that is read or written: twice the largest GSO packet of Linux (GSO_MAX_SIZE, 512 KiB).
inline constexpr std::uint32_t largest_packet_bytes = 1 << 20;

/// Longest packet that is written to a pcap or pcapng file: libpcap and Wireshark take a file with a longer one for a broken one.
inline constexpr std::uint32_t largest_written_bytes = 262'144;
inline constexpr char too_long_problem[] = "the packet is longer than 262,144 bytes, which is what others can read";

/// Longest pcapng block that is taken into memory: a packet, and options of the same size. Blocks of no interest
/// may be longer; they are skipped without being held.
inline constexpr std::uint32_t largest_block_bytes = 2 << 20;

/// Longest line of JSONL: the largest packet as a list of numbers ("255,") and room for its layers.
inline constexpr std::size_t largest_line_bytes = std::size_t{5} << 20;

/// pcap magic numbers, as they read in the writer's own byte order (draft-ietf-opsawg-pcap).
inline constexpr std::uint32_t pcap_magic_us = 0xa1b2c3d4;
inline constexpr std::uint32_t pcap_magic_ns = 0xa1b23c4d;
inline constexpr std::size_t pcap_file_header_bytes = 24;
inline constexpr std::size_t pcap_record_header_bytes = 16;
inline constexpr std::int64_t pcap_end_ns = 0x1'0000'0000 * second_ns;  // its seconds have 32 bits
/// Whether a record of a pcap can have that time; and what is said where it cannot.
constexpr bool fits_pcap(std::int64_t time_ns) noexcept { return time_ns >= 0 && time_ns < pcap_end_ns; }
inline constexpr char pcap_time_problem[] = "its time is not within what a pcap file can hold, 1970 to 2106";

/// pcapng block types and codes of options (draft-ietf-opsawg-pcapng).
namespace pcapng {
inline constexpr std::uint32_t section_header = 0x0a0d0d0a;
inline constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
inline constexpr std::uint32_t interface_description = 1;
inline constexpr std::uint32_t obsolete_packet = 2;
inline constexpr std::uint32_t simple_packet = 3;
inline constexpr std::uint32_t interface_statistics = 5;
inline constexpr std::uint32_t enhanced_packet = 6;

inline constexpr std::uint16_t opt_end = 0;
inline constexpr std::uint16_t opt_comment = 1;
inline constexpr std::uint16_t shb_userappl = 4;
inline constexpr std::uint16_t if_name = 2;
inline constexpr std::uint16_t if_tsresol = 9;
inline constexpr std::uint16_t if_filter = 11;
inline constexpr std::uint16_t if_tsoffset = 14;
inline constexpr std::uint16_t packet_hash = 3;
inline constexpr std::uint16_t packet_flags = 2;  // bits 0-1: 1 inbound, 2 outbound
inline constexpr std::uint16_t isb_ifrecv = 4;
inline constexpr std::uint16_t isb_ifdrop = 5;
}  // namespace pcapng

static_assert(std::endian::native == std::endian::little, "capture files are written in the byte order of the host");

/// Numbers of a capture file, unaligned, in its writer's byte order.
struct FileOrder {
  bool swapped = false;

  [[nodiscard]] std::uint16_t u16(const std::uint8_t* at) const {
    std::uint16_t value;
    std::memcpy(&value, at, sizeof value);
    return swapped ? __builtin_bswap16(value) : value;
  }
  [[nodiscard]] std::uint32_t u32(const std::uint8_t* at) const {
    std::uint32_t value;
    std::memcpy(&value, at, sizeof value);
    return swapped ? __builtin_bswap32(value) : value;
  }
  [[nodiscard]] std::uint64_t u64(const std::uint8_t* at) const {
    std::uint64_t value;
    std::memcpy(&value, at, sizeof value);
    return swapped ? __builtin_bswap64(value) : value;
  }
  void put16(std::uint8_t* at, std::uint16_t value) const {
    if (swapped) value = __builtin_bswap16(value);
    std::memcpy(at, &value, sizeof value);
  }
  void put32(std::uint8_t* at, std::uint32_t value) const {
    if (swapped) value = __builtin_bswap32(value);
    std::memcpy(at, &value, sizeof value);
  }
};

/// What a format's parser found at the start of its window.
struct Parsed {
  enum class Kind : std::uint8_t {
    record,  // the record is filled in and takes `size` bytes
    bad,     // the same, but it is no record that can be used; `error` of the parser says why
    skip,    // the next `size` bytes hold no packet; there may be more of them than the window has
    need,    // the window has to hold `size` bytes
    broken,  // nothing behind this point can be read; `error` of the parser says why
  };
  Kind kind;
  std::size_t size = 0;
};

}  // namespace proto
