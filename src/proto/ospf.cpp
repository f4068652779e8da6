// OSPF version 2, RFC 2328 appendix A. A router LSA's links cannot be told in the ancestor's form, which gets their size wrong:
// in the classic dialect the list of LSAs stops before one.
#include "proto/fill.h"
#include "proto/reader.h"

namespace proto {
namespace {

constexpr Field header_fields[] = {u8("version", 2),        u8("packet_type").selector("ospf.type"), u16("packet_length").computed(),
                                   ipv4("router_id"),       ipv4("area_id"),                         u16("checksum").computed(),
                                   u16("auth_type"),        bytes("auth_data", 8)};
constexpr Binding header_bindings[] = {{"ip.proto", 89}};
constexpr Spec header_spec = {
    .tag = "OspfHeader",
    .help = "OSPF version 2 header",
    .summary = "OSPF type {packet_type} router {router_id} area {area_id}",
    .fields = header_fields,
    .bindings = header_bindings,
    .limit = [](const Header& h, std::size_t size) noexcept { return h.u16(2) >= size ? std::size_t{h.u16(2)} : refused; },
    .fill = [](Fill& fill) {
      fill.set_length(index_of(header_fields, "packet_length"), fill.whole().size());
      if (!fill.wants(index_of(header_fields, "checksum"))) return;
      // Without the authentication data; with cryptographic authentication (type 2) there is none.
      fill.set(index_of(header_fields, "checksum"), 0);
      if (fill.get(index_of(header_fields, "auth_type")) == 2) return;
      const std::uint16_t sum = Sum().add(fill.header().first(16)).add(fill.payload()).checksum();
      fill.set(index_of(header_fields, "checksum"), sum);
    }};
const Protocol<header_spec> header;

// Lists of objects with fixed fields.
template <const auto& element>
constexpr Codec list_of(std::string_view form) {
  return {.extent = [](const Header& h, std::size_t at) noexcept { return (h.size - at) / fields_size(element) * fields_size(element); },
          .write =
              [](Text& out, Bytes value, const Header&) {
                char separator = '[';
                for (std::size_t i = 0; i < value.size(); i += fields_size(element), separator = ',') {
                  out.push(separator);
                  append_fields(out, element, value.data() + i);
                }
                if (separator == '[') out.push('[');
                out.push(']');
              },
          .read = [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_fields(in, element, out); }); },
          .form = form};
}

constexpr Codec neighbors_codec = {
    .extent = [](const Header& h, std::size_t at) noexcept { return (h.size - at) / 4 * 4; },
    .write =
        [](Text& out, Bytes value, const Header&) {
          char separator = '[';
          for (std::size_t i = 0; i < value.size(); i += 4, separator = ',') {
            out.push(separator);
            append_ipv4(out, value.data() + i);
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_ipv4(in, out); }); },
    .form = "list of router ids"};

constexpr Field hello_fields[] = {ipv4("network_mask"),
                                  u16("hello_interval"),
                                  u8("options"),
                                  u8("router_priority"),
                                  u32("router_dead_interval"),
                                  ipv4("designated_router"),
                                  ipv4("backup_designated_router"),
                                  custom("neighbors", neighbors_codec)};
constexpr Binding hello_bindings[] = {{"ospf.type", 1}};
constexpr Spec hello_spec = {.tag = "OspfHello",
                             .help = "OSPF hello",
                             .summary = "OSPF hello designated {designated_router}",
                             .fields = hello_fields,
                             .bindings = hello_bindings};
const Protocol<hello_spec> hello;

constexpr Field lsa_fields[] = {u16("age"),  u8("options"), u8("lsa_type"), ipv4("link_state_id"), ipv4("advertising_router"), u32("sequence_number"),
                                u16("checksum"), u16("length")};
constexpr std::size_t lsa_header_size = fields_size(lsa_fields);
constexpr Codec lsa_headers_codec = list_of<lsa_fields>("list of LSA headers");

constexpr Name description_flags[] = {{0x04, "init"}, {0x02, "more"}, {0x01, "master"}};
constexpr Field description_fields[] = {u16("interface_mtu"), u8("options"), u8("flags").with_flags(description_flags), u32("sequence_number"), custom("lsa_headers", lsa_headers_codec)};
constexpr Binding description_bindings[] = {{"ospf.type", 2}};
constexpr Spec description_spec = {.tag = "OspfDatabaseDescription",
                                   .help = "OSPF database description",
                                   .summary = "OSPF description flags {flags} seq {sequence_number}",
                                   .fields = description_fields,
                                   .bindings = description_bindings};
const Protocol<description_spec> description;

constexpr Field request_entry[] = {u32("lsa_type"), ipv4("link_state_id"), ipv4("advertising_router")};
constexpr Codec requests_codec = list_of<request_entry>("list of {lsa_type, link_state_id, advertising_router}");
constexpr Field request_fields[] = {custom("requests", requests_codec)};
constexpr Binding request_bindings[] = {{"ospf.type", 3}};
constexpr Spec request_spec = {.tag = "OspfLinkStateRequest",
                               .help = "OSPF link state request",
                               .summary = "OSPF request {requests}",
                               .fields = request_fields,
                               .bindings = request_bindings};
