// UDP, RFC 768.
#include "proto/fill.h"

namespace proto {
namespace {

constexpr Field fields[] = {u16("sport").looks_up("udp.port"), u16("dport").selector("udp.port"), u16("len").computed(),
                            u16("chksum").computed()};
constexpr Binding bindings[] = {{"ip.proto", 17}};
constexpr Spec spec = {
    .tag = "Udp",
    .help = "user datagram",
    .summary = "UDP {sport} -> {dport} len {len}",
    .fields = fields,
    .bindings = bindings,
    .limit = [](const Header& h, std::size_t) noexcept { return h.full() && h.u16(4) >= 8 ? std::size_t{h.u16(4)} : refused; },
    .fill = [](Fill& fill) {
      fill.set_long_length(index_of(fields, "len"), fill.whole().size());
      fill.set_transport_checksum(index_of(fields, "chksum"), 0xffff);
    }};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
