#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "proto/buffer.h"
#include "proto/json_in.h"
#include "proto/record.h"

// What a protocol file says about its fields. layer.h shows how it is used.
namespace proto {

/// jsonl.md section 5: `classic` writes what the ancestor wrote, `full` decodes everything that is known.
enum class Dialect : std::uint8_t { classic, full };

/// A layer's bytes as hooks see them: from its first byte to the end of what it may use. Numbers that
/// lie behind the end read as zero.
struct Header {
  const std::uint8_t* data = nullptr;
  std::size_t size = 0;
  Dialect dialect = Dialect::classic;
  std::size_t before = 0;  // bytes of the layer that goes before, which may be read too (at data - before)

  std::uint8_t u8(std::size_t at) const noexcept { return at < size ? data[at] : std::uint8_t{0}; }
  std::uint16_t u16(std::size_t at) const noexcept { return static_cast<std::uint16_t>(u8(at) << 8 | u8(at + 1)); }
  std::uint32_t u32(std::size_t at) const noexcept { return static_cast<std::uint32_t>(u16(at)) << 16 | u16(at + 2); }
  Bytes from(std::size_t at) const noexcept { return at < size ? Bytes(data + at, size - at) : Bytes(); }
  bool full() const noexcept { return dialect == Dialect::full; }
};

/// "Not this layer": what a hook returns in place of a length.
inline constexpr std::size_t refused = static_cast<std::size_t>(-1);

/// A value and its name in JSON. Other values are written `{"Unknown":n}`.
struct Name {
  std::uint32_t value;
  std::string_view text;
};

/// What a field table cannot say: how long such a field is, and its JSON form both ways.
/// `write` and `read` must be each other's inverse for the bytes that `extent` accepts; dissect.h checks it for every
/// packet, and what does not come back the same becomes raw.
struct Codec {
  /// Bytes of the field that begins at `at`, or `refused`; never more than there are. Null: the rest of the layer.
  std::size_t (*extent)(const Header& layer, std::size_t at) noexcept;
  /// Writes the JSON value of these bytes, `value` = the field within `layer`.
  void (*write)(Text& out, Bytes value, const Header& layer);
  /// Reads a JSON value and appends its bytes; the layer begins at `out[layer]`. False after in.fail(…).
  bool (*read)(JsonIn& in, Wire& out, std::size_t layer);
  std::string_view form;  // for the editor and help, e.g. "list of options"
  std::uint64_t most = 0;  // not 0: `read` takes a number up to this, which may be given as text and as "<random>" too
  Bytes absent = {};       // what an absent or automatic field has
};

enum class Kind : std::uint8_t { number, boolean, mac, ipv4, ipv6, bytes, name, group, custom };

/// What an absent field gets: its standard value, a random one, or the result of its layer's `fill` hook.
enum class Absent : std::uint8_t { standard, random, computed };

struct Field {
  static constexpr unsigned behind = ~0u;

  std::string_view name;                   // as in JSON
  Kind kind = Kind::number;
  unsigned bits = 0;                       // width; 0: as long as its bytes say
  std::uint64_t standard_value = 0;
  Absent absent = Absent::standard;
  unsigned at = behind;                    // first bit in the header, if the JSON order is not the order on the wire
  bool full_only = false;                  // neither taken nor written in the classic dialect
  std::string_view selects = {};           // the table of bindings that finds the next layer by this value
  std::span<const Name> names = {};
  std::span<const Name> flags = {};        // a number's bits that have names, for people: value = mask
  std::span<const Field> group = {};       // members of a nested object
  const Codec* codec = nullptr;
  bool (*present)(const Header& layer) noexcept = nullptr;  // null: always
  std::size_t (*length)(const Header& layer) noexcept = nullptr;  // of bytes and addresses with bits 0; null: the rest
  bool (*read_text)(std::string_view text, std::uint64_t& value) = nullptr;  // a group's or number's string form

  constexpr Field standard(std::uint64_t value) const { Field f = *this; f.standard_value = value; return f; }
  constexpr Field computed() const { Field f = *this; f.absent = Absent::computed; return f; }
  constexpr Field random() const { Field f = *this; f.absent = Absent::random; return f; }
  /// The next layer is found by this value, and an absent value is found by the next layer.
  constexpr Field selector(std::string_view table) const { Field f = computed(); f.selects = table; return f; }
  /// The next layer is found by this value, but an absent value is not found by the next layer.
  constexpr Field looks_up(std::string_view table) const { Field f = *this; f.selects = table; return f; }
  constexpr Field with_flags(std::span<const Name> masks) const { Field f = *this; f.flags = masks; return f; }
  constexpr Field at_bit(unsigned bit) const { Field f = *this; f.at = bit; return f; }
  constexpr Field only_full() const { Field f = *this; f.full_only = true; return f; }
  constexpr Field when(bool (*test)(const Header&) noexcept) const { Field f = *this; f.present = test; return f; }
  constexpr Field with_length(std::size_t (*rule)(const Header&) noexcept) const { Field f = *this; f.length = rule; return f; }
  constexpr Field or_text(bool (*rule)(std::string_view, std::uint64_t&)) const { Field f = *this; f.read_text = rule; return f; }

  /// Where its place depends on other fields, so that it is found while reading.
  constexpr bool floats() const { return bits == 0 || present != nullptr || full_only; }
};

constexpr Field number(std::string_view name, unsigned bits, std::uint64_t standard = 0) {
  Field f{.name = name};
  f.bits = bits;
  f.standard_value = standard;
  return f;
}
constexpr Field u8(std::string_view name, std::uint64_t standard = 0) { return number(name, 8, standard); }
constexpr Field u16(std::string_view name, std::uint64_t standard = 0) { return number(name, 16, standard); }
constexpr Field u32(std::string_view name, std::uint64_t standard = 0) { return number(name, 32, standard); }
constexpr Field flag(std::string_view name) {
  Field f = number(name, 1);
  f.kind = Kind::boolean;
  return f;
}
constexpr Field mac(std::string_view name, std::uint64_t standard = 0) {
  Field f = number(name, 48, standard);
  f.kind = Kind::mac;
  return f;
}
constexpr Field ipv4(std::string_view name, std::uint64_t standard = 0) {
  Field f = number(name, 32, standard);
  f.kind = Kind::ipv4;
  return f;
}
constexpr Field ipv6(std::string_view name) {
  Field f = number(name, 128);
  f.kind = Kind::ipv6;
  return f;
}
/// A list of exactly `count` bytes; 0: as many as `with_length` says, else the rest of the layer.
constexpr Field bytes(std::string_view name, unsigned count = 0) {
  Field f = number(name, count * 8);
  f.kind = Kind::bytes;
  return f;
}
constexpr Field choice(std::string_view name, unsigned bits, std::span<const Name> names) {
  Field f = number(name, bits, names.empty() ? 0 : names[0].value);
  f.kind = Kind::name;
  f.names = names;
  return f;
}
constexpr Field group(std::string_view name, unsigned bits, std::span<const Field> members) {
  Field f = number(name, bits);
  f.kind = Kind::group;
  f.group = members;
  return f;
}
constexpr Field custom(std::string_view name, const Codec& codec) {
  Field f{.name = name};
  f.kind = Kind::custom;
  f.codec = &codec;
  return f;
}

/// The index of a field in its table, found by the compiler: `fill.wants(index_of(fields, "chksum"))`.
consteval std::size_t index_of(std::span<const Field> fields, std::string_view name) {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name) return i;
  throw "no such field";
}

}  // namespace proto
