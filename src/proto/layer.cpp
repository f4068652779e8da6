#include "proto/layer.h"

#include <algorithm>
#include <bit>

namespace proto {
namespace {

// Bytes of an address whose length no other field gives.
std::size_t natural_size(const Field& f) noexcept { return f.kind == Kind::mac ? 6 : f.kind == Kind::ipv4 ? 4 : f.kind == Kind::ipv6 ? 16 : 0; }

void write_bytes_or_address(Text& out, Kind kind, Bytes value) {
  if (kind == Kind::mac && value.size() == 6) return append_mac(out, value.data());
  if (kind == Kind::ipv4 && value.size() == 4) return append_ipv4(out, value.data());
  if (kind == Kind::ipv6 && value.size() == 16) return append_ipv6(out, value.data());
  append_byte_list(out, value);
}

bool read_bytes_or_address(JsonIn& in, Kind kind, Wire& out) {
  if (in.peek() != '"') return in.bytes(out);
  if (kind == Kind::mac) return read_mac(in, out);
  if (kind == Kind::ipv4) return read_ipv4(in, out);
  if (kind == Kind::ipv6) return read_ipv6(in, out);
  std::string_view text;
  return in.string(text) && (parse_hex(text, out) || in.fail("neither a list of bytes nor pairs of hex digits"));
}

// The string forms of a number (jsonl.md section 3).
bool read_number_text(JsonIn& in, const Codec& codec, Wire& out, std::size_t start, Random& random) {
  std::string_view text;
  std::uint64_t value = 0;
  if (!in.string(text)) return false;
  if (text == "<random>") value = random.next() % (codec.most + 1);
  else if (!parse_decimal(text, value, codec.most)) return in.fail("'" + std::string(text) + "' is not a number 0-" + std::to_string(codec.most));
  const std::string number = std::to_string(value);
  JsonIn plain(number);
  return codec.read(plain, out, start);
}

}  // namespace

void Layer::write_floating(Text& out, const Header& layer) const {
  static constexpr std::uint8_t zeros[largest_fixed_field] = {};
  std::size_t at = head_size_;
  for (std::size_t i = heads_; i < fields().size(); ++i) {
    const Field& f = fields()[i];
    const bool there = taken(f, layer);
    if (f.full_only && !there) continue;
    out.append(key(i));
    if (f.bits > 0) {
      const std::uint8_t* from = there && at + f.bits / 8 <= layer.size ? layer.data + at : zeros;
      out.end(put_value(out.need(value_text_max(f)), f, from, 0));
      at += there ? f.bits / 8 : 0;
      continue;
    }
    const std::size_t size = there ? std::min(field_size(f, layer, at), layer.size - at) : 0;
    const Bytes value{layer.data + at, size};
    if (f.codec != nullptr)
      f.codec->write(out, value, layer);
    else
      write_bytes_or_address(out, f.kind, value);
    at += size;
  }
}

bool Layer::leads_to(const Header& layer, const Layer& next) const noexcept {
  for (std::size_t i = 0; i < selectors(); ++i)
    if (select(layer, i) == &next) return true;
  return false;
}

FieldPlace Layer::place(const Header& layer, std::size_t field) const noexcept {
  if (field < heads_) return places_[field];
  std::size_t at = head_size_;
  for (std::size_t i = heads_; i < fields().size() && at <= layer.size; ++i) {
    const Field& f = fields()[i];
    const std::size_t size = taken(f, layer) ? std::min(field_size(f, layer, at), layer.size - at) : 0;
    if (i == field) return {static_cast<unsigned>(at * 8), static_cast<unsigned>(size * 8)};
    at += size;
  }
  return {};
}

std::size_t Layer::find_field(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < fields().size(); ++i)
    if (fields()[i].name == name) return i;
  return refused;
}

bool Layer::read(JsonIn& in, bool tag_first, Wire& out, ReadState& state, Random& random) const {
  const std::size_t start = out.size();
  const char* begin = in.position();
  Pass pass = read_pass(in, tag_first, out, state, random, true);
  if (pass == Pass::out_of_order) {
    out.cut(start);
    in.go_back(begin);
    pass = read_pass(in, tag_first, out, state, random, false);
  }
  return pass == Pass::good;
}

