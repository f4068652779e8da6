// Link layer discovery, IEEE 802.1AB-2016 section 8: a list of elements of a 7-bit type and a 9-bit length.
#include "proto/forms.h"
#include "proto/layer.h"

namespace proto {
namespace {

// A subtype, then bytes whose meaning depends on it (sections 8.5.2 and 8.5.3): one subtype is a MAC address, the
// others are mostly text.
template <std::uint8_t mac_subtype>
bool write_id(Text& out, Bytes value, Dialect) {
  if (value.empty()) return false;
  const Bytes id = value.subspan(1);
  out.append(R"({"subtype":)");
  append_number(out, value[0]);
  out.append(R"(,"id":)");
  if (value[0] == mac_subtype && id.size() == 6) append_mac(out, id.data());
  else if (value[0] != mac_subtype && is_utf8(id)) append_string(out, id);
  else append_byte_list(out, id);
  out.push('}');
  return true;
}

template <std::uint8_t mac_subtype>
bool read_id(JsonIn& in, Wire& out) {
  std::uint64_t subtype = 0;
  const char* id = nullptr;  // read when the subtype is known
  const bool good = in.object([&](std::string_view key) {
    if (key == "subtype") return in.number(subtype, 255);
    if (key == "id") id = in.mark();
    return in.skip();
  });
  if (!good) return false;
  out.u8(subtype);
  if (id == nullptr) return true;
  const char* const behind = in.position();
  in.go_back(id);
  std::string_view text;
  if (in.peek() == '[') {
    if (!in.bytes(out)) return false;
  } else if (subtype == mac_subtype) {
    if (!read_mac(in, out)) return false;
  } else {
    if (!in.string(text)) return false;
    out.text(text);
  }
  in.go_back(behind);
  return true;
}

constexpr Field capability_fields[] = {u16("available"), u16("enabled")};
constexpr Field organisation_head[] = {number("oui", 24), u8("subtype")};

bool write_organisation(Text& out, Bytes value, Dialect) {
  constexpr std::size_t head = fields_size(organisation_head);
  if (value.size() < head) return false;
  append_fields(out, organisation_head, value.data());
  out.cut(out.size() - 1);
  out.append(R"(,"data":)");
  append_byte_list(out, value.subspan(head));
  out.push('}');
  return true;
}

bool read_organisation(JsonIn& in, Wire& out) {
  const std::size_t start = out.size();
  out.u32(0);
  return in.object([&](std::string_view key) {
    std::uint64_t value = 0;
    if (key == "data") return out.cut(start + 4), in.bytes(out);
    if (key != "oui" && key != "subtype") return in.skip();
    if (!in.number(value, key == "oui" ? 0xffffff : 255)) return false;
    out.patch(start + (key == "oui" ? 0 : 3), value, key == "oui" ? 3 : 1);
    return true;
  });
}

constexpr std::uint32_t end_of_frame = 0;
constexpr Option elements[] = {
    {.code = end_of_frame, .name = "End", .form = Form::none},
    {.code = 1, .name = "ChassisId", .form = Form::own, .write = write_id<4>, .read = read_id<4>},
    {.code = 2, .name = "PortId", .form = Form::own, .write = write_id<3>, .read = read_id<3>},
    {.code = 3, .name = "TimeToLive", .form = Form::number16},
    {.code = 4, .name = "PortDescription", .form = Form::text},
    {.code = 5, .name = "SystemName", .form = Form::text},
    {.code = 6, .name = "SystemDescription", .form = Form::text},
    {.code = 7, .name = "SystemCapabilities", .form = Form::fields, .fields = capability_fields},
    {.code = 8, .name = "ManagementAddress"},
    {.code = 127, .name = "Organisation", .form = Form::own, .write = write_organisation, .read = read_organisation},
};
constexpr std::size_t most_value_bytes = 511;

constexpr Codec elements_codec = {
    // Up to the end element, or the last whole one.
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t start = at;
          while (at + 2 <= h.size) {
            const std::size_t length = h.u16(at) & most_value_bytes;
            if (length > h.size - at - 2) break;
            const bool last = h.u16(at) >> 9 == end_of_frame;
            at += 2 + length;
            if (last) break;
          }
          return at - start;
        },
    .write =
        [](Text& out, Bytes list, const Header& h) {
          const Header all{list.data(), list.size(), h.dialect};
          char separator = '[';
          for (std::size_t at = 0; at < list.size(); separator = ',') {
            const std::size_t length = all.u16(at) & most_value_bytes;
            const std::uint32_t type = all.u16(at) >> 9;
            const Bytes value = list.subspan(at + 2, length);
            out.push(separator);
            const Option* known = find_option(elements, type);
            if (known == nullptr || !write_option(out, *known, value, h.dialect)) write_unknown(out, type, value);
            at += 2 + length;
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read =
        [](JsonIn& in, Wire& out, std::size_t) {
          return in.array([&] {
            return in.variant([&](std::string_view name, bool has_value) {
              const Option* known = find_option(elements, name);
              if (known == nullptr && name != "Unknown") return in.fail("no element is called '" + std::string(name) + "'");
              if (has_value == (known != nullptr && known->form == Form::none))
                return in.fail("an element with a value too few or too many");
              const std::size_t start = out.size();
              out.u16(0);
              std::uint64_t type = known != nullptr ? known->code : 0;
              if (has_value && !(known != nullptr ? read_form(in, *known, out) : read_unknown(in, type, 127, out))) return false;
              const std::size_t length = out.size() - start - 2;
              if (length > most_value_bytes) return in.fail("an element of more than 511 bytes");
              out.patch(start, type << 9 | length, 2);
              return true;
            });
          });
        },
    .form = "list of LLDP elements"};

constexpr Field fields[] = {custom("elements", elements_codec)};
constexpr Binding bindings[] = {{"ethertype", 0x88cc, true}};
constexpr Spec spec = {.tag = "Lldp",
                       .help = "link layer discovery",
                       .summary = "LLDP {elements}",
                       .fields = fields,
                       .bindings = bindings,
                       .full_only = true};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
