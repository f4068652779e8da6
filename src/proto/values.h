#pragma once
#include "proto/address.h"
#include "proto/digits.h"
#include "proto/field.h"
#include "proto/text.h"

// Single values of a field table: bits to JSON text and back. What writes is inlined where the field is a constant,
// so that a layer's table becomes straight code; the same functions serve tables that are walked at run time.
namespace proto {

/// `width` bits, 1 to 64, that begin `at` bits into `from` and touch at most 8 bytes; the first bit is the highest of byte 0.
[[gnu::always_inline]] inline std::uint64_t get_bits(const std::uint8_t* from, unsigned at, unsigned width) noexcept {
  const unsigned last = (at + width - 1) / 8, below = 7 - (at + width - 1) % 8;
  from += at / 8;
  std::uint64_t value = 0;
  // Most fields are of one, two or four bytes: each a single load.
  switch (const unsigned bytes = last - at / 8 + 1) {
    case 1: value = from[0]; break;
    case 2: value = static_cast<std::uint64_t>(from[0] << 8 | from[1]); break;
    case 4: value = static_cast<std::uint32_t>(from[0]) << 24 | static_cast<std::uint32_t>(from[1] << 16 | from[2] << 8 | from[3]); break;
    default:
      for (unsigned i = 0; i < bytes; ++i) value = value << 8 | from[i];
  }
  value >>= below;
  return width == 64 ? value : value & ((std::uint64_t{1} << width) - 1);
}

/// The counterpart; bits of `value` above `width` are dropped.
[[gnu::always_inline]] inline void put_bits(std::uint8_t* to, unsigned at, unsigned width, std::uint64_t value) noexcept {
  const unsigned first = at / 8, last = (at + width - 1) / 8, below = 7 - (at + width - 1) % 8;
  if (width == 16 && below == 0) {
    to[first] = static_cast<std::uint8_t>(value >> 8);
    to[first + 1] = static_cast<std::uint8_t>(value);
    return;
  }
  const std::uint64_t mask = (width == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1) << below;
  std::uint64_t word = 0;
  for (unsigned i = first; i <= last; ++i) word = word << 8 | to[i];
  word = (word & ~mask) | (value << below & mask);
  for (unsigned i = last + 1; i-- > first; word >>= 8) to[i] = static_cast<std::uint8_t>(word);
}

/// Splitmix64: what `"<random>"` draws from; the same seed gives the same packets.
class Random {
public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed) {}
  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

private:
  std::uint64_t state_;
};

/// The longest JSON value of a field with a fixed width.
constexpr std::size_t value_text_max(const Field& f) {
  switch (f.kind) {
    case Kind::boolean: return 5;
    case Kind::mac: return mac_text_max + 2;
    case Kind::ipv4: return ipv4_text_max + 2;
    case Kind::ipv6: return ipv6_text_max + 2;
    case Kind::bytes: return f.bits / 2 + 2;
    case Kind::name: {
      std::size_t longest = 24;  // {"Unknown":4294967295}
      for (const Name& n : f.names) longest = longest < n.text.size() + 2 ? n.text.size() + 2 : longest;
      return longest;
    }
    case Kind::group: {
      std::size_t sum = 2;
      for (const Field& member : f.group) sum += member.name.size() + 4 + value_text_max(member);
      return sum;
    }
    default: return f.bits > 32 ? 20 : f.bits > 16 ? 10 : 5;
  }
}

[[gnu::always_inline]] inline char* put_literal(char* out, std::string_view text) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

/// Writes the JSON value of the field whose first bit is `at`; value_text_max characters at most, and slack.
[[gnu::always_inline]] inline char* put_value(char* out, const Field& f, const std::uint8_t* header, unsigned at) noexcept {
  switch (f.kind) {
    case Kind::boolean: {
      const bool set = get_bits(header, at, 1) != 0;
      std::memcpy(out, set ? "true    " : "false   ", 8);
      return out + (set ? 4 : 5);
    }
    case Kind::mac:
      *out++ = '"';
      out = put_mac(out, header + at / 8);
      *out++ = '"';
      return out;
    case Kind::ipv4:
      *out++ = '"';
      out = put_ipv4(out, header + at / 8);
      *out++ = '"';
      return out;
    case Kind::ipv6:
      *out++ = '"';
      out = put_ipv6(out, header + at / 8);
      *out++ = '"';
      return out;
    case Kind::bytes:
      return put_byte_list(out, {header + at / 8, f.bits / 8});
    case Kind::name: {
      const std::uint64_t value = get_bits(header, at, f.bits);
      for (const Name& n : f.names) {
        if (n.value != value) continue;
        *out++ = '"';
        out = put_literal(out, n.text);
        *out++ = '"';
        return out;
      }
      out = put_u64(put_literal(out, R"({"Unknown":)"), value);
      *out++ = '}';
      return out;
    }
    case Kind::group:
    case Kind::custom:
      return out;
    case Kind::number:
      break;
  }
  const std::uint64_t value = get_bits(header, at, f.bits);
  if (f.bits <= 8) return put_byte(out, static_cast<std::uint8_t>(value));
  if (f.bits <= 16) return put_u16(out, static_cast<std::uint16_t>(value));
  if (f.bits <= 32) return put_u32(out, static_cast<std::uint32_t>(value));
  return put_u64(out, value);
}

