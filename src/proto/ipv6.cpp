// IPv6 header, RFC 8200 section 3. Extension headers are in ipv6_extensions.cpp.
#include "proto/fill.h"

namespace proto {
namespace {

// `version_class` is the whole first word: version 4 bits, class 8, flow label 20.
constexpr Field fields[] = {u32("version_class", 0x60000000), u16("payload_length").computed(), u8("next_header").selector("ip.proto"),
                            u8("hop_limit", 64), ipv6("src"), ipv6("dst")};
void find_endpoints(const Header& h, Endpoints& ends) noexcept {
  constexpr std::size_t source = 8, destination = 24;
  if (ends.src == nullptr) ends.src = h.data + source;
  if (ends.dst == nullptr) {
    ends.dst = h.data + destination;
  } else if (ends.elided > 0) {
    std::memcpy(ends.whole.data(), h.data + destination, ends.elided);
    std::memcpy(ends.whole.data() + ends.elided, ends.dst, ends.whole.size() - ends.elided);
    ends.dst = ends.whole.data();
  }
}

constexpr Binding bindings[] = {{"ethertype", 0x86dd}, {"ip.proto", 41, true}, {"ip.version", 6}, {"link", 229}, {"ppp.protocol", 0x0057}};
constexpr Spec spec = {
    .tag = "Ipv6",
    .help = "IPv6 header",
    .summary = "IPv6 {src} -> {dst} next {next_header} hops {hop_limit}",
    .fields = fields,
    .bindings = bindings,
    // Zero is a jumbogram (RFC 2675) or a packet from before segmentation: no limit.
    .limit = [](const Header& h, std::size_t size) noexcept { return h.full() && h.u16(4) > 0 ? size + h.u16(4) : refused; },
    .fill = [](Fill& fill) { fill.set_long_length(index_of(fields, "payload_length"), fill.payload().size()); },
    .endpoints = find_endpoints,
    .pseudo_header = [](const Endpoints& ends, std::uint8_t protocol, std::uint32_t length,
                        Sum& sum) noexcept { sum.add_pseudo_header6(ends.src, ends.dst, protocol, length); }};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
