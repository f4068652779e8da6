#include "proto/checksum.h"

#include <bit>
#include <cstring>

namespace proto {
namespace {

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

// Sums `length` bytes, a multiple of 64, as 64-bit lanes, each of them as two 32-bit halves: so no carry is lost
// before 2^28 additions, 16 GB. Vectors of 16 bytes are SSE2 or NEON; unaligned loads go through memcpy.
template <class Lanes>
[[gnu::always_inline]] inline std::uint64_t sum_blocks(const std::uint8_t* at, std::size_t length) noexcept {
  constexpr std::size_t width = sizeof(Lanes), vectors = 64 / width;
  Lanes sums[vectors] = {};
  for (const std::uint8_t* end = at + length; at != end; at += 64) {
    for (std::size_t i = 0; i < vectors; ++i) {
      Lanes lanes;
      std::memcpy(&lanes, at + i * width, width);
      sums[i] += (lanes & 0xffffffffu) + (lanes >> 32);
    }
  }
  for (std::size_t i = 1; i < vectors; ++i) sums[0] += sums[i];
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < width / 8; ++i) sum += sums[0][i];
  return sum;
}

typedef std::uint64_t Lanes16 __attribute__((vector_size(16)));

#if defined(__x86_64__)
// Half the instructions of SSE2, which every x86-64 has; asked for once at run time.
typedef std::uint64_t Lanes32 __attribute__((vector_size(32)));

[[gnu::target("avx2")]] std::uint64_t sum_blocks_avx2(const std::uint8_t* at, std::size_t length) noexcept {
  return sum_blocks<Lanes32>(at, length);
}

std::uint64_t sum_all_blocks(const std::uint8_t* at, std::size_t length) noexcept {
  static const bool avx2 = __builtin_cpu_supports("avx2") != 0;
  return avx2 ? sum_blocks_avx2(at, length) : sum_blocks<Lanes16>(at, length);
}
#else
std::uint64_t sum_all_blocks(const std::uint8_t* at, std::size_t length) noexcept {
  return sum_blocks<Lanes16>(at, length);
}
#endif

}  // namespace

Sum& Sum::add(std::span<const std::uint8_t> part) noexcept {
  const std::uint8_t* at = part.data();
  std::size_t left = part.size();
  std::uint64_t sum = sum_;
  if (left >= 64) {
    const std::size_t blocks = left & ~std::size_t{63};
    sum += sum_all_blocks(at, blocks);
    at += blocks;
    left -= blocks;
  }
  std::uint32_t word;
  while (left >= 4) {
    std::memcpy(&word, at, 4);
    sum += word;
    at += 4;
    left -= 4;
  }
  if (left > 0) {
    std::uint8_t tail[4] = {};
    std::memcpy(tail, at, left);
    std::memcpy(&word, tail, 4);
    sum += word;
  }
  sum_ = sum;
  return *this;
}

// Of 4 or 16 bytes; inlined, where `add` is not.
inline Sum& Sum::add_address(const std::uint8_t* at, std::size_t size) noexcept {
  for (std::uint32_t word; size > 0; at += 4, size -= 4) {
    std::memcpy(&word, at, 4);
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
  // A packet from before segmentation may be longer than 64 KiB (BIG TCP), and Linux adds all of its length.
  return add_address(src, 4).add_address(dst, 4).add_word(protocol).add_word(length >> 16).add_word(length);
}

Sum& Sum::add_pseudo_header6(const std::uint8_t* src, const std::uint8_t* dst, std::uint8_t protocol,
                             std::uint32_t length) noexcept {
  return add_address(src, 16).add_address(dst, 16).add_word(length >> 16).add_word(length).add_word(protocol);
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
