// MPLS label stack, RFC 3032 section 2.1. What is behind the last label has no type; IP is told by its first nibble,
// as routers do (RFC 4928 section 2).
#include "proto/fill.h"
#include "proto/registry.h"

namespace proto {
namespace {

constexpr Field fields[] = {number("label", 20), number("exp", 3), number("bottom", 1).computed(), u8("ttl", 64)};
constexpr Binding bindings[] = {{"ethertype", 0x8847, true}, {"ethertype", 0x8848, true}, {"ip.proto", 137, true}};
constexpr Spec spec = {
    .tag = "Mpls",
    .help = "MPLS label",
    .summary = "MPLS label {label} ttl {ttl}",
    .fields = fields,
    .bindings = bindings,
    .full_only = true,
    .next = [](const Header& h, std::size_t size) noexcept -> const Layer* {
      if (!(h.u8(2) & 1)) return Registry::get().find("Mpls");
      return size < h.size ? Registry::get().bound("ip.version", h.u8(size) >> 4, h.dialect) : nullptr;
    },
    .fill = [](Fill& fill) {
      const bool another = fill.above() != nullptr && fill.above()->tag() == "Mpls";
      fill.set(index_of(fields, "bottom"), another ? 0 : 1);
    }};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
