#include "proto/address.h"

#include <cstring>

#include "proto/digits.h"

namespace proto {
namespace {

constexpr char upper_hex[] = "0123456789ABCDEF";
constexpr char lower_hex[] = "0123456789abcdef";

constexpr auto hex_values = [] {
  std::array<std::int8_t, 256> table{};
  for (auto& value : table) value = -1;
  for (int i = 0; i < 16; ++i) table[static_cast<unsigned char>(upper_hex[i])] = table[static_cast<unsigned char>(lower_hex[i])] = static_cast<std::int8_t>(i);
  return table;
}();

int hex_value(char c) noexcept { return hex_values[static_cast<unsigned char>(c)]; }

char* put_group(char* out, unsigned group) noexcept {
  int shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0;
  for (; shift >= 0; shift -= 4) *out++ = lower_hex[group >> shift & 15];
  return out;
}

// Reads up to eight groups of hex digits separated by ':' into `groups`; an IPv4 tail counts as two.
// Stops at the end of `text` or before "::". Returns the number of groups, or -1.
int read_groups(std::string_view& text, std::uint16_t* groups, int room) noexcept {
  int count = 0;
  const bool dotted = text.find('.') != text.npos;
  for (;;) {
    if (dotted && room - count >= 2) {
      const auto tail = parse_ipv4(text);
      if (tail) {
        groups[count] = static_cast<std::uint16_t>(tail->bytes[0] << 8 | tail->bytes[1]);
        groups[count + 1] = static_cast<std::uint16_t>(tail->bytes[2] << 8 | tail->bytes[3]);
        text = {};
        return count + 2;
      }
    }
    if (count == room) return -1;
    unsigned value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 5 && hex_value(text[digits]) >= 0) {
      value = value << 4 | static_cast<unsigned>(hex_value(text[digits]));
      ++digits;
    }
    if (digits == 0 || digits == 5) return -1;
    groups[count++] = static_cast<std::uint16_t>(value);
    text.remove_prefix(digits);
    if (text.empty() || text.starts_with("::")) return count;
    if (text[0] != ':') return -1;
    text.remove_prefix(1);
  }
}

}  // namespace

char* put_mac(char* out, const std::uint8_t* bytes) noexcept {
  for (int i = 0; i < 6; ++i) {
    out[0] = upper_hex[bytes[i] >> 4];
    out[1] = upper_hex[bytes[i] & 15];
    out[2] = ':';
    out += 3;
  }
  return out - 1;
}

char* put_ipv4(char* out, const std::uint8_t* bytes) noexcept {
  out = put_byte(out, bytes[0]);
  *out++ = '.';
  out = put_byte(out, bytes[1]);
  *out++ = '.';
  out = put_byte(out, bytes[2]);
  *out++ = '.';
  return put_byte(out, bytes[3]);
}

char* put_ipv6(char* out, const std::uint8_t* bytes) noexcept {
  static constexpr std::uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::memcmp(bytes, mapped, sizeof mapped) == 0) {
    std::memcpy(out, "::ffff:", 7);
    return put_ipv4(out + 7, bytes + 12);
  }
  unsigned groups[8];
  for (int i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  int best = -1, best_length = 1;  // a single zero group is not shortened (RFC 5952 section 4.2.2)
  for (int i = 0; i < 8; ++i) {
    int length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) {
      best = i;
      best_length = length;
    }
    i += length;
  }
  for (int i = 0; i < 8; ++i) {
    if (i == best) {
      *out++ = ':';
      if (i == 0) *out++ = ':';
      i += best_length - 1;
      continue;
    }
    out = put_group(out, groups[i]);
    if (i < 7) *out++ = ':';
  }
  return out;
}

std::string to_text(const Mac& address) {
  char text[mac_text_max + 8];
  return {text, put_mac(text, address.bytes.data())};
}

