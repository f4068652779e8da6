// ICMP messages other than echo, RFC 792; router discovery, RFC 1256. In the classic dialect they are raw.
// Errors quote the packet that caused them; it is decoded as layers behind.
#include "proto/layer.h"
#include "proto/registry.h"

namespace proto {
namespace {

const Layer* quoted_ip(const Header& h, std::size_t size) noexcept {
  return h.size > size && h.u8(size) >> 4 == 4 ? Registry::get().bound("ip.version", 4, Dialect::full) : nullptr;
}

// `length` is RFC 4884's, `mtu` RFC 1191's.
constexpr Field unreachable_fields[] = {u8("unused"), u8("length"), u16("mtu")};
constexpr Binding unreachable_bindings[] = {{"icmp.type", 3}};
constexpr Spec unreachable_spec = {.tag = "icmpDestUnreach",
                                   .help = "ICMP destination unreachable",
                                   .summary = "destination unreachable mtu {mtu}",
                                   .fields = unreachable_fields,
                                   .bindings = unreachable_bindings,
                                   .full_only = true,
                                   .quotes = true,
                                   .next = quoted_ip};
const Protocol<unreachable_spec> unreachable;

constexpr Field quench_fields[] = {u32("unused")};
constexpr Binding quench_bindings[] = {{"icmp.type", 4}};
constexpr Spec quench_spec = {.tag = "icmpSourceQuench",
                              .help = "ICMP source quench",
                              .summary = "source quench",
                              .fields = quench_fields,
                              .bindings = quench_bindings,
                              .full_only = true,
                              .quotes = true,
                              .next = quoted_ip};
const Protocol<quench_spec> quench;

constexpr Field redirect_fields[] = {ipv4("gateway")};
constexpr Binding redirect_bindings[] = {{"icmp.type", 5}};
constexpr Spec redirect_spec = {.tag = "icmpRedirect",
                                .help = "ICMP redirect",
                                .summary = "redirect to {gateway}",
                                .fields = redirect_fields,
                                .bindings = redirect_bindings,
                                .full_only = true,
                                .quotes = true,
                                .next = quoted_ip};
const Protocol<redirect_spec> redirect;

constexpr Field exceeded_fields[] = {u8("unused"), u8("length"), u16("unused2")};
constexpr Binding exceeded_bindings[] = {{"icmp.type", 11}};
constexpr Spec exceeded_spec = {.tag = "icmpTimeExceeded",
                                .help = "ICMP time exceeded",
                                .summary = "time exceeded",
                                .fields = exceeded_fields,
                                .bindings = exceeded_bindings,
                                .full_only = true,
                                .quotes = true,
                                .next = quoted_ip};
const Protocol<exceeded_spec> exceeded;

constexpr Field problem_fields[] = {u8("pointer"), u8("length"), u16("unused")};
constexpr Binding problem_bindings[] = {{"icmp.type", 12}};
constexpr Spec problem_spec = {.tag = "icmpParameterProblem",
                               .help = "ICMP parameter problem",
                               .summary = "parameter problem at {pointer}",
                               .fields = problem_fields,
                               .bindings = problem_bindings,
                               .full_only = true,
                               .quotes = true,
                               .next = quoted_ip};
const Protocol<problem_spec> problem;

// Address count, words in an entry (2), lifetime in seconds; then pairs of an address and its preference.
constexpr Field entry_fields[] = {ipv4("address"), u32("preference")};

constexpr Codec entries_codec = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t size = h.u8(0) * std::size_t{8};
          return h.u8(1) == 2 && size <= h.size - at ? size : 0;
        },
    .write =
        [](Text& out, Bytes value, const Header&) {
          char separator = '[';
          for (std::size_t i = 0; i < value.size(); i += 8, separator = ',') {
            out.push(separator);
            append_fields(out, entry_fields, value.data() + i);
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_fields(in, entry_fields, out); }); },
    .form = "list of {address, preference}"};

constexpr Field advertisement_fields[] = {u8("num_addrs"), u8("addr_entry_size", 2), u16("lifetime"), custom("routers", entries_codec)};
constexpr Binding advertisement_bindings[] = {{"icmp.type", 9}};
constexpr Spec advertisement_spec = {.tag = "icmpRouterAdvertisement",
                                     .help = "ICMP router advertisement",
                                     .summary = "router advertisement lifetime {lifetime}",
                                     .fields = advertisement_fields,
                                     .bindings = advertisement_bindings,
                                     .full_only = true};
const Protocol<advertisement_spec> advertisement;

constexpr Field solicitation_fields[] = {u32("reserved")};
constexpr Binding solicitation_bindings[] = {{"icmp.type", 10}};
constexpr Spec solicitation_spec = {.tag = "icmpRouterSolicitation",
                                    .help = "ICMP router solicitation",
                                    .summary = "router solicitation",
                                    .fields = solicitation_fields,
                                    .bindings = solicitation_bindings,
                                    .full_only = true};
const Protocol<solicitation_spec> solicitation;

// Milliseconds since midnight UTC.
constexpr Field timestamp_fields[] = {u16("identifier"), u16("sequence"), u32("originate"), u32("receive"), u32("transmit")};
constexpr Binding timestamp_bindings[] = {{"icmp.type", 13}};
constexpr Spec timestamp_spec = {.tag = "icmpTimestamp",
                                 .help = "ICMP timestamp request",
                                 .summary = "timestamp id {identifier} seq {sequence}",
                                 .fields = timestamp_fields,
                                 .bindings = timestamp_bindings,
                                 .full_only = true};
const Protocol<timestamp_spec> timestamp;

constexpr Binding timestamp_reply_bindings[] = {{"icmp.type", 14}};
constexpr Spec timestamp_reply_spec = {.tag = "icmpTimestampReply",
                                       .help = "ICMP timestamp reply",
                                       .summary = "timestamp reply id {identifier} seq {sequence}",
                                       .fields = timestamp_fields,
                                       .bindings = timestamp_reply_bindings,
                                       .full_only = true};
const Protocol<timestamp_reply_spec> timestamp_reply;

constexpr Field information_fields[] = {u16("identifier"), u16("sequence")};
constexpr Binding information_bindings[] = {{"icmp.type", 15}};
constexpr Spec information_spec = {.tag = "icmpInformation",
                                   .help = "ICMP information request",
                                   .summary = "information request id {identifier}",
                                   .fields = information_fields,
                                   .bindings = information_bindings,
                                   .full_only = true};
const Protocol<information_spec> information;

constexpr Binding information_reply_bindings[] = {{"icmp.type", 16}};
constexpr Spec information_reply_spec = {.tag = "icmpInformationReply",
                                         .help = "ICMP information reply",
                                         .summary = "information reply id {identifier}",
                                         .fields = information_fields,
                                         .bindings = information_reply_bindings,
                                         .full_only = true};
const Protocol<information_reply_spec> information_reply;

}  // namespace
}  // namespace proto
