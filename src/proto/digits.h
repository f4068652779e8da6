#pragma once
#include <array>
#include <cstdint>
#include <cstring>

// Numbers to decimal text, without branches where it pays. Every function writes at `out` and returns
// the end; it may touch up to 8 bytes past that end, so a buffer needs that much slack.
namespace proto {

struct ByteText {
  char text[4];  // up to three digits, then ','
};

// 0…255 as decimal with a comma behind, and the number of digits.
inline constexpr auto byte_texts = [] {
  std::array<ByteText, 256> table{};
  for (unsigned i = 0; i < 256; ++i) {
    char* t = table[i].text;
    if (i >= 100) *t++ = static_cast<char>('0' + i / 100);
    if (i >= 10) *t++ = static_cast<char>('0' + i / 10 % 10);
    *t++ = static_cast<char>('0' + i % 10);
    *t = ',';
  }
  return table;
}();

inline constexpr auto byte_lengths = [] {
  std::array<std::uint8_t, 256> table{};
  for (unsigned i = 0; i < 256; ++i) table[i] = i >= 100 ? 3 : i >= 10 ? 2 : 1;
  return table;
}();

inline constexpr auto digit_pairs = [] {
  std::array<char, 200> table{};
  for (unsigned i = 0; i < 100; ++i) {
    table[2 * i] = static_cast<char>('0' + i / 10);
    table[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return table;
}();

inline char* put_byte(char* out, std::uint8_t value) noexcept {
  std::memcpy(out, byte_texts[value].text, 4);
  return out + byte_lengths[value];
}

inline char* put_pair(char* out, std::uint32_t below_100) noexcept {
  std::memcpy(out, &digit_pairs[2 * below_100], 2);
  return out + 2;
}

// Up to 9999, without leading zeros.
inline char* put_small(char* out, std::uint32_t value) noexcept {
  if (value < 256) return put_byte(out, static_cast<std::uint8_t>(value));
  const std::uint32_t high = value / 100;
  if (high < 10)
    *out++ = static_cast<char>('0' + high);
  else
    out = put_pair(out, high);
  return put_pair(out, value % 100);
}

inline char* put_four(char* out, std::uint32_t value) noexcept {
  return put_pair(put_pair(out, value / 100), value % 100);
}

inline char* put_u16(char* out, std::uint16_t value) noexcept {
  if (value < 10000) return put_small(out, value);
  *out++ = static_cast<char>('0' + value / 10000);
  return put_four(out, value % 10000u);
}

inline char* put_u32(char* out, std::uint32_t value) noexcept {
  if (value < 10000) return put_small(out, value);
  if (value < 100000000) return put_four(put_small(out, value / 10000), value % 10000);
  out = put_small(out, value / 100000000);
  value %= 100000000;
  return put_four(put_four(out, value / 10000), value % 10000);
}

inline char* put_u64(char* out, std::uint64_t value) noexcept {
  if (value <= 0xffffffffu) return put_u32(out, static_cast<std::uint32_t>(value));
  const std::uint64_t high = value / 100000000;
  const auto low = static_cast<std::uint32_t>(value % 100000000);
  if (high <= 0xffffffffu)
    out = put_u32(out, static_cast<std::uint32_t>(high));
  else
    out = put_four(put_four(put_small(out, static_cast<std::uint32_t>(high / 100000000)),
                            static_cast<std::uint32_t>(high % 100000000 / 10000)),
                   static_cast<std::uint32_t>(high % 10000));
  return put_four(put_four(out, low / 10000), low % 10000);
}

}  // namespace proto
