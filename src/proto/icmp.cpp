// ICMP: echo, RFC 792. The other messages are in icmp_messages.cpp.
#include "proto/fill.h"

namespace proto {
namespace {

constexpr Field icmp_fields[] = {u8("typ").selector("icmp.type"), u8("code"), u16("chksum").computed()};
constexpr Binding icmp_bindings[] = {{"ip.proto", 1}};
constexpr Spec icmp_spec = {.tag = "Icmp",
                            .help = "ICMP header",
                            .summary = "ICMP type {typ} code {code}",
                            .fields = icmp_fields,
                            .bindings = icmp_bindings,
                            .fill = [](Fill& fill) { fill.set_checksum(index_of(icmp_fields, "chksum"), Sum(), fill.whole()); }};
const Protocol<icmp_spec> icmp;

constexpr Field echo_fields[] = {u16("identifier"), u16("sequence")};
constexpr Binding echo_bindings[] = {{"icmp.type", 8}};
constexpr Spec echo_spec = {
    .tag = "echo", .help = "ICMP echo request", .summary = "echo id {identifier} seq {sequence}", .fields = echo_fields, .bindings = echo_bindings};
const Protocol<echo_spec> echo;

constexpr Binding reply_bindings[] = {{"icmp.type", 0}};
constexpr Spec reply_spec = {.tag = "echoReply",
                             .help = "ICMP echo reply",
                             .summary = "echo reply id {identifier} seq {sequence}",
                             .fields = echo_fields,
                             .bindings = reply_bindings};
const Protocol<reply_spec> reply;

}  // namespace
}  // namespace proto
