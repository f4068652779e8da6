#pragma once
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "proto/field.h"
#include "proto/values.h"

// How a protocol is added: one file, which nothing else needs to know.
//
//   // LLDP frame, IEEE 802.1AB section 8.                     what and where it is defined
//   #include "proto/layer.h"
//   namespace proto {
//   namespace {
//
//   constexpr Field fields[] = {                               in JSON order; widths in bits
//       u8("type", 1),                                         a number, standard value 1
//       number("length", 12).computed(),                       found by `fill` when it is absent
//       u16("next").selector("ethertype"),                     its value finds the next layer
//       bytes("body")};                                        the rest of the layer
//
//   constexpr Binding bindings[] = {{"ethertype", 0x88cc}};    where it is found
//
//   constexpr Spec spec = {.tag = "Lldp", .help = "link layer discovery", .summary = "LLDP {type}",
//                          .fields = fields, .bindings = bindings, .full_only = true};
//   const Protocol<spec> self;
//
//   }  // namespace
//   }  // namespace proto
//
// Decode, encode, JSON out and in, the editor's fields, help and the fuzzers follow from the table. What a table cannot
// say is a Codec (a field with a form of its own) or a hook of the Spec. Rules that the framework keeps:
// - A layer that is too short, or that a hook refuses, ends the decoding; all that is left becomes `raw`.
// - A layer with a codec is written and read back before it is believed; if the bytes differ, it is refused.
//   So a codec may be strict and simple: what it cannot express is never lost.
// - Hooks see at most the bytes of the packet. They must not assume any length: Header reads zeros behind the end.
//
// Tables of bindings: "ethertype", "ip.proto", "ip.version" (first nibble), "icmp.type", "icmpv6.type", "udp.port" (source, then
// destination), "link" (capture file's link type); and what a layer's own selector opens, e.g. "bootp.cookie".
namespace proto {

class Fill;
class Layer;
class Sum;
class Registry;

/// The addresses that a transport checksum is over, in network order; null: nothing has told so far.
struct Endpoints {
  const std::uint8_t* src = nullptr;
  const std::uint8_t* dst = nullptr;
  std::size_t elided = 0;              // so many first bytes of `dst` are those of the IP header's, and are left out
  std::array<std::uint8_t, 16> whole;  // the place of such an address, put together
};

/// The layer is found in `table` under `value`; a layer has one entry or several, the first is what an automatic selector gets.
struct Binding {
  std::string_view table;
  std::uint32_t value;
  bool full_only = false;
};

struct Spec {
  std::string_view tag;      // "layertype" in JSON
  std::string_view help;     // one line
  std::string_view summary;  // one line for the editor; {name} stands for a field's value
  std::span<const Field> fields;
  std::span<const Binding> bindings = {};
  bool full_only = false;   // decoded only in the full dialect
  bool input_only = false;  // never decoded; a way to write bytes in JSON
  bool quotes = false;      // what follows is a copy of another packet, which `fix` leaves alone

