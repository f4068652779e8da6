// ARP, RFC 826 "Packet format". Addresses are as long as hwlen and plen say; text only in the usual lengths.
#include "proto/layer.h"

namespace proto {
namespace {

std::size_t hardware_length(const Header& h) noexcept { return h.u8(4); }
std::size_t protocol_length(const Header& h) noexcept { return h.u8(5); }

constexpr Field hardware(std::string_view name) {
  Field f = mac(name);
  f.bits = 0;
  return f.with_length(hardware_length);
}

constexpr Field protocol(std::string_view name) {
  Field f = ipv4(name);
  f.bits = 0;
  return f.with_length(protocol_length);
}

constexpr Field fields[] = {u16("hwtype", 1),   u16("ptype", 0x0800), u8("hwlen", 6),    u8("plen", 4),   u16("op", 1),
                            hardware("hwsrc"), protocol("psrc"),     hardware("hwdst"), protocol("pdst")};
constexpr Binding bindings[] = {{"ethertype", 0x0806}};
constexpr Spec spec = {.tag = "Arp",
                       .help = "address resolution, IPv4 to MAC",
                       .summary = "ARP op {op} {psrc} ({hwsrc}) -> {pdst} ({hwdst})",
                       .fields = fields,
                       .bindings = bindings,
                       // The ancestor cannot read other lengths back (jsonl.md section 11).
                       .accepts = [](const Header& h, std::size_t) noexcept { return h.full() || (h.u8(4) == 6 && h.u8(5) == 4); }};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