/// The range that JSON accepts: whole integer types, wider than the field (jsonl.md section 5, "ignored bits": values are masked).
constexpr std::uint64_t accepted_max(unsigned bits) noexcept {
  return bits <= 8 ? 0xff : bits <= 16 ? 0xffff : bits <= 32 ? 0xffffffff : ~std::uint64_t{0};
}

/// Reads the value of a field that is zero so far, if it is the text that put_value writes, with ',' or '}' behind a number: returns
/// its end. Null for every other form, which read_value may still understand. value_text_max + 1 characters must be there.
[[gnu::always_inline]] inline const char* take_plain(const char* in, const Field& f, std::uint8_t* header, unsigned at) noexcept {
  switch (f.kind) {
    case Kind::number: {
      if (f.bits > 32) return nullptr;
      const std::ptrdiff_t most = f.bits <= 8 ? 3 : f.bits <= 16 ? 5 : 10;
      const char* end = in;
      std::uint64_t value = 0;
      for (unsigned digit = 0; end - in < most && (digit = static_cast<unsigned char>(*end - '0')) < 10; ++end) value = value * 10 + digit;
      if (end == in || (*in == '0' && end - in > 1) || (*end != ',' && *end != '}') || value > accepted_max(f.bits)) return nullptr;
      put_bits(header, at, f.bits, value);
      return end;
    }
    case Kind::boolean:
      if (std::memcmp(in, "false", 5) == 0) return in + 5;
      if (std::memcmp(in, "true", 4) != 0) return nullptr;
      put_bits(header, at, f.bits, 1);
      return in + 4;
    case Kind::mac:
      return take_mac(in, header + at / 8);
    case Kind::ipv4:
      return take_ipv4(in, header + at / 8);
    case Kind::ipv6:
      return take_ipv6(in, header + at / 8);
    default:
      return nullptr;
  }
}

/// Writes `{"name":value,…}` for a table of fixed widths that begins at bit `at` (also the members of a group).
void append_fields(Text& out, std::span<const Field> fields, const std::uint8_t* from, unsigned at = 0);
/// The bytes that a table of fixed widths takes.
constexpr std::size_t fields_size(std::span<const Field> fields) {
  std::size_t bits = 0;
  for (const Field& f : fields) bits += f.bits;
  return bits / 8;
}
/// Reads such an object and appends its bytes; absent members get their standard values.
bool read_fields(JsonIn& in, std::span<const Field> fields, Wire& out);

/// How a value was given, where that matters.
enum class Given : std::uint8_t { value, automatic };

/// Reads the JSON value of a field with a fixed width into `header`, whose bits there are zero.
bool read_value(JsonIn& in, const Field& f, std::uint8_t* header, unsigned at, Given& given, Random& random);
/// Puts a random value into such a field.
void put_random(const Field& f, std::uint8_t* header, unsigned at, Random& random);
/// Puts the standard value into such a field.
void put_standard(const Field& f, std::uint8_t* header, unsigned at) noexcept;

/// `"Name"`, `{"Unknown":n}` or a number; names in any case, '-' and '_' do not count.
bool read_name(JsonIn& in, std::span<const Name> names, std::uint64_t max, std::uint64_t& value);
/// The name of a value, empty if it has none; and a name's value.
std::string_view name_of(std::span<const Name> names, std::uint64_t value) noexcept;
const Name* find_name(std::span<const Name> names, std::string_view text) noexcept;
/// Writes a value's name, or `{"Unknown":n}` where it has none.
void append_name(Text& out, std::string_view name, std::uint64_t value);
void append_name(Text& out, std::span<const Name> names, std::uint64_t value);

/// Reads an address string into `out`.
bool read_ipv4(JsonIn& in, Wire& out);
bool read_ipv6(JsonIn& in, Wire& out);
bool read_mac(JsonIn& in, Wire& out);

}  // namespace proto
