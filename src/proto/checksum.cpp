#include "proto/checksum.h"

#include <bit>
#include <cstring>

namespace proto {
namespace {

// Sixteen bytes as two 64-bit lanes; the compiler maps it to SSE2 or NEON, unaligned loads go through memcpy.
typedef std::uint64_t Lanes __attribute__((vector_size(16)));

Lanes load(const std::uint8_t* at) noexcept {
  Lanes lanes;
  std::memcpy(&lanes, at, sizeof lanes);
  return lanes;
}

// Both 32-bit halves of each lane, added in 64 bits: carries cannot be lost before 2^32 additions.
Lanes halves(Lanes x) noexcept { return (x & 0xffffffffu) + (x >> 32); }

std::uint64_t swapped_if_little(std::uint16_t word) noexcept {
  return std::endian::native == std::endian::little ? __builtin_bswap16(word) : word;
}

std::uint16_t fold(std::uint64_t sum) noexcept {
  sum = (sum & 0xffffffffu) + (sum >> 32);
  sum = (sum & 0xffffffffu) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

}  // namespace

Sum& Sum::add(std::span<const std::uint8_t> part) noexcept {
  const std::uint8_t* at = part.data();
  std::size_t left = part.size();
  if (left >= 64) {
    Lanes a{}, b{}, c{}, d{};
    do {
      a += halves(load(at));
      b += halves(load(at + 16));
      c += halves(load(at + 32));
      d += halves(load(at + 48));
      at += 64;
      left -= 64;
    } while (left >= 64);
    a += b + c + d;
    sum_ += fold(a[0]);
    sum_ += fold(a[1]);
  }
  std::uint32_t word;
  while (left >= 4) {
    std::memcpy(&word, at, 4);
    sum_ += word;
    at += 4;
    left -= 4;
  }
  if (left > 0) {
    std::uint8_t tail[4] = {};
    std::memcpy(tail, at, left);
    std::memcpy(&word, tail, 4);
    sum_ += word;
  }
  return *this;
}

Sum& Sum::add_word(std::uint32_t word) noexcept {
  sum_ += swapped_if_little(static_cast<std::uint16_t>(word));
  return *this;
}

Sum& Sum::add_pseudo_header4(const std::uint8_t* src, const std::uint8_t* dst, std::uint8_t protocol,
                             std::uint32_t length) noexcept {
  return add({src, 4}).add({dst, 4}).add_word(protocol).add_word(length);
}

Sum& Sum::add_pseudo_header6(const std::uint8_t* src, const std::uint8_t* dst, std::uint8_t protocol,
                             std::uint32_t length) noexcept {
  return add({src, 16}).add({dst, 16}).add_word(length >> 16).add_word(length).add_word(protocol);
}

std::uint16_t Sum::folded() const noexcept {
  return static_cast<std::uint16_t>(swapped_if_little(fold(sum_)));
}

std::uint16_t adjusted_checksum(std::uint16_t checksum, std::uint16_t old_word, std::uint16_t new_word) noexcept {
  std::uint32_t sum = static_cast<std::uint16_t>(~checksum) + std::uint32_t{static_cast<std::uint16_t>(~old_word)} + new_word;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace proto