std::string to_text(const Ipv4& address) {
  char text[ipv4_text_max + 8];
  return {text, put_ipv4(text, address.bytes.data())};
}

std::string to_text(const Ipv6& address) {
  char text[ipv6_text_max + 8];
  return {text, put_ipv6(text, address.bytes.data())};
}

std::optional<Mac> parse_mac(std::string_view text) noexcept {
  const std::size_t step = text.size() == 17 ? 3 : text.size() == 12 ? 2 : 0;
  if (step == 0) return {};
  Mac mac;
  for (std::size_t i = 0; i < 6; ++i) {
    const char* at = text.data() + i * step;
    if (step == 3 && i < 5 && at[2] != ':' && at[2] != '-') return {};
    const int high = hex_value(at[0]), low = hex_value(at[1]);
    if (high < 0 || low < 0) return {};
    mac.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return mac;
}

std::optional<Ipv4> parse_ipv4(std::string_view text) noexcept {
  Ipv4 address;
  std::size_t at = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0 && (at == text.size() || text[at++] != '.')) return {};
    const std::size_t start = at;
    unsigned value = 0;
    while (at < text.size() && at - start < 3 && text[at] >= '0' && text[at] <= '9')
      value = value * 10 + static_cast<unsigned>(text[at++] - '0');
    if (at == start || value > 255 || (text[start] == '0' && at - start > 1)) return {};
    address.bytes[i] = static_cast<std::uint8_t>(value);
  }
  if (at != text.size()) return {};
  return address;
}

const char* take_mac(const char* in, std::uint8_t* to) noexcept {
  bool good = in[0] == '"' && in[18] == '"';
  int digits = 0;  // negative as soon as one is none
  for (int i = 0; i < 6; ++i) {
    const char* at = in + 1 + 3 * i;
    const int high = hex_value(at[0]), low = hex_value(at[1]);
    digits |= high | low;
    good &= i == 5 || at[2] == ':';
    to[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return good && digits >= 0 ? in + 19 : nullptr;
}

const char* take_ipv4(const char* in, std::uint8_t* to) noexcept {
  char before = '"';
  for (int i = 0; i < 4; ++i, before = '.') {
    if (*in++ != before) return nullptr;
    const char* start = in;
    unsigned value = 0;
    for (unsigned digit = 0; in - start < 3 && (digit = static_cast<unsigned char>(*in - '0')) < 10; ++in) value = value * 10 + digit;
    if (in == start || value > 255 || (*start == '0' && in - start > 1)) return nullptr;
    to[i] = static_cast<std::uint8_t>(value);
  }
  return *in == '"' ? in + 1 : nullptr;
}

const char* take_ipv6(const char* in, std::uint8_t* to) noexcept {
  if (*in++ != '"') return nullptr;
  std::size_t size = 0;
  while (size <= ipv6_text_max && in[size] != '"') ++size;
  const auto address = size <= ipv6_text_max ? parse_ipv6({in, size}) : std::nullopt;
  if (!address) return nullptr;
  std::memcpy(to, address->bytes.data(), 16);
  return in + size + 1;
}

std::optional<Ipv6> parse_ipv6(std::string_view text) noexcept {
  std::uint16_t groups[8] = {};
  int head = 0;
  if (!text.starts_with("::")) {
    head = read_groups(text, groups, 8);
    if (head < 0 || (text.empty() && head != 8)) return {};
  }
  if (!text.empty()) {
    text.remove_prefix(2);
    std::uint16_t tail[8] = {};
    const int room = 7 - head;  // "::" stands for at least one group
    const int count = text.empty() ? 0 : room <= 0 ? -1 : read_groups(text, tail, room);
    if (count < 0 || room < 0 || !text.empty()) return {};
    for (int i = 0; i < count; ++i) groups[8 - count + i] = tail[i];
  }
  Ipv6 address;
  for (std::size_t i = 0; i < 8; ++i) {
    address.bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    address.bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
  }
  return address;
}

}  // namespace proto
