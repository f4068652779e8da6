#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "proto/address.h"

// The Internet checksum (RFC 1071), once for the whole project.
// A Sum adds parts one after the other; every part but the last has an even length.
namespace proto {

class Sum {
public:
  Sum& add(std::span<const std::uint8_t> part) noexcept;
  /// Adds one 16-bit word, given as a number.
  Sum& add_word(std::uint32_t word) noexcept;
  /// The pseudo-headers of IPv4 (RFC 793) and IPv6 (RFC 8200 section 8.1); addresses are in network order.
  Sum& add_pseudo_header4(const std::uint8_t* src, const std::uint8_t* dst, std::uint8_t protocol,
                          std::uint32_t length) noexcept;
  Sum& add_pseudo_header6(const std::uint8_t* src, const std::uint8_t* dst, std::uint8_t protocol,
                          std::uint32_t length) noexcept;
  /// One's-complement sum so far, 16 bits, not inverted. A sum that holds its own right checksum is 0xffff.
  std::uint16_t folded() const noexcept;
  /// What goes into the header's checksum field, as a number.
  std::uint16_t checksum() const noexcept { return static_cast<std::uint16_t>(~folded()); }

private:
  Sum& add_address(const std::uint8_t* at, std::size_t size) noexcept;

  std::uint64_t sum_ = 0;  // of words as they lie in memory; turned once at the end
};

inline std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) noexcept {
  return Sum().add(bytes).checksum();
}

/// The checksum field after one 16-bit word under it changed (RFC 1624, equation 3).
std::uint16_t adjusted_checksum(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word) noexcept;

}  // namespace proto