  /// False: these bytes are not such a layer. `size` = its measured length.
  bool (*accepts)(const Header& from, std::size_t size) noexcept = nullptr;
  /// True: what follows is raw, whatever the selectors say (fragments).
  bool (*opaque)(const Header& from, std::size_t size) noexcept = nullptr;
  /// True: only a part of a packet follows, so that its lengths and checksums cannot be checked.
  bool (*is_fragment)(const Header& from) noexcept = nullptr;
  /// How many bytes this layer with all that it carries has by its own length field, or `refused` if that says nothing.
  std::size_t (*limit)(const Header& from, std::size_t size) noexcept = nullptr;
  /// The next layer when no selector found one; null for raw.
  const Layer* (*next)(const Header& from, std::size_t size) noexcept = nullptr;
  /// Sets computed fields: lengths, checksums. Called from the innermost layer outwards, after the selectors.
  void (*fill)(Fill& fill) = nullptr;
  /// After all fields were read from JSON: a last change to the layer's bytes, which begin at out[layer].
  bool (*finish)(JsonIn& in, Wire& out, std::size_t layer) = nullptr;
  /// IP headers and their extensions, asked from the inside out: puts in what it knows and nothing has told. The end of a route
  /// stands for the header's destination, a home address for its source (RFC 8200 section 8.1).
  void (*endpoints)(const Header& from, Endpoints& ends) noexcept = nullptr;
  /// IP only: adds the pseudo-header for what it carries.
  void (*pseudo_header)(const Endpoints& ends, std::uint8_t protocol, std::uint32_t length, Sum& sum) noexcept = nullptr;
  /// Keys of older files that are no fields: reads the value of `key`, returns false if it is unknown after all.
  bool (*old_key)(std::string_view key, JsonIn& in, std::uint64_t automatic, std::uint8_t* header) = nullptr;
};

/// What a layer's own bytes say about it.
struct Extent {  // small enough to be returned in registers
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  std::uint32_t size = none;   // of its header; none: not such a layer
  std::uint32_t limit = none;  // see Spec
  bool opaque = false;
};

/// What reading a layer's JSON object found out: a bit per field.
struct ReadState {
  std::uint64_t given = 0;      // present with a value
  std::uint64_t automatic = 0;  // "<auto>"
  std::string other_tag;        // a second "layertype" key came, with this value: read it again as that
};

/// A table of bindings, made when the registry is first used.
class BindingTable {
public:
  const Layer* find(std::uint32_t value, Dialect dialect) const noexcept {
    for (std::size_t i = value * 2654435761u >> shift_;; i = (i + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[i];
      if (slot.layer == nullptr) return nullptr;
      if (slot.value == value) return dialect == Dialect::classic && slot.full_only ? nullptr : slot.layer;
    }
  }

private:
  friend class Registry;
  struct Slot {
    std::uint32_t value = 0;
    bool full_only = false;
    const Layer* layer = nullptr;
  };
  void build(std::span<const Slot> entries);

  std::string_view name_;
  std::vector<Slot> slots_;
  int shift_ = 31;
};

/// In bits from the layer's first.
struct FieldPlace {
  unsigned at = 0, bits = 0;
};

class Layer {
public:
  /// Registers itself; `spec` must live as long as the program.
  explicit Layer(const Spec& spec);
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  const Spec& spec() const noexcept { return spec_; }
  std::string_view tag() const noexcept { return spec_.tag; }
  std::span<const Field> fields() const noexcept { return spec_.fields; }
  /// Whether a field has an own JSON form, which has to be checked for every packet.
  bool has_codec() const noexcept { return has_codec_; }

  /// The computed fields, a bit each.
  std::uint64_t computed_fields() const noexcept { return computed_; }
  std::uint64_t selector_fields() const noexcept { return selecting_; }
  std::uint64_t port_fields() const noexcept { return ports_; }  // those of them that are ports
  /// Bytes of the fields at fixed places: the layer has at least these.
  std::size_t head_size() const noexcept { return head_size_; }
  /// The extent of the layer that begins here.
  virtual Extent measure(const Header& from) const noexcept = 0;
  /// The next layer that selector `i` finds; selectors are tried in the order of the table.
  std::size_t selectors() const noexcept { return tables_.size(); }
  virtual const Layer* select(const Header& layer, std::size_t i) const noexcept = 0;

  /// Whether a selector of this layer finds `next`.
  bool leads_to(const Header& layer, const Layer& next) const noexcept;

  /// What it carries is a part of a packet or a copy of one, so that the lengths and checksums in there are those of another.
  bool carries_part(const Header& header) const noexcept { return spec_.quotes || is_fragment(header); }
  bool is_fragment(const Header& header) const noexcept { return spec_.is_fragment != nullptr && spec_.is_fragment(header); }

  /// The field that selects from "ip.proto", or `refused`: IP headers and their extensions.
  std::size_t protocol_field() const noexcept { return protocol_field_; }

