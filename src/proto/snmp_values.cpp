#include "proto/snmp_values.h"

namespace proto::snmp {
namespace {

struct ValueKind {
  std::uint8_t tag;
  std::string_view name;
  enum { integer, nothing, octets, oid, address, number } form;
};
constexpr ValueKind kinds[] = {
    {integer_tag, "Integer", ValueKind::integer}, {octets_tag, "OctetString", ValueKind::octets}, {null_tag, "Null", ValueKind::nothing},
    {oid_tag, "ObjectIdentifier", ValueKind::oid}, {address_tag, "IpAddress", ValueKind::address}, {0x41, "Counter32", ValueKind::number},
    {0x42, "Gauge32", ValueKind::number},          {ticks_tag, "TimeTicks", ValueKind::number},        {0x44, "Opaque", ValueKind::octets},
    {0x46, "Counter64", ValueKind::number},        {0x80, "NoSuchObject", ValueKind::nothing},    {0x81, "NoSuchInstance", ValueKind::nothing},
    {0x82, "EndOfMibView", ValueKind::nothing}};

}  // namespace

// A length; false if it is not there or is the indefinite form.
bool take_length(Reader& in, std::size_t& length) noexcept {
  const std::uint8_t first = in.u8();
  length = first;
  if (first >= 0x80) {
    if (first == 0x80 || first > 0x84) return false;
    length = in.number(first & 0x7fu);
  }
  return !in.failed();
}

void put_length(Wire& out, std::size_t length) {
  if (length < 0x80) return out.u8(length);
  const std::size_t bytes = length > 0xffffff ? 4 : length > 0xffff ? 3 : length > 0xff ? 2 : 1;
  out.u8(0x80 | bytes);
  out.number(length, bytes);
}

// One element: its tag and content.
bool take_element(Reader& in, std::uint8_t& tag, Bytes& content) noexcept {
  std::size_t length = 0;
  tag = in.u8();
  if (!take_length(in, length)) return false;
  content = in.take(length);
  return !in.failed();
}

bool take_integer(Reader& in, std::int64_t& value) noexcept {
  std::uint8_t tag = 0;
  Bytes content;
  if (!take_element(in, tag, content) || tag != integer_tag || content.empty() || content.size() > 8) return false;
  value = static_cast<std::int8_t>(content[0]) < 0 ? -1 : 0;
  for (const std::uint8_t byte : content) value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << 8 | byte);
  return true;
}

void put_integer(Wire& out, std::uint8_t tag, std::int64_t value) {
  std::size_t bytes = 1;
  while (bytes < 8 && (value >> (8 * bytes - 1)) != 0 && (value >> (8 * bytes - 1)) != -1) ++bytes;
  out.u8(tag);
  put_length(out, bytes);
  out.number(static_cast<std::uint64_t>(value), bytes);
}

// Unsigned numbers have a zero before their highest bit.
void put_unsigned(Wire& out, std::uint8_t tag, std::uint64_t value) {
  std::size_t bytes = 1;
  while (bytes < 9 && (bytes < 8 ? value >> (8 * bytes - 1) : value >> 63 && bytes == 8) != 0) ++bytes;
  out.u8(tag);
  put_length(out, bytes);
  if (bytes == 9) out.u8(0);
  out.number(value, bytes == 9 ? 8 : bytes);
}

std::int64_t integer_of(Bytes element) noexcept {
  Reader in(element);
  std::int64_t value = 0;
  take_integer(in, value);
  return value;
}

void write_sequence_head(Text& out, std::size_t length) {
  out.append(R"(["Sequence",)");
  append_number(out, length);
  out.push(']');
}

bool read_sequence_head(JsonIn& in, Wire& out) {
  return in.tuple(2, [&](std::size_t i) {
    std::string_view name;
    std::uint64_t length = 0;
    if (i == 0) {
      if (!in.string(name)) return false;
      if (name != "Sequence") return in.fail("'" + std::string(name) + "' is not Sequence");
      out.u8(sequence_tag);
      return true;
    }
    if (!in.number(length, 0xffffffff)) return false;
    put_length(out, length);
    return true;
  });
}

