// PPP over Ethernet, RFC 2516 sections 4 (header, tags) and 6 (session); PPP protocol numbers, RFC 1661 section 2.
#include "proto/fill.h"
#include "proto/forms.h"

namespace proto {
namespace {

constexpr Field fields[] = {number("version", 4, 1), number("type", 4, 1), u8("code").selector("pppoe.code"), u16("session"),
                            u16("len").computed()};
constexpr Binding bindings[] = {{"ethertype", 0x8864, true}, {"ethertype", 0x8863, true}};
constexpr Spec spec = {.tag = "Pppoe",
                       .help = "PPP over Ethernet",
                       .summary = "PPPoE code {code} session {session}",
                       .fields = fields,
                       .bindings = bindings,
                       .full_only = true,
                       .limit = [](const Header& h, std::size_t size) noexcept { return size + h.u16(4); },
                       .fill = [](Fill& fill) { fill.set_length(index_of(fields, "len"), fill.payload().size()); }};
const Protocol<spec> pppoe;

constexpr Field ppp_fields[] = {u16("protocol").selector("ppp.protocol")};
constexpr Binding ppp_bindings[] = {{"pppoe.code", 0, true}};
constexpr Spec ppp_spec = {.tag = "Ppp",
                           .help = "point-to-point frame",
                           .summary = "PPP protocol {protocol}",
                           .fields = ppp_fields,
                           .bindings = ppp_bindings,
                           .full_only = true};
const Protocol<ppp_spec> ppp;

constexpr Option tags[] = {{.code = 0x0000, .name = "EndOfList", .form = Form::none},
                           {.code = 0x0101, .name = "ServiceName", .form = Form::text},
                           {.code = 0x0102, .name = "AcName", .form = Form::text},
                           {.code = 0x0103, .name = "HostUniq"},
                           {.code = 0x0104, .name = "AcCookie"},
                           {.code = 0x0105, .name = "VendorSpecific"},
                           {.code = 0x0110, .name = "RelaySessionId"},
                           {.code = 0x0120, .name = "PppMaxPayload", .form = Form::number16},
                           {.code = 0x0201, .name = "ServiceNameError", .form = Form::text},
                           {.code = 0x0202, .name = "AcSystemError", .form = Form::text},
                           {.code = 0x0203, .name = "GenericError", .form = Form::text}};
constexpr std::size_t tag_head_size = 4;  // type and length, 16 bits each

// Bytes that whole tags take, from the start of the list.
std::size_t whole_tags(const Header& h, std::size_t at) noexcept {
  const std::size_t start = at;
  while (at + tag_head_size <= h.size && h.u16(at + 2) <= h.size - at - tag_head_size) at += tag_head_size + h.u16(at + 2);
  return at - start;
}

void write_tags(Text& out, Bytes list, const Header& h) {
  char separator = '[';
  const Header all{list.data(), list.size(), h.dialect};
  for (std::size_t at = 0; at < list.size(); at += tag_head_size + all.u16(at + 2), separator = ',') {
    out.push(separator);
    const Option* known = find_option(tags, all.u16(at));
    const Bytes value = list.subspan(at + tag_head_size, all.u16(at + 2));
    if (known == nullptr || !write_option(out, *known, value, h.dialect)) write_unknown(out, all.u16(at), value);
  }
  if (separator == '[') out.push('[');
  out.push(']');
}

bool read_tag(JsonIn& in, Wire& out) {
  return in.variant([&](std::string_view name, bool has_value) {
    const Option* known = find_option(tags, name);
    if (known == nullptr && name != "Unknown") return in.fail("no tag is called '" + std::string(name) + "'");
    if (has_value == (known != nullptr && known->form == Form::none)) return in.fail("a tag with a value too few or too many");
    const std::size_t start = out.size();
    out.u32(0);
    std::uint64_t code = known != nullptr ? known->code : 0;
    if (has_value && !(known != nullptr ? read_form(in, *known, out) : read_unknown(in, code, 0xffff, out))) return false;
    const std::size_t length = out.size() - start - tag_head_size;
    if (length > 0xffff) return in.fail("a tag of more than 65535 bytes");
    out.patch(start, code, 2);
    out.patch(start + 2, length, 2);
    return true;
  });
}

constexpr Codec tags_codec = {
    .extent = whole_tags,
    .write = write_tags,
    .read = [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_tag(in, out); }); },
    .form = "list of PPPoE tags"};

constexpr Field discovery_fields[] = {custom("tags", tags_codec)};
constexpr Binding discovery_bindings[] = {{"pppoe.code", 0x09, true}, {"pppoe.code", 0x07, true}, {"pppoe.code", 0x19, true},
                                          {"pppoe.code", 0x65, true}, {"pppoe.code", 0xa7, true}};
constexpr Spec discovery_spec = {.tag = "PppoeDiscovery",
                                 .help = "tags of PPPoE discovery",
                                 .summary = "PPPoE discovery {tags}",
                                 .fields = discovery_fields,
                                 .bindings = discovery_bindings,
                                 .full_only = true};
const Protocol<discovery_spec> discovery;

}  // namespace
}  // namespace proto