  /// Writes the JSON object of a layer; `layer.size` is its measured length.
  virtual void write(Text& out, const Header& layer) const = 0;
  /// Reads a JSON object whose '{' is taken (and whose tag, if `tag_first`) up to its '}', and appends the layer's bytes.
  bool read(JsonIn& in, bool tag_first, Wire& out, ReadState& state, Random& random) const;

  /// Where a field of this layer is, whose size is its measured length; no bits: it is not there.
  FieldPlace place(const Header& layer, std::size_t field) const noexcept;

  /// For hooks: a field's first bit and its width, for fields whose place is fixed.
  unsigned bit_of(std::size_t field) const noexcept { return places_[field].at; }
  unsigned bits_of(std::size_t field) const noexcept { return places_[field].bits; }
  std::size_t head_fields() const noexcept { return heads_; }

protected:
  const BindingTable& table(std::size_t selector) const noexcept { return *tables_[selector]; }

  /// Writes the fields behind the fixed ones, each with its comma and key.
  void write_floating(Text& out, const Header& layer) const;
  /// Reads the fixed fields as long as they come as `write` puts them; returns how many. What follows is read field by field.
  virtual std::size_t read_heads(JsonIn& in, std::uint8_t* header) const noexcept = 0;

  static constexpr bool taken(const Field& f, const Header& from) noexcept {
    return !(f.full_only && !from.full()) && (f.present == nullptr || f.present(from));
  }
  /// Bytes of a floating field at `at`; the caller checks that they are there.
  static constexpr std::size_t field_size(const Field& f, const Header& from, std::size_t at) noexcept {
    if (f.bits > 0) return f.bits / 8;
    if (f.codec != nullptr && f.codec->extent != nullptr) return f.codec->extent(from, at);
    return f.length != nullptr ? f.length(from) : from.size - at;
  }

private:
  friend class Registry;
  friend class Fill;
  /// Makes the tables below of the spec. By the registry, and not before main: it is 5 ms of a boot in an emulated machine.
  void prepare();
  enum class Pass { good, bad, out_of_order };
  std::size_t find_field(std::string_view name) const noexcept;
  std::string_view key(std::size_t i) const noexcept { return {keys_.data() + key_at_[i], key_at_[i + 1] - key_at_[i]}; }
  Pass read_pass(JsonIn& in, bool tag_first, Wire& out, ReadState& state, Random& random, bool in_order) const;
  bool read_floating(JsonIn& in, std::size_t i, Wire& out, std::size_t start, ReadState& state, Random& random) const;
  void append_absent(std::size_t i, Wire& out, std::size_t start) const;

  const Spec& spec_;
  std::vector<FieldPlace> places_;      // of each fixed field
  std::size_t heads_ = 0;               // fields at fixed places
  std::size_t head_size_ = 0;           // their bytes
  std::size_t protocol_field_ = refused;
  std::uint64_t computed_ = 0, selecting_ = 0, ports_ = 0;
  bool has_codec_ = false, conditional_ = false;
  std::vector<const BindingTable*> tables_;  // of each selector
  std::string keys_;                    // `,"name":` of each field
  std::vector<std::uint32_t> key_at_;
  std::vector<JsonIn::Known> known_keys_;  // the same, to be compared by words
  std::vector<std::uint8_t> by_name_, after_;  // alphabetical order; and the field that follows in it
  Layer* registered_before_;
};

/// Fields before the first that floats: their places are constants.
constexpr std::size_t count_heads(std::span<const Field> fields) {
  std::size_t count = 0;
  while (count < fields.size() && !fields[count].floats()) ++count;
  return count;
}

/// The first bit of a field at a fixed place.
constexpr unsigned first_bit(std::span<const Field> fields, std::size_t i) {
  if (fields[i].at != Field::behind) return fields[i].at;
  unsigned bit = 0;
  for (std::size_t k = 0; k < i; ++k) bit += fields[k].bits;
  return bit;
}

/// In bytes: an absent field is written as that many zeros.
inline constexpr std::size_t largest_fixed_field = 256;

/// A layer whose measure, JSON writer and the fast half of its JSON reader are compiled from its table.
template <const Spec& declared>
class Protocol final : public Layer {
public:
  Protocol() : Layer(declared) {}

