// What stands in front of a packet in captures that are not of one Ethernet: Linux cooked v1 and v2 (what `any` gives)
// and the BSD loopback headers. tcpdump.org/linktypes: LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, NULL, LOOP.
#include "proto/layer.h"
#include "proto/registry.h"

namespace proto {
namespace {

constexpr Field sll_fields[] = {u16("packet_type"), u16("hwtype", 1), u16("hwlen", 6), bytes("address", 8),
                                u16("protocol").selector("ethertype")};
constexpr Binding sll_bindings[] = {{"link", 113}};
constexpr Spec sll_spec = {.tag = "Sll",
                           .help = "Linux cooked capture",
                           .summary = "cooked type {packet_type} protocol {protocol}",
                           .fields = sll_fields,
                           .bindings = sll_bindings};
const Protocol<sll_spec> sll;

constexpr Field sll2_fields[] = {u16("protocol").selector("ethertype"), u16("reserved"), u32("ifindex"), u16("hwtype", 1),
                                 u8("packet_type"), u8("hwlen", 6), bytes("address", 8)};
constexpr Binding sll2_bindings[] = {{"link", 276}};
constexpr Spec sll2_spec = {.tag = "Sll2",
                            .help = "Linux cooked capture, version 2",
                            .summary = "cooked interface {ifindex} type {packet_type} protocol {protocol}",
                            .fields = sll2_fields,
                            .bindings = sll2_bindings};
const Protocol<sll2_spec> sll2;

// Address families differ between the systems that write such files; IPv4's does not.
const Layer* by_family(std::uint32_t family) noexcept {
  switch (family) {
    case 2: return Registry::get().find("Ip");
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // macOS
      return Registry::get().find("Ipv6");
    default: return nullptr;
  }
}

// In the byte order of the machine that captured: whichever makes it a small number.
constexpr Field null_fields[] = {bytes("family", 4)};
constexpr Binding null_bindings[] = {{"link", 0}};
constexpr Spec null_spec = {.tag = "Null",
                            .help = "BSD loopback header",
                            .summary = "loopback family {family}",
                            .fields = null_fields,
                            .bindings = null_bindings,
                            .next = [](const Header& h, std::size_t) noexcept {
                              const std::uint32_t family = h.u32(0);
                              return by_family(family > 0xffff ? __builtin_bswap32(family) : family);
                            }};
const Protocol<null_spec> null;

constexpr Field loop_fields[] = {u32("family", 2)};
constexpr Binding loop_bindings[] = {{"link", 108}};
constexpr Spec loop_spec = {.tag = "Loop",
                            .help = "OpenBSD loopback header",
                            .summary = "loopback family {family}",
                            .fields = loop_fields,
                            .bindings = loop_bindings,
                            .next = [](const Header& h, std::size_t) noexcept { return by_family(h.u32(0)); }};
const Protocol<loop_spec> loop;

}  // namespace
}  // namespace proto