// One pass over the object. Fields at fixed places are put there in any order. The others are appended as they come,
// as long as they come in the order of the table; else a second pass first notes where each is.
Layer::Pass Layer::read_pass(JsonIn& in, bool tag_first, Wire& out, ReadState& state, Random& random, bool in_order) const {
  const std::size_t start = out.size(), count = fields().size();
  out.append_zeros(head_size_);
  state = ReadState{};
  out.notes = {};
  std::array<const char*, 64> places;
  if (!in_order) places.fill(nullptr);
  std::size_t expected = in_order && tag_first ? read_heads(in, out.data() + start) : 0;
  state.given = (std::uint64_t{1} << expected) - 1;
  std::size_t alphabetical = by_name_.empty() ? 0 : by_name_[0], floating = heads_;
  for (bool first = !tag_first;; first = false) {
    // Writers keep one order, that of the table or the alphabet: mostly the next key is known.
    std::size_t i = refused;
    if (!first && expected < count && in.take_known(known_keys_[expected], key(expected))) {
      i = expected;
    } else if (!first && count > 0 && in.take_known(known_keys_[alphabetical], key(alphabetical))) {
      i = alphabetical;
    } else {
      if (first ? in.peek() == '}' : !in.take(',')) break;
      std::string_view name;
      if (!in.string(name)) return Pass::bad;
      i = find_field(name);
      if (i == refused) {
        if (name == "layertype") {
          if (!in.expect(':') || !(in.string(name) || in.blame("layertype"))) return Pass::bad;
          state.other_tag = name == tag() ? "" : name;
          continue;
        }
        const std::string unknown(name);
        if (!in.expect(':')) return Pass::bad;
        const char* value = in.mark();
        if (!in.skip()) return Pass::bad;
        if (spec_.old_key != nullptr) {
          const char* behind = in.position();
          in.go_back(value);
          if (!spec_.old_key(unknown, in, state.automatic, &out[start])) {
            if (in.failed()) return Pass::bad;
          }
          in.go_back(behind);
        }
        continue;
      }
      if (!in.expect(':')) return Pass::bad;
    }
    expected = i + 1;
    alphabetical = after_[i];
    const Field& f = fields()[i];
    const std::uint64_t bit = std::uint64_t{1} << i;
    state.given |= bit;
    state.automatic &= ~bit;
    bool good = true;
    if (i < heads_) {
      if (in_order && conditional_ && floating > heads_) return Pass::out_of_order;
      Given given{};
      good = read_value(in, f, &out[start], places_[i].at, given, random);
      if (given == Given::automatic) state.automatic |= bit;
    } else if (!in_order) {
      places[i] = in.mark();
      good = in.skip();
    } else {
      if (i < floating) return Pass::out_of_order;
      for (; floating < i; ++floating) append_absent(floating, out, start);
      good = read_floating(in, i, out, start, state, random);
      floating = i + 1;
    }
    if (!good) {
      in.blame(f.name);
      return Pass::bad;
    }
  }
  if (!in.expect('}')) return Pass::bad;
  const char* behind = in.position();
  for (std::uint64_t missing = ~state.given & ((std::uint64_t{1} << heads_) - 1); missing != 0; missing &= missing - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(missing));
    const Field& f = fields()[i];
    if (f.absent == Absent::random)
      put_random(f, &out[start], places_[i].at, random);
    else
      put_standard(f, &out[start], places_[i].at);
  }
  for (; floating < count; ++floating) {
    if (in_order || places[floating] == nullptr) {
      append_absent(floating, out, start);
      continue;
    }
    in.go_back(places[floating]);
    if (!read_floating(in, floating, out, start, state, random)) {
      in.blame(fields()[floating].name);
      return Pass::bad;
    }
  }
  in.go_back(behind);
  return spec_.finish == nullptr || spec_.finish(in, out, start) ? Pass::good : Pass::bad;
}

bool Layer::read_floating(JsonIn& in, std::size_t i, Wire& out, std::size_t start, ReadState& state, Random& random) const {
  const Field& f = fields()[i];
  const std::uint64_t bit = std::uint64_t{1} << i;
  if (f.bits > 0) {
    const bool there = f.present == nullptr || f.present({out.data() + start, out.size() - start, Dialect::full});
    const std::size_t at = out.size();
    out.append_zeros(f.bits / 8);
    Given given{};
    if (!read_value(in, f, &out[at], 0, given, random)) return false;
    if (given == Given::automatic) state.automatic |= bit;
    if (!there) out.cut(at);
    return true;
  }
  in.peek();
  if (in.take_text("\"<auto>\"")) {
    state.automatic |= bit;
    append_absent(i, out, start);
    return true;
  }
  if (f.codec != nullptr && f.codec->most > 0 && in.peek() == '"') return read_number_text(in, *f.codec, out, start, random);
  if (f.codec != nullptr) return f.codec->read(in, out, start);
  if (natural_size(f) > 0 && in.take_text("\"<random>\"")) {
    for (std::size_t n = natural_size(f); n > 0; --n) out.push(static_cast<std::uint8_t>(random.next() >> 32));
    return true;
  }
  return read_bytes_or_address(in, f.kind, out);
}

void Layer::append_absent(std::size_t i, Wire& out, std::size_t start) const {
  const Field& f = fields()[i];
  const Header header{out.data() + start, out.size() - start, Dialect::full};
  if (f.full_only && f.bits > 0) return;
  if (f.present != nullptr && !f.present(header)) return;
  if (f.bits > 0)
    out.append_zeros(f.bits / 8);
  else if (natural_size(f) > 0)
    out.append_zeros(f.length != nullptr ? f.length(header) : natural_size(f));
  else if (f.codec != nullptr)
    out.append(f.codec->absent);
}

}  // namespace proto