  Extent measure(const Header& from) const noexcept override {
    Extent found;
    std::size_t at = head_bytes;
    if (from.size < at || !pass_floating(from, at, std::make_index_sequence<declared.fields.size() - heads>())) return found;
    if constexpr (declared.accepts != nullptr)
      if (!declared.accepts(from, at)) return found;
    found.size = static_cast<std::uint32_t>(at);
    if constexpr (declared.limit != nullptr) found.limit = static_cast<std::uint32_t>(declared.limit(from, at));
    if constexpr (declared.opaque != nullptr) found.opaque = declared.opaque(from, at);
    return found;
  }

  void write(Text& out, const Header& layer) const override {
    char* p = put_literal(out.need(head_text_max), {opening.data(), opening.size()});
    p = write_heads(p, layer.data, std::make_index_sequence<heads>());
    if constexpr (heads < declared.fields.size()) {
      out.end(p);
      write_floating(out, layer);
      p = out.need(1);
    }
    *p++ = '}';
    out.end(p);
  }

  const Layer* select(const Header& layer, std::size_t i) const noexcept override {
    return look_up(layer, i, std::make_index_sequence<heads>());
  }

protected:
  std::size_t read_heads(JsonIn& in, std::uint8_t* header) const noexcept override {
    const char* at = in.position();
    const std::size_t count = take_heads(at, at + in.left(), header, std::make_index_sequence<heads>());
    in.go_back(at);
    return count;
  }

private:
  static constexpr std::size_t heads = count_heads(declared.fields);
  static constexpr std::size_t head_bytes = [] {
    unsigned end = 0;
    for (std::size_t i = 0; i < heads; ++i) end = std::max(end, first_bit(declared.fields, i) + declared.fields[i].bits);
    return end / 8;
  }();
  static constexpr std::size_t head_text_max = [] {
    std::size_t sum = declared.tag.size() + 20;
    for (std::size_t i = 0; i < heads; ++i) sum += declared.fields[i].name.size() + 4 + value_text_max(declared.fields[i]);
    return sum;
  }();

  // Literal text with the name in it, made by the compiler.
  template <std::size_t before, std::size_t after, std::size_t length>
  static constexpr auto joined(const char (&head)[before], std::string_view name, const char (&tail)[after]) {
    std::array<char, before + length + after - 2> text{};
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < before; ++i) text[at++] = head[i];
    for (const char c : name) text[at++] = c;
    for (std::size_t i = 0; i + 1 < after; ++i) text[at++] = tail[i];
    return text;
  }
  static constexpr auto opening = joined<15, 2, declared.tag.size()>("{\"layertype\":\"", declared.tag, "\"");
  template <std::size_t i>
  static constexpr auto key_text = joined<3, 3, declared.fields[i].name.size()>(",\"", declared.fields[i].name, "\":");
  template <std::size_t i, std::size_t m>
  static constexpr auto member_text =
      joined<3, 3, declared.fields[i].group[m].name.size()>(m == 0 ? "{\"" : ",\"", declared.fields[i].group[m].name, "\":");

  template <std::size_t... i>
  [[gnu::always_inline]] static bool pass_floating(const Header& from, std::size_t& at, std::index_sequence<i...>) noexcept {
    return (pass<heads + i>(from, at) && ...);
  }

  template <std::size_t i>
  [[gnu::always_inline]] static bool pass(const Header& from, std::size_t& at) noexcept {
    constexpr const Field& field = declared.fields[i];
    if (!taken(field, from)) return true;
    const std::size_t size = field_size(field, from, at);
    if (size > from.size - at) return false;
    at += size;
    return true;
  }

