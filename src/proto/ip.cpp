// IPv4, RFC 791; options of RFC 791 section 3.1 and RFC 2113 (router alert).
#include "proto/fill.h"
#include "proto/forms.h"

namespace proto {
namespace {

constexpr std::size_t fixed_size = 20;

std::size_t header_size(const Header& h) noexcept { return (h.u8(0) & 15u) * 4; }
// Options stand behind the fixed part. An ihl beyond the total length is no header's; the ancestor's way is kept: 20 bytes.
bool has_options(const Header& h) noexcept { return header_size(h) > fixed_size && header_size(h) <= h.u16(2); }
std::uint16_t fragment_offset(const Header& h) noexcept { return h.u16(6) & 0x1fff; }

constexpr Field flag_fields[] = {flag("reserved"), flag("dont_fragment"), flag("more_fragments"), number("fragment_offset", 13)};

// "DF,MF,EVIL,offset=N"; other words are ignored.
bool read_flag_words(std::string_view text, std::uint64_t& value) {
  value = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    std::uint64_t offset = 0;
    if (word == "EVIL") value |= 0x8000;
    if (word == "DF") value |= 0x4000;
    if (word == "MF") value |= 0x2000;
    if (word.starts_with("offset=") && parse_decimal(word.substr(7), offset, 0x1fff)) value |= offset;
  }
  return true;
}

// Routes: a pointer (4 = the first address), then addresses.
bool write_route(Text& out, Bytes value, Dialect) {
  if (value.empty() || value.size() % 4 != 1) return false;
  out.append(R"({"pointer":)");
  append_number(out, value[0]);
  out.append(R"(,"route":)");
  write_form(out, Option{.name = "route", .form = Form::ipv4_list}, value.subspan(1), Dialect::full);
  out.push('}');
  return true;
}

// Also the ancestor's form, a plain list of addresses.
bool read_route(JsonIn& in, Wire& out) {
  const std::size_t start = out.size();
  out.u8(4);
  if (in.peek() == '[') return in.array([&] { return read_ipv4(in, out); });
  return in.object([&](std::string_view key) {
    std::uint64_t pointer = 0;
    if (key == "route") out.cut(start + 1);
    if (key == "pointer") {
      if (!in.number(pointer, 255)) return false;
      out.patch(start, pointer, 1);
      return true;
    }
    return key == "route" ? in.array([&] { return read_ipv4(in, out); }) : in.skip();
  });
}

bool write_timestamp(Text& out, Bytes value, Dialect) {
  if (value.size() < 2) return false;
  static constexpr Field head[] = {u8("pointer", 5), number("overflow", 4), number("flag", 4)};
  append_fields(out, head, value.data());
  out.cut(out.size() - 1);
  out.append(R"(,"data":)");
  append_byte_list(out, value.subspan(2));
  out.push('}');
  return true;
}

bool read_timestamp(JsonIn& in, Wire& out) {
  const std::size_t start = out.size();
  out.u16(0x0500);
  return in.object([&](std::string_view key) {
    if (key == "data") return out.cut(start + 2), in.bytes(out);
    std::uint64_t value = 0;
    if (key != "pointer" && key != "overflow" && key != "flag") return in.skip();
    if (!in.number(value, key == "pointer" ? 255 : 15)) return false;
    if (key == "pointer")
      out.patch(start, value, 1);
    else
      put_bits(&out[start + 1], key == "overflow" ? 0 : 4, 4, value);
    return true;
  });
}

constexpr Option options[] = {
    {.code = 7, .name = "RecordRoute", .form = Form::own, .write = write_route, .read = read_route},
    {.code = 68, .name = "Timestamp", .form = Form::own, .write = write_timestamp, .read = read_timestamp},
    {.code = 131, .name = "SourceRoute", .form = Form::own, .write = write_route, .read = read_route},
    {.code = 137, .name = "StrictSourceRoute", .form = Form::own, .write = write_route, .read = read_route},
    {.code = 148, .name = "RouterAlert", .form = Form::number16},
};

constexpr Codec options_codec = {
    // The classic dialect leaves them to the raw layer that follows.
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t size = header_size(h);
          return h.full() && has_options(h) && size <= h.size ? size - at : 0;
        },
    .write = [](Text& out, Bytes value, const Header&) { write_header_options(out, options, value); },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return read_header_options(in, options, out); },
    .form = "list of IP options"};

