// Ethernet II and 802.3, IEEE 802.3 section 3; VLAN tags, IEEE 802.1Q section 9. No FCS.
#include "proto/fill.h"
#include "proto/registry.h"

namespace proto {
namespace {

constexpr std::uint16_t largest_length = 1500;  // a "type" up to this is a length

constexpr Field ether_fields[] = {mac("dst", 0x010203040506), mac("src"), u16("etype").selector("ethertype")};
constexpr Binding ether_bindings[] = {{"link", 1}, {"ethertype", 0x6558}};

constexpr Spec ether_spec = {
    .tag = "ether",
    .help = "Ethernet frame",
    .summary = "Ether {src} -> {dst} type {etype}",
    .fields = ether_fields,
    .bindings = ether_bindings,
    .limit = [](const Header& h, std::size_t size) noexcept {
      const std::uint16_t length = h.u16(12);
      return h.full() && length <= largest_length ? size + length : refused;
    },
    .next = [](const Header& h, std::size_t size) noexcept -> const Layer* {
      // `h` ends where the length says; a length beyond that is no length.
      return h.full() && h.u16(12) <= largest_length && h.u16(12) <= h.size - size ? Registry::get().find("Llc") : nullptr;
    },
    .fill = [](Fill& fill) {
      if (fill.above() != nullptr && fill.above()->tag() == "Llc") fill.set(index_of(ether_fields, "etype"), fill.payload().size());
      if (fill.fixes_automatic(index_of(ether_fields, "dst"))) fill.put(index_of(ether_fields, "dst"), 0xffffffffffff);
    }};
const Protocol<ether_spec> ether;

// `id` is the DEI bit, despite its name (jsonl.md section 8).
constexpr Field dot1q_fields[] = {number("prio", 3), number("id", 1), number("vlan", 12, 1), u16("etype").selector("ethertype")};
constexpr Binding dot1q_bindings[] = {{"ethertype", 0x8100}, {"ethertype", 0x88a8, true}};
constexpr Spec dot1q_spec = {.tag = "dot1Q",
                             .help = "802.1Q or 802.1ad VLAN tag",
                             .summary = "802.1Q vlan {vlan} prio {prio} type {etype}",
                             .fields = dot1q_fields,
                             .bindings = dot1q_bindings};
const Protocol<dot1q_spec> dot1q;

}  // namespace
}  // namespace proto