  template <std::size_t... i>
  [[gnu::always_inline]] const Layer* look_up(const Header& layer, std::size_t selector, std::index_sequence<i...>) const noexcept {
    const Layer* found = nullptr;
    std::size_t before = 0;
    (void)((!declared.fields[i].selects.empty() && before++ == selector && (found = find<i>(layer, selector), true)) || ...);
    return found;
  }

  template <std::size_t i>
  [[gnu::always_inline]] const Layer* find(const Header& layer, std::size_t selector) const noexcept {
    constexpr const Field& field = declared.fields[i];
    const std::uint64_t value = get_bits(layer.data, first_bit(declared.fields, i), field.bits);
    return table(selector).find(static_cast<std::uint32_t>(value), layer.dialect);
  }

  // The number of fields that came as they are written.
  template <std::size_t... i>
  [[gnu::always_inline]] static std::size_t take_heads(const char*& at, const char* end, std::uint8_t* header, std::index_sequence<i...>) noexcept {
    std::size_t count = 0;
    (void)((take_head<i>(at, end, header) && ++count > 0) && ...);
    return count;
  }

  template <std::size_t i>
  [[gnu::always_inline]] static bool take_head(const char*& at, const char* end, std::uint8_t* header) noexcept {
    constexpr const Field& field = declared.fields[i];
    constexpr unsigned bit = first_bit(declared.fields, i);
    constexpr auto& key = key_text<i>;
    if (static_cast<std::size_t>(end - at) <= key.size() + value_text_max(field) || std::memcmp(at, key.data(), key.size()) != 0) return false;
    const char* p = at + key.size();
    if constexpr (field.kind == Kind::group)
      p = take_members<i>(p, header, std::make_index_sequence<field.group.size()>());
    else
      p = take_plain(p, field, header, bit);
    if (p == nullptr) {  // what came so far does not count
      for (unsigned k = bit; k < bit + field.bits; k += 8) put_bits(header, k, std::min(8u, bit + field.bits - k), 0);
      return false;
    }
    at = p;
    return true;
  }

  template <std::size_t i, std::size_t... m>
  [[gnu::always_inline]] static const char* take_members(const char* p, std::uint8_t* header, std::index_sequence<m...>) noexcept {
    return (take_member<i, m>(p, header) && ...) && *p == '}' ? p + 1 : nullptr;
  }

  template <std::size_t i, std::size_t m>
  [[gnu::always_inline]] static bool take_member(const char*& p, std::uint8_t* header) noexcept {
    constexpr auto& key = member_text<i, m>;
    if (std::memcmp(p, key.data(), key.size()) != 0) return false;
    p = take_plain(p + key.size(), declared.fields[i].group[m], header,
                   first_bit(declared.fields, i) + first_bit(declared.fields[i].group, m));
    return p != nullptr;
  }

  template <std::size_t... i>
  [[gnu::always_inline]] static char* write_heads(char* p, const std::uint8_t* header, std::index_sequence<i...>) noexcept {
    ((p = write_head<i>(p, header)), ...);
    return p;
  }

  template <std::size_t i>
  [[gnu::always_inline]] static char* write_head(char* p, const std::uint8_t* header) noexcept {
    constexpr const Field& field = declared.fields[i];
    constexpr unsigned bit = first_bit(declared.fields, i);
    p = put_literal(p, {key_text<i>.data(), key_text<i>.size()});
    if constexpr (field.kind == Kind::group) {
      p = write_members<i>(p, header, std::make_index_sequence<field.group.size()>());
      *p++ = '}';
      return p;
    } else {
      return put_value(p, field, header, bit);
    }
  }

  template <std::size_t i, std::size_t... m>
  [[gnu::always_inline]] static char* write_members(char* p, const std::uint8_t* header, std::index_sequence<m...>) noexcept {
    ((p = put_value(put_literal(p, {member_text<i, m>.data(), member_text<i, m>.size()}), declared.fields[i].group[m], header,
                    first_bit(declared.fields, i) + first_bit(declared.fields[i].group, m))),
     ...);
    return p;
  }
};

}  // namespace proto