bool write_oid(Text& out, Bytes content) {
  char separator = '[';
  for (std::size_t i = 0; i < content.size();) {
    std::uint64_t arc = 0;
    for (;; ++i) {
      if (i == content.size() || arc >> 32 != 0) return false;
      arc = arc << 7 | (content[i] & 0x7f);
      if (!(content[i] & 0x80)) break;
    }
    ++i;
    out.push(separator);
    separator = ',';
    append_number(out, arc);
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_oid(JsonIn& in, Wire& out) {
  return in.array([&] {
    std::uint64_t arc = 0;
    if (!in.number(arc, ~std::uint64_t{0} >> 1)) return false;
    int shift = 56;
    while (shift > 0 && arc >> shift == 0) shift -= 7;
    for (; shift >= 0; shift -= 7) out.u8((arc >> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
    return true;
  });
}

bool write_value(Text& out, Bytes element) {
  Reader in(element);
  std::uint8_t tag = 0;
  Bytes content;
  if (!take_element(in, tag, content) || in.left() > 0) return false;
  for (const ValueKind& kind : kinds) {
    if (kind.tag != tag) continue;
    if (kind.form == ValueKind::nothing) {
      append_string(out, kind.name);
      return content.empty();
    }
    if (kind.form == ValueKind::integer) {
      if (content.empty() || content.size() > 8) return false;
      append_signed(out, integer_of(element));
      return true;
    }
    out.push('{');
    append_string(out, kind.name);
    out.push(':');
    switch (kind.form) {
      case ValueKind::octets:
        append_byte_list(out, content);
        break;
      case ValueKind::oid:
        if (!write_oid(out, content)) return false;
        break;
      case ValueKind::address:
        if (content.size() != 4) return false;
        append_ipv4(out, content.data());
        break;
      default: {
        if (content.empty() || content.size() > 9 || content[0] >= 0x80) return false;  // a negative number of ticks
        Reader number(content.size() == 9 ? content.subspan(1) : content);
        append_number(out, number.number(number.left()));
      }
    }
    out.push('}');
    return true;
  }
  return false;
}

bool read_value(JsonIn& in, Wire& out) {
  const char next = in.peek();
  std::int64_t number = 0;
  if (next == '-' || (next >= '0' && next <= '9')) {
    if (!in.integer(number, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max())) return false;
    put_integer(out, integer_tag, number);
    return true;
  }
  return in.variant([&](std::string_view name, bool has_value) {
    for (const ValueKind& kind : kinds) {
      if (kind.name != name) continue;
      if (kind.form == ValueKind::nothing) {
        out.u8(kind.tag);
        out.u8(0);
        return !has_value || in.skip();
      }
      if (!has_value) return in.fail("'" + std::string(name) + "' without its value");
      Wire content;
      std::uint64_t unsigned_number = 0;
      switch (kind.form) {
        case ValueKind::integer:
          if (!in.integer(number, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max())) return false;
          put_integer(out, kind.tag, number);
          return true;
        case ValueKind::number:
          if (!in.number(unsigned_number)) return false;
          put_unsigned(out, kind.tag, unsigned_number);
          return true;
        case ValueKind::oid:
          if (!read_oid(in, content)) return false;
          break;
        case ValueKind::address:
          if (!read_ipv4(in, content)) return false;
          break;
        default:
          if (!in.bytes(content)) return false;
      }
      out.u8(kind.tag);
      put_length(out, content.size());
      out.append(content.span());
      return true;
    }
    return in.fail("'" + std::string(name) + "' is no kind of value");
  });
}

bool write_bindings(Text& out, Bytes list) {
  Reader in(list);
  char separator = '[';
  while (in.left() > 0) {
    std::size_t length = 0;
    if (in.u8() != sequence_tag || !take_length(in, length)) return false;
    Reader binding(in.take(length));
    std::uint8_t tag = 0;
    Bytes name;
    if (in.failed() || !take_element(binding, tag, name) || tag != oid_tag) return false;
    out.push(separator);
    separator = ',';
    out.append(R"({"_bind_tag_len":)");
    write_sequence_head(out, length);
    out.append(R"(,"name":)");
    if (!write_oid(out, name)) return false;
    out.append(R"(,"value":)");
    if (!write_value(out, binding.rest())) return false;
    out.push('}');
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool read_binding(JsonIn& in, Wire& out) {
  Wire head, name, value;
  const bool good = in.object([&](std::string_view key) {
    if (key == "name") return name.clear(), read_oid(in, name);
    if (key == "value") return value.clear(), read_value(in, value);
    if (key != "_bind_tag_len") return in.skip();
    head.clear();
    in.peek();
    return in.take_text("\"<auto>\"") || read_sequence_head(in, head);
  });
  if (!good) return false;
  Wire body;
  body.u8(oid_tag);
  put_length(body, name.size());
  body.append(name.span());
  body.append(value.span());
  if (head.empty()) {
    head.u8(sequence_tag);
    put_length(head, body.size());
  }
  out.append(head.span());
  out.append(body.span());
  return true;
}

}  // namespace proto::snmp
