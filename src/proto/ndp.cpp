// Neighbour discovery, RFC 4861 section 4; route information, RFC 4191; DNS options, RFC 8106; nonce, RFC 3971.
#include "proto/forms.h"
#include "proto/layer.h"
#include "proto/reader.h"

namespace proto {
namespace {

constexpr Field prefix_fields[] = {u8("prefix_length"), u8("flags"), u32("valid_lifetime"), u32("preferred_lifetime"),
                                   u32(""), ipv6("prefix")};

// Two reserved bytes, then the number alone.
bool write_mtu(Text& out, Bytes value, Dialect) {
  if (value.size() != 6 || value[0] != 0 || value[1] != 0) return false;
  append_number(out, get_bits(value.data(), 16, 32));
  return true;
}

bool read_mtu(JsonIn& in, Wire& out) {
  std::uint64_t mtu = 0;
  if (!in.number(mtu, 0xffffffff)) return false;
  out.u16(0);
  out.u32(mtu);
  return true;
}

bool write_route(Text& out, Bytes value, Dialect) {
  static constexpr Field head[] = {u8("prefix_length"), u8("flags"), u32("lifetime")};
  if (value.size() != 6 && value.size() != 14 && value.size() != 22) return false;
  append_fields(out, head, value.data());
  out.cut(out.size() - 1);
  out.append(R"(,"prefix":)");
  append_byte_list(out, value.subspan(6));
  out.push('}');
  return true;
}

bool read_route(JsonIn& in, Wire& out) {
  const std::size_t start = out.size();
  out.append_zeros(6);
  return in.object([&](std::string_view key) {
    if (key == "prefix") return out.cut(start + 6), in.bytes(out);
    std::uint64_t value = 0;
    if (key != "prefix_length" && key != "flags" && key != "lifetime") return in.skip();
    const bool wide = key == "lifetime";
    const std::size_t at = wide ? 2 : key == "flags" ? 1 : 0;
    if (!in.number(value, wide ? 0xffffffff : 255)) return false;
    out.patch(start + at, value, wide ? 4 : 1);
    return true;
  });
}

// Reserved, lifetime, then addresses.
bool write_servers(Text& out, Bytes value, Dialect dialect) {
  if (value.size() < 6 || value[0] != 0 || value[1] != 0) return false;
  out.append(R"({"lifetime":)");
  append_number(out, get_bits(value.data(), 16, 32));
  out.append(R"(,"servers":)");
  if (!write_form(out, Option{.name = "servers", .form = Form::ipv6_list}, value.subspan(6), dialect)) return false;
  out.push('}');
  return true;
}

bool read_lifetime_and(JsonIn& in, Wire& out, std::string_view list, bool (*element)(JsonIn&, Wire&)) {
  const std::size_t start = out.size();
  out.append_zeros(6);
  return in.object([&](std::string_view key) {
    std::uint64_t value = 0;
    if (key == "lifetime") {
      if (!in.number(value, 0xffffffff)) return false;
      out.patch(start + 2, value, 4);
      return true;
    }
    if (key != list) return in.skip();
    out.cut(start + 6);
    return in.array([&] { return element(in, out); });
  });
}

bool read_servers(JsonIn& in, Wire& out) { return read_lifetime_and(in, out, "servers", read_ipv6); }

// Domain names without compression, zeros behind the last.
bool write_domains(Text& out, Bytes value, Dialect) {
  if (value.size() < 6 || value[0] != 0 || value[1] != 0) return false;
  out.append(R"({"lifetime":)");
  append_number(out, get_bits(value.data(), 16, 32));
  out.append(R"(,"domains":[)");
  Reader in(value.subspan(6));
  bool first = true;
  while (in.left() > 0) {
    Text name;
    std::uint8_t length = in.u8();
    if (length == 0) break;
    for (; length > 0 && !in.failed(); length = in.u8()) {
      const Bytes label = in.take(length);
      if (length > 63 || !is_utf8(label)) return false;
      for (const std::uint8_t c : label) {
        if (c == '.') return false;
        name.push(static_cast<char>(c));
      }
      name.push('.');
    }
    if (in.failed()) return false;
    if (!first) out.push(',');
    first = false;
    append_string(out, name.view());
  }
  for (const std::uint8_t zero : in.rest())
    if (zero != 0) return false;
  out.append("]}");
  return true;
}

bool read_domains(JsonIn& in, Wire& out) { return read_lifetime_and(in, out, "domains", [](JsonIn& name, Wire& to) { return read_domain(name, to); }); }

constexpr Option options[] = {
    {.code = 1, .name = "SourceLinkLayerAddress", .form = Form::mac},
    {.code = 2, .name = "TargetLinkLayerAddress", .form = Form::mac},
    {.code = 3, .name = "PrefixInformation", .form = Form::fields, .fields = prefix_fields},
    {.code = 4, .name = "RedirectedHeader", .full_only = true},
    {.code = 5, .name = "MTU", .form = Form::own, .write = write_mtu, .read = read_mtu},
    {.code = 14, .name = "Nonce", .full_only = true},
    {.code = 24, .name = "RouteInformation", .form = Form::own, .full_only = true, .write = write_route, .read = read_route},
    {.code = 25, .name = "RecursiveDnsServer", .form = Form::own, .full_only = true, .write = write_servers, .read = read_servers},
    {.code = 31, .name = "DnsSearchList", .form = Form::own, .full_only = true, .write = write_domains, .read = read_domains},
};

// Type, length in units of 8 bytes, value. Writes the element, or returns 0; the length in bytes else.
std::size_t write_element(Text& out, Bytes list, Dialect dialect) {
  const std::size_t length = list.size() < 2 ? 0 : list[1] * std::size_t{8};
  if (length == 0 || length > list.size()) return 0;
  const Bytes value = list.subspan(2, length - 2);
  const Option* known = find_option(options, list[0]);
  if (known != nullptr && write_option(out, *known, value, dialect)) {
    // Only what comes back the same: padding of domain lists may be longer than needed.
    if (known->code != 31 || value.size() % 8 == 6) return length;
  }
  if (dialect == Dialect::classic) return 0;
  write_unknown(out, list[0], value);
  return length;
}

bool read_element(JsonIn& in, Wire& out) {
  return in.variant([&](std::string_view name, bool has_value) {
    const Option* known = find_option(options, name);
    if (known == nullptr && name != "Unknown") return in.fail(no_option(options, name));
    if (!has_value) return in.fail("an option without its value");
    const std::size_t start = out.size();
    out.u16(0);
    std::uint64_t code = known != nullptr ? known->code : 0;
    if (!(known != nullptr ? read_form(in, *known, out) : read_unknown(in, code, 255, out))) return false;
    out.append_zeros((8 - (out.size() - start) % 8) % 8);
    if (out.size() - start > 255 * 8) return in.fail("an option of more than 2040 bytes");
    out.patch(start, code, 1);
    out.patch(start + 1, (out.size() - start) / 8, 1);
    return true;
  });
}

constexpr Codec options_codec = {
    // Up to the first that cannot be expressed; the rest is raw.
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          Text scratch;
          const std::size_t start = at;
          while (const std::size_t length = write_element(scratch, h.from(at), h.dialect)) at += length;
          return at - start;
        },
    .write =
        [](Text& out, Bytes list, const Header& h) {
          char separator = '[';
          for (std::size_t at = 0; at < list.size();) {
            out.push(separator);
            separator = ',';
            const std::size_t length = write_element(out, list.subspan(at), h.dialect);
            if (length == 0) break;
            at += length;
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_element(in, out); }); },
    .form = "list of neighbour discovery options"};

