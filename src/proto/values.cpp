#include "proto/values.h"

namespace proto {
namespace {

constexpr std::uint64_t max_of(unsigned bits) noexcept { return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1; }

bool same_name(std::string_view a, std::string_view b) noexcept {
  auto plain = [](std::string_view& text) {
    while (!text.empty() && (text[0] == '-' || text[0] == '_')) text.remove_prefix(1);
    if (text.empty()) return '\0';
    const char c = text[0];
    text.remove_prefix(1);
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  for (;;) {
    const char x = plain(a), y = plain(b);
    if (x != y) return false;
    if (x == '\0') return true;
  }
}

template <class Address>
bool read_address(JsonIn& in, std::optional<Address> (*parse)(std::string_view) noexcept, const char* what, std::uint8_t* to) {
  std::string_view text;
  if (!in.string(text)) return false;
  const auto address = parse(text);
  if (!address) return in.fail("'" + std::string(text) + "' is not " + what);
  std::memcpy(to, address->bytes.data(), address->bytes.size());
  return true;
}

// Zero, or the first of a field's names, over what a key given before has put there.
void put_automatic(const Field& f, std::uint8_t* header, unsigned at) noexcept {
  if (f.bits > 64) std::memset(header + at / 8, 0, f.bits / 8);
  else put_bits(header, at, f.bits, f.kind == Kind::name && !f.names.empty() ? f.names[0].value : 0);
}

bool read_group(JsonIn& in, const Field& f, std::uint8_t* header, unsigned at, Random& random) {
  put_bits(header, at, f.bits, 0);
  return in.object([&](std::string_view key) {
    unsigned bit = at;
    for (const Field& member : f.group) {
      Given given{};
      if (member.name == key) return read_value(in, member, header, bit, given, random);
      bit += member.bits;
    }
    return in.skip();
  });
}

bool read_fixed_bytes(JsonIn& in, const Field& f, std::uint8_t* to) {
  const std::size_t size = f.bits / 8;
  std::size_t i = 0;
  const bool good = in.array([&] {
    std::uint64_t value = 0;
    if (i == size) return in.fail("more than " + std::to_string(size) + " bytes");
    if (!in.number(value, 255)) return false;
    to[i++] = static_cast<std::uint8_t>(value);
    return true;
  });
  return good && (i == size || in.fail(std::to_string(i) + " bytes in place of " + std::to_string(size)));
}

// The string forms of section 3: "<auto>", "<random>", and what the kind has as text.
bool read_text_value(JsonIn& in, const Field& f, std::uint8_t* header, unsigned at, Given& given, Random& random) {
  const char* start = in.mark();
  std::string_view text;
  if (!in.string(text)) return false;
  if (text == "<auto>") {
    given = Given::automatic;
    put_automatic(f, header, at);
    return true;
  }
  if (text == "<random>") {
    put_random(f, header, at, random);
    return true;
  }
  std::uint64_t value = 0;
  switch (f.kind) {
    case Kind::number:
      if (!(f.read_text && f.read_text(text, value)) && !parse_decimal(text, value, accepted_max(f.bits)))
        return in.fail("'" + std::string(text) + "' is not a number 0-" + std::to_string(accepted_max(f.bits)));
      break;
    case Kind::boolean:
      if (text != "true" && text != "false") return in.fail("'" + std::string(text) + "' is neither true nor false");
      value = text == "true";
      break;
    case Kind::group:
      if (!f.read_text || !f.read_text(text, value)) return in.fail("'" + std::string(text) + "' is not understood");
      break;
    case Kind::bytes:
      if (text.size() * 8 > f.bits) return in.fail("a text of more than " + std::to_string(f.bits / 8) + " bytes");
      std::memset(header + at / 8, 0, f.bits / 8);
      std::memcpy(header + at / 8, text.data(), text.size());
      return true;
    case Kind::name:
      in.go_back(start);
      if (parse_decimal(text, value, max_of(f.bits))) return in.string(text) && (put_bits(header, at, f.bits, value), true);
      if (!read_name(in, f.names, max_of(f.bits), value)) return false;
      break;
    case Kind::mac:
      in.go_back(start);
      return read_address(in, parse_mac, "a MAC address", header + at / 8);
    case Kind::ipv4:
      in.go_back(start);
      return read_address(in, parse_ipv4, "an IPv4 address", header + at / 8);
    case Kind::ipv6:
      in.go_back(start);
      return read_address(in, parse_ipv6, "an IPv6 address", header + at / 8);
    case Kind::custom:
      return in.fail("not a string");
  }
  put_bits(header, at, f.bits, value);
  return true;
}

}  // namespace

void append_fields(Text& out, std::span<const Field> fields, const std::uint8_t* from, unsigned at) {
  char separator = '{';
  for (const Field& f : fields) {
    char* p = out.need(f.name.size() + 4 + value_text_max(f));
    *p++ = separator;
    *p++ = '"';
    p = put_literal(p, f.name);
    *p++ = '"';
    *p++ = ':';
    if (f.kind == Kind::group) {
      out.end(p);
      append_fields(out, f.group, from, at);
    } else {
      out.end(put_value(p, f, from, at));
    }
    at += f.bits;
    separator = ',';
  }
  out.push('}');
}

bool read_fields(JsonIn& in, std::span<const Field> fields, Wire& out) {
  const std::size_t start = out.size();
  out.append_zeros(fields_size(fields));
  std::uint64_t seen = 0;
  Random random(start);
  const bool good = in.object([&](std::string_view key) {
    unsigned at = 0;
    for (std::size_t i = 0; i < fields.size(); at += fields[i++].bits) {
      if (fields[i].name != key) continue;
      seen |= std::uint64_t{1} << i;
      Given given{};
      return read_value(in, fields[i], &out[start], at, given, random);
    }
    return in.skip();
  });
  unsigned at = 0;
  for (std::size_t i = 0; good && i < fields.size(); at += fields[i++].bits)
    if (!(seen >> i & 1)) put_standard(fields[i], &out[start], at);
  return good;
}

bool read_value(JsonIn& in, const Field& f, std::uint8_t* header, unsigned at, Given& given, Random& random) {
  given = Given::value;
  const char next = in.peek();
  if (next == '"') {
    const char* start = in.position();
    std::string_view text;
    if (f.kind == Kind::mac && in.string(text))
      if (const auto address = parse_mac(text)) return std::memcpy(header + at / 8, address->bytes.data(), 6), true;
    if (f.kind == Kind::ipv4 && in.string(text))
      if (const auto address = parse_ipv4(text)) return std::memcpy(header + at / 8, address->bytes.data(), 4), true;
    if (f.kind == Kind::ipv6 && in.string(text))
      if (const auto address = parse_ipv6(text)) return std::memcpy(header + at / 8, address->bytes.data(), 16), true;
    if (in.failed()) return false;
    in.go_back(start);
    return read_text_value(in, f, header, at, given, random);
  }
  std::uint64_t value = 0;
  bool set = false;
  switch (f.kind) {
    case Kind::number:
      if (!in.number(value, accepted_max(f.bits))) return false;
      break;
    case Kind::boolean:
      if (!in.boolean(set)) return false;
      value = set;
      break;
    case Kind::name:
      if (!read_name(in, f.names, max_of(f.bits), value)) return false;
      break;
    case Kind::group:
      return read_group(in, f, header, at, random);
    case Kind::mac:
      if (next != '[') return in.fail("not a MAC address");
      [[fallthrough]];
    case Kind::bytes:
      return read_fixed_bytes(in, f, header + at / 8);
    default:
      return in.fail("not a string");
  }
  put_bits(header, at, f.bits, value);
  return true;
}

void put_random(const Field& f, std::uint8_t* header, unsigned at, Random& random) {
  if (f.kind == Kind::name) return put_bits(header, at, f.bits, f.names[random.next() % f.names.size()].value);
  for (unsigned done = 0; done < f.bits;) {
    const unsigned width = f.bits <= 32 ? f.bits : 8;
    put_bits(header, at + done, width, random.next() >> 16);
    done += width;
  }
}

void put_standard(const Field& f, std::uint8_t* header, unsigned at) noexcept {
  if (f.bits > 64 || f.standard_value == 0) return;
  put_bits(header, at, f.bits, f.standard_value);
}

bool read_name(JsonIn& in, std::span<const Name> names, std::uint64_t max, std::uint64_t& value) {
  const char next = in.peek();
  if (next >= '0' && next <= '9') return in.number(value, max);
  return in.variant([&](std::string_view name, bool has_value) {
    if (has_value) return name == "Unknown" ? in.number(value, max) : in.fail("'" + std::string(name) + "' has no value");
    const Name* found = find_name(names, name);
    if (!found) return in.fail("'" + std::string(name) + "' is not a name known here");
    value = found->value;
    return true;
  });
}

std::string_view name_of(std::span<const Name> names, std::uint64_t value) noexcept {
  for (const Name& n : names)
    if (n.value == value) return n.text;
  return {};
}

const Name* find_name(std::span<const Name> names, std::string_view text) noexcept {
  for (const Name& n : names)
    if (n.text == text) return &n;
  for (const Name& n : names)
    if (same_name(n.text, text)) return &n;
  return nullptr;
}

void append_name(Text& out, std::span<const Name> names, std::uint64_t value) { append_name(out, name_of(names, value), value); }

void append_name(Text& out, std::string_view name, std::uint64_t value) {
  if (!name.empty()) return append_string(out, name);
  out.append(R"({"Unknown":)");
  append_number(out, value);
  out.push('}');
}

bool read_ipv4(JsonIn& in, Wire& out) {
  std::uint8_t* to = out.need(4);
  if (!read_address(in, parse_ipv4, "an IPv4 address", to)) return false;
  out.end(to + 4);
  return true;
}

bool read_ipv6(JsonIn& in, Wire& out) {
  std::uint8_t* to = out.need(16);
  if (!read_address(in, parse_ipv6, "an IPv6 address", to)) return false;
  out.end(to + 16);
  return true;
}

bool read_mac(JsonIn& in, Wire& out) {
  std::uint8_t* to = out.need(6);
  if (!read_address(in, parse_mac, "a MAC address", to)) return false;
  out.end(to + 6);
  return true;
}

}  // namespace proto
