// ICMPv6, RFC 4443: header, errors, echo.
#include "proto/fill.h"
#include "proto/registry.h"

namespace proto {
namespace {

constexpr Field icmpv6_fields[] = {u8("type_").selector("icmpv6.type"), u8("code"), u16("checksum").computed()};
constexpr Binding icmpv6_bindings[] = {{"ip.proto", 58}};
constexpr Spec icmpv6_spec = {.tag = "Icmpv6",
                              .help = "ICMPv6 header",
                              .summary = "ICMPv6 type {type_} code {code}",
                              .fields = icmpv6_fields,
                              .bindings = icmpv6_bindings,
                              .fill = [](Fill& fill) { fill.set_transport_checksum(index_of(icmpv6_fields, "checksum")); }};
const Protocol<icmpv6_spec> icmpv6;

constexpr Field echo_fields[] = {u16("identifier"), u16("sequence")};
constexpr Binding request_bindings[] = {{"icmpv6.type", 128}};
constexpr Spec request_spec = {.tag = "icmpv6EchoRequest",
                               .help = "ICMPv6 echo request",
                               .summary = "echo id {identifier} seq {sequence}",
                               .fields = echo_fields,
                               .bindings = request_bindings};
const Protocol<request_spec> request;

constexpr Binding reply_bindings[] = {{"icmpv6.type", 129}};
constexpr Spec reply_spec = {.tag = "icmpv6EchoReply",
                             .help = "ICMPv6 echo reply",
                             .summary = "echo reply id {identifier} seq {sequence}",
                             .fields = echo_fields,
                             .bindings = reply_bindings};
const Protocol<reply_spec> reply;

// Errors quote the packet that caused them: the classic dialect as a list of bytes, the full one as layers behind.
constexpr Field invoking_packet() {
  return bytes("invoking_packet").with_length([](const Header& h) noexcept {
    return h.full() || h.size < 4 ? std::size_t{0} : h.size - 4;
  });
}

const Layer* quoted_ip(const Header& h, std::size_t size) noexcept {
  return h.full() && h.size > size ? Registry::get().bound("ip.version", h.u8(size) >> 4, Dialect::full) : nullptr;
}

constexpr Field unreachable_fields[] = {u32("unused"), invoking_packet()};
constexpr Binding unreachable_bindings[] = {{"icmpv6.type", 1}};
constexpr Spec unreachable_spec = {.tag = "icmpv6DestUnreach",
                                   .help = "ICMPv6 destination unreachable",
                                   .summary = "destination unreachable",
                                   .fields = unreachable_fields,
                                   .bindings = unreachable_bindings,
                                   .quotes = true,
                                   .next = quoted_ip};
const Protocol<unreachable_spec> unreachable;

constexpr Field too_big_fields[] = {u32("mtu"), invoking_packet()};
constexpr Binding too_big_bindings[] = {{"icmpv6.type", 2}};
constexpr Spec too_big_spec = {.tag = "icmpv6PacketTooBig",
                               .help = "ICMPv6 packet too big",
                               .summary = "packet too big mtu {mtu}",
                               .fields = too_big_fields,
                               .bindings = too_big_bindings,
                               .quotes = true,
                               .next = quoted_ip};
const Protocol<too_big_spec> too_big;

constexpr Binding exceeded_bindings[] = {{"icmpv6.type", 3}};
constexpr Spec exceeded_spec = {.tag = "icmpv6TimeExceeded",
                                .help = "ICMPv6 time exceeded",
                                .summary = "time exceeded",
                                .fields = unreachable_fields,
                                .bindings = exceeded_bindings,
                                .quotes = true,
                                .next = quoted_ip};
const Protocol<exceeded_spec> exceeded;

constexpr Field problem_fields[] = {u32("pointer"), invoking_packet()};
constexpr Binding problem_bindings[] = {{"icmpv6.type", 4}};
constexpr Spec problem_spec = {.tag = "icmpv6ParameterProblem",
                               .help = "ICMPv6 parameter problem",
                               .summary = "parameter problem at {pointer}",
                               .fields = problem_fields,
                               .bindings = problem_bindings,
                               .quotes = true,
                               .next = quoted_ip};
const Protocol<problem_spec> problem;

}  // namespace
}  // namespace proto
