// Tunnels: VXLAN, RFC 7348 section 5; GRE, RFC 2784, RFC 1701 and RFC 2890; Geneve, RFC 8926 section 3.4;
// ERSPAN, draft-foschiano-erspan-03. In the classic dialect the frames inside VXLAN and ERSPAN stay raw.
#include "proto/fill.h"
#include "proto/forms.h"
#include "proto/registry.h"

namespace proto {
namespace {

const Layer* inner_ether(const Header& h, std::size_t) noexcept { return h.full() ? Registry::get().find("ether") : nullptr; }

constexpr Name vxlan_flags[] = {{0x08, "VNI"}};
constexpr Field vxlan_fields[] = {u8("flags", 8).with_flags(vxlan_flags), u8("reserved_u8"), u16("reserved_u16"), number("vni", 24), u8("reserved_u8_2")};
constexpr Binding vxlan_bindings[] = {{"udp.port", 4789}};
constexpr Spec vxlan_spec = {.tag = "Vxlan",
                             .help = "VXLAN header",
                             .summary = "VXLAN vni {vni}",
                             .fields = vxlan_fields,
                             .bindings = vxlan_bindings,
                             .next = inner_ether};
const Protocol<vxlan_spec> vxlan;

bool has_checksum(const Header& h) noexcept { return h.u8(0) & 0x80; }
bool has_routing(const Header& h) noexcept { return h.u8(0) & 0x40; }
bool only_routing(const Header& h) noexcept { return has_routing(h) && !has_checksum(h); }
bool only_checksum(const Header& h) noexcept { return has_checksum(h) && !has_routing(h); }
bool has_key(const Header& h) noexcept { return h.u8(0) & 0x20; }
bool has_sequence(const Header& h) noexcept { return h.u8(0) & 0x10; }
bool has_acknowledgement(const Header& h) noexcept { return h.u8(1) & 0x80; }

// The routing field itself is not parsed (jsonl.md section 9); only an input that brings bytes for it has some.
std::size_t no_bytes(const Header&) noexcept { return 0; }

constexpr Field gre_fields[] = {flag("chksum_present"),
                                flag("routing_present"),
                                flag("key_present"),
                                flag("seqnum_present"),
                                flag("strict_source_route"),
                                number("recursion_control", 3),
                                flag("acknum_present"),
                                number("flags", 4),
                                number("version", 3),
                                u16("proto").selector("ethertype"),
                                u16("chksum").computed().when(has_checksum),
                                u16("ignored_chksum").when(only_routing),
                                u16("reserved1").when(only_checksum),
                                u16("routing_offset").when(has_routing),
                                u32("key").when(has_key),
                                u32("sequence_number").when(has_sequence),
                                u32("ack_number").when(has_acknowledgement),
                                bytes("routing").with_length(no_bytes)};
// Over the header and all that it carries, RFC 2784 section 2.3. The field is the first behind the fixed ones.
void fill_gre(Fill& fill) {
  constexpr std::size_t at = 4;
  const Bytes header = fill.header();
  if (!fill.wants(index_of(gre_fields, "chksum")) || header.size() < at + 2 || !has_checksum({header.data(), header.size()})) return;
  fill.patch(at, 0, 2);
  fill.patch(at, Sum().add(fill.whole()).checksum(), 2);
}

constexpr Binding gre_bindings[] = {{"ip.proto", 47}};
constexpr Spec gre_spec = {.tag = "Gre",
                           .help = "generic routing encapsulation",
                           .summary = "GRE proto {proto} key {key}",
                           .fields = gre_fields,
                           .bindings = gre_bindings,
                           // ERSPAN type I has no header of its own: a GRE header without sequence number, then the frame.
                           .next = [](const Header& h, std::size_t size) noexcept -> const Layer* {
                             return h.u16(2) == 0x88be && !has_sequence(h) ? inner_ether(h, size) : nullptr;
                           },
                           .fill = fill_gre};
const Protocol<gre_spec> gre;

// Class, type, 3 reserved bits and 5 bits of length in words, then that many words.
std::size_t geneve_option_size(Bytes list) noexcept {
  const std::size_t size = list.size() < 4 ? 0 : 4 + (list[3] & 31u) * 4;
  return size <= list.size() ? size : 0;
}

constexpr Field geneve_option_fields[] = {u16("class"), u8("type"), number("reserved", 3)};

constexpr Codec geneve_options = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t size = (h.u8(0) & 63u) * 4;
          if (!h.full() || size > h.size - at) return std::size_t{0};
          for (std::size_t done = 0; done < size;) {
            const std::size_t option = geneve_option_size({h.data + at + done, size - done});
            if (option == 0) return std::size_t{0};
            done += option;
          }
          return size;
        },
    .write =
        [](Text& out, Bytes list, const Header&) {
          char separator = '[';
          while (const std::size_t size = geneve_option_size(list)) {
            out.push(separator);
            separator = ',';
            append_fields(out, geneve_option_fields, list.data());
            out.cut(out.size() - 1);
            out.append(R"(,"data":)");
            append_byte_list(out, list.subspan(4, size - 4));
            out.push('}');
            list = list.subspan(size);
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read =
        [](JsonIn& in, Wire& out, std::size_t) {
          return in.array([&] {
            const std::size_t start = out.size();
            out.append_zeros(4);
            const bool good = in.object([&](std::string_view key) {
              if (key == "data") return out.cut(start + 4), in.bytes(out);
              std::uint64_t value = 0;
              if (key != "class" && key != "type" && key != "reserved") return in.skip();
              if (!in.number(value, key == "class" ? 0xffff : key == "type" ? 255 : 7)) return false;
              put_bits(&out[start], key == "class" ? 0 : key == "type" ? 16 : 24, key == "class" ? 16 : key == "type" ? 8 : 3, value);
              return true;
            });
            const std::size_t size = out.size() - start - 4;
            if (good && (size % 4 != 0 || size > 31 * 4)) return in.fail("an option's data of " + std::to_string(size) + " bytes");
            if (good) put_bits(&out[start], 27, 5, size / 4);
            return good;
          });
        },
    .form = "list of {class, type, reserved, data}"};

// `init` holds version 2 bits, option length 6, O, C, reserved 6.
constexpr Field geneve_fields[] = {u16("init"), u16("protocol").selector("ethertype"), number("vni", 24), u8("reserved_u8_2"),
                                   custom("options", geneve_options).only_full()};
constexpr Binding geneve_bindings[] = {{"udp.port", 6081}};
constexpr Spec geneve_spec = {
    .tag = "Geneve",
    .help = "Geneve header",
    .summary = "Geneve vni {vni} protocol {protocol}",
    .fields = geneve_fields,
    .bindings = geneve_bindings,
    // Options that are not decoded as such stand before the inner packet.
    .opaque = [](const Header& h, std::size_t size) noexcept { return 8 + (h.u8(0) & 63u) * 4 != size; }};
const Protocol<geneve_spec> geneve;

constexpr Name erspan_versions[] = {{0, "Type1"}, {1, "Type2"}, {2, "Type3"}};
constexpr Field erspan_fields[] = {choice("version", 4, erspan_versions),
                                   number("vlan", 12),
                                   number("cos", 3),
                                   number("encap_type", 2),
                                   flag("truncated"),
                                   number("session_id", 10),
                                   number("port_index", 20).at_bit(44),
                                   number("reserved1", 12).at_bit(32)};
constexpr Binding erspan_bindings[] = {{"ethertype", 0x88be}};
constexpr Spec erspan_spec = {.tag = "erspan",
                              .help = "ERSPAN type II header",
                              .summary = "ERSPAN {version} session {session_id} vlan {vlan}",
                              .fields = erspan_fields,
                              .bindings = erspan_bindings,
                              .accepts = [](const Header& h, std::size_t) noexcept { return !h.full() || h.u8(0) >> 4 == 1; },
                              .next = inner_ether};
const Protocol<erspan_spec> erspan;

bool has_subheader(const Header& h) noexcept { return h.u8(11) & 1; }

constexpr Field erspan3_fields[] = {number("version", 4, 2),
                                    number("vlan", 12),
                                    number("cos", 3),
                                    number("bso", 2),
                                    flag("truncated"),
                                    number("session_id", 10),
                                    u32("timestamp"),
                                    u16("sgt"),
                                    flag("p"),
                                    number("frame_type", 5),
                                    number("hw_id", 6),
                                    flag("d"),
                                    number("gra", 2),
                                    flag("o"),
                                    number("subheader", 64).when(has_subheader)};
constexpr Binding erspan3_bindings[] = {{"ethertype", 0x22eb}};
constexpr Spec erspan3_spec = {.tag = "erspan3",
                               .help = "ERSPAN type III header",
                               .summary = "ERSPAN III session {session_id} vlan {vlan}",
                               .fields = erspan3_fields,
                               .bindings = erspan3_bindings,
                               .full_only = true,
                               .next = inner_ether};
const Protocol<erspan3_spec> erspan3;

}  // namespace
}  // namespace proto