constexpr Field rs_fields[] = {u32("reserved"), custom("options", options_codec)};
constexpr Binding rs_bindings[] = {{"icmpv6.type", 133}};
constexpr Spec rs_spec = {.tag = "icmpv6RouterSolicitation",
                          .help = "router solicitation",
                          .summary = "router solicitation",
                          .fields = rs_fields,
                          .bindings = rs_bindings};
const Protocol<rs_spec> rs;

constexpr Name ra_flags[] = {{0x80, "managed"}, {0x40, "other configuration"}, {0x20, "home agent"}, {0x04, "proxied"}};
constexpr Field ra_fields[] = {u8("cur_hop_limit"),   u8("flags").with_flags(ra_flags), u16("router_lifetime"),
                               u32("reachable_time"), u32("retrans_timer"), custom("options", options_codec)};
constexpr Binding ra_bindings[] = {{"icmpv6.type", 134}};
constexpr Spec ra_spec = {.tag = "icmpv6RouterAdvertisement",
                          .help = "router advertisement",
                          .summary = "router advertisement lifetime {router_lifetime}",
                          .fields = ra_fields,
                          .bindings = ra_bindings};
const Protocol<ra_spec> ra;

constexpr Field ns_fields[] = {u32("reserved"), ipv6("target_address"), custom("options", options_codec)};
constexpr Binding ns_bindings[] = {{"icmpv6.type", 135}};
constexpr Spec ns_spec = {.tag = "icmpv6NeighborSolicitation",
                          .help = "neighbour solicitation",
                          .summary = "who has {target_address}",
                          .fields = ns_fields,
                          .bindings = ns_bindings};
const Protocol<ns_spec> ns;

constexpr Name na_flags[] = {{0x80000000, "router"}, {0x40000000, "solicited"}, {0x20000000, "override"}};
constexpr Field na_fields[] = {u32("flags").with_flags(na_flags), ipv6("target_address"), custom("options", options_codec)};
constexpr Binding na_bindings[] = {{"icmpv6.type", 136}};
constexpr Spec na_spec = {.tag = "icmpv6NeighborAdvertisement",
                          .help = "neighbour advertisement",
                          .summary = "{target_address} is here",
                          .fields = na_fields,
                          .bindings = na_bindings};
const Protocol<na_spec> na;

constexpr Field redirect_fields[] = {u32("reserved"), ipv6("target_address"), ipv6("destination_address"),
                                     custom("options", options_codec)};
constexpr Binding redirect_bindings[] = {{"icmpv6.type", 137}};
constexpr Spec redirect_spec = {.tag = "icmpv6Redirect",
                                .help = "redirect",
                                .summary = "redirect {destination_address} to {target_address}",
                                .fields = redirect_fields,
                                .bindings = redirect_bindings};
const Protocol<redirect_spec> redirect;

}  // namespace
}  // namespace proto