constexpr Field fields[] = {number("version", 4, 4),
                            number("ihl", 4).computed(),
                            u8("tos"),
                            u16("len").computed(),
                            u16("id").random(),
                            group("flags", 16, flag_fields).or_text(read_flag_words),
                            u8("ttl", 64),
                            u8("proto").selector("ip.proto"),
                            u16("chksum").computed(),
                            ipv4("src", 0x7f000001),
                            ipv4("dst", 0x7f000001),
                            custom("options", options_codec)};

// While a source route is not used up, its end is the destination of what is carried (RFC 791 section 3.1).
void find_endpoints(const Header& h, Endpoints& ends) noexcept {
  constexpr std::size_t source = 12, destination = 16, address = 4, route = 3;
  if (ends.src == nullptr) ends.src = h.data + source;
  if (ends.dst != nullptr) return;
  ends.dst = h.data + destination;
  for (std::size_t at = fixed_size; at + route < h.size && h.u8(at) != 0;) {
    const std::size_t length = h.u8(at) == 1 ? 1 : h.u8(at + 1);
    if (length == 0 || length > h.size - at) return;
    const bool source_route = h.u8(at) == 131 || h.u8(at) == 137;
    // The pointer counts the option's bytes from 1.
    if (source_route && length >= route + address && h.u8(at + 2) + address - 1 <= length)
      ends.dst = h.data + at + route + ((length - route) / address - 1) * address;
    at += length;
  }
}

void fill_header(Fill& fill) {
  constexpr std::size_t ihl = index_of(fields, "ihl");
  // Options that stand in a raw layer behind (classic dialect) belong to the header by the given ihl: it is kept.
  const std::size_t given_size = fill.get(ihl) * 4;
  const bool keeps = given_size > fill.header().size() && given_size <= fill.whole().size() &&
                     (!fill.wants(ihl) || fill.has_raw_options(fixed_size));
  if (!keeps && fill.wants(ihl)) {
    fill.pad_header(index_of(fields, "options"));
    fill.set(ihl, fill.header().size() / 4);
  }
  const std::size_t size = keeps ? given_size : fill.header().size();
  fill.set_long_length(index_of(fields, "len"), fill.whole().size());
  fill.set_checksum(index_of(fields, "chksum"), Sum(), fill.whole().first(size));
}

constexpr Binding bindings[] = {{"ethertype", 0x0800}, {"ip.proto", 4}, {"ip.version", 4}, {"link", 228}, {"ppp.protocol", 0x0021}};
constexpr Spec spec = {
    .tag = "Ip",
    .help = "IPv4 header",
    .summary = "IPv4 {src} -> {dst} proto {proto} ttl {ttl}",
    .fields = fields,
    .bindings = bindings,
    .opaque = [](const Header& h, std::size_t size) noexcept {
      return fragment_offset(h) != 0 || (has_options(h) && header_size(h) > size);
    },
    .is_fragment = [](const Header& h) noexcept { return (h.u16(6) & 0x3fff) != 0; },
    .limit = [](const Header& h, std::size_t size) noexcept { return h.full() && h.u16(2) >= size ? std::size_t{h.u16(2)} : refused; },
    .fill = fill_header,
    .endpoints = find_endpoints,
    .pseudo_header = [](const Endpoints& ends, std::uint8_t protocol, std::uint32_t length,
                        Sum& sum) noexcept { sum.add_pseudo_header4(ends.src, ends.dst, protocol, length); },
    // "frag", the raw 16-bit word, where an older release wrote "flags":"<auto>".
    .old_key = [](std::string_view key, JsonIn& in, std::uint64_t automatic, std::uint8_t* header) {
      constexpr std::size_t flags = index_of(fields, "flags");
      std::uint64_t word = 0;
      if (key != "frag" || !(automatic >> flags & 1)) return true;
      if (!in.number(word, 0xffff)) return false;
      put_bits(header, 48, 16, word);
      return true;
    }};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