const Protocol<request_spec> request;

constexpr Field ack_fields[] = {custom("lsa_headers", lsa_headers_codec)};
constexpr Binding ack_bindings[] = {{"ospf.type", 5}};
constexpr Spec ack_spec = {.tag = "OspfLinkStateAck",
                           .help = "OSPF link state acknowledgement",
                           .summary = "OSPF acknowledgement {lsa_headers}",
                           .fields = ack_fields,
                           .bindings = ack_bindings};
const Protocol<ack_spec> ack;

// --- LSAs: a header, whose length counts itself, and a body. `length` is what the header says.

struct LsaForm {
  std::uint8_t type;
  std::string_view name;
};
constexpr LsaForm forms[] = {{1, "RouterLsa"}, {2, "NetworkLsa"}, {3, "SummaryLsa"}, {4, "SummaryLsa"}, {5, "AsExternalLsa"}};

constexpr Field link_fields[] = {ipv4("link_id"), ipv4("link_data"), u8("link_type"), u8("tos_count"), u16("metrics")};

std::size_t lsa_size(Bytes list) noexcept {
  const std::size_t size = list.size() < lsa_header_size ? 0 : static_cast<std::size_t>(list[18] << 8 | list[19]);
  return size >= lsa_header_size && size <= list.size() ? size : 0;
}

void write_body(Text& out, Bytes body) {
  out.append(R"(,"data":)");
  append_byte_list(out, body);
}

// A router LSA's body: flags, number of links, links without further metrics.
bool write_router(Text& out, Bytes body) {
  Reader in(body);
  const std::uint16_t flags = in.u16(), count = in.u16();
  if (in.failed() || in.left() != count * fields_size(link_fields)) return false;
  out.append(R"(,"flags":)");
  append_number(out, flags);
  char separator = '[';
  out.append(R"(,"links":)");
  while (in.left() > 0) {
    out.push(separator);
    separator = ',';
    append_fields(out, link_fields, in.take(fields_size(link_fields)).data());
  }
  if (separator == '[') out.push('[');
  out.push(']');
  return true;
}

bool write_lsa(Text& out, Bytes lsa) {
  const std::uint8_t type = lsa[3];
  std::string_view name = "UnknownLsa";
  for (const LsaForm& form : forms)
    if (form.type == type) name = form.name;
  const Bytes body = lsa.subspan(lsa_header_size);
  const std::size_t start = out.size();
  for (const bool decoded : {true, false}) {
    out.cut(start);
    out.append("{\"");
    out.append(decoded ? name : std::string_view("UnknownLsa"));
    out.append(R"(":{"header":)");
    append_fields(out, lsa_fields, lsa.data());
    if (!decoded || name != "RouterLsa")
      write_body(out, body);
    else if (!write_router(out, body))
      continue;
    out.append("}}");
    break;
  }
  return true;
}

bool read_lsa(JsonIn& in, Wire& out) {
  return in.variant([&](std::string_view, bool has_value) {
    if (!has_value) return in.fail("an LSA without its value");
    Wire head, links, data;
    std::uint64_t flags = 0, count = 0;
    bool router = false;
    const bool good = in.object([&](std::string_view key) {
      if (key == "header") return head.clear(), read_fields(in, lsa_fields, head);
      if (key == "data") return data.clear(), in.bytes(data);
      if (key == "flags") return in.number(flags, 0xffff);
      if (key != "links") return in.skip();
      router = true;
      links.clear();
      count = 0;
      return in.array([&] { return ++count, read_fields(in, link_fields, links); });
    });
    if (!good) return false;
    if (head.empty()) return in.fail("an LSA without header");
    out.append(head.span());
    if (router) {
      out.u16(flags);
      out.u16(count);
      out.append(links.span());
    }
    out.append(data.span());
    return true;
  });
}

constexpr Codec lsas_codec = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t start = at;
          for (std::uint64_t i = h.u32(0); i > 0 && h.full(); --i) {
            const std::size_t size = lsa_size(h.from(at));
            if (size == 0) break;
            at += size;
          }
          return at - start;
        },
    .write =
        [](Text& out, Bytes list, const Header&) {
          char separator = '[';
          while (const std::size_t size = lsa_size(list)) {
            out.push(separator);
            separator = ',';
            write_lsa(out, list.first(size));
            list = list.subspan(size);
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read =
        [](JsonIn& in, Wire& out, std::size_t) {
          out.notes[0] = 0;
          return in.array([&] { return ++out.notes[0], read_lsa(in, out); });
        },
    .form = "list of LSAs"};

constexpr Field update_fields[] = {u32("number_of_lsas").computed(), custom("lsas", lsas_codec)};
constexpr Binding update_bindings[] = {{"ospf.type", 4}};
constexpr Spec update_spec = {.tag = "OspfLinkStateUpdate",
                              .help = "OSPF link state update",
                              .summary = "OSPF update of {number_of_lsas} LSAs",
                              .fields = update_fields,
                              .bindings = update_bindings,
                              .fill = [](Fill& fill) {
                                if (const auto* notes = fill.notes()) fill.set(index_of(update_fields, "number_of_lsas"), (*notes)[0]);
                              }};
const Protocol<update_spec> update;

}  // namespace
}  // namespace proto
