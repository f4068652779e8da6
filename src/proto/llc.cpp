// LLC and SNAP, IEEE 802.2, in 802.3 length frames. Raw in the classic dialect.
#include "proto/layer.h"
#include "proto/registry.h"

namespace proto {
namespace {

// Control is one byte in unnumbered frames, which have both low bits set, else two.
bool is_numbered(const Header& h) noexcept { return (h.u8(2) & 3) != 3; }

constexpr Field llc_fields[] = {u8("dsap"), u8("ssap"), u8("control", 3), u8("control2").when(is_numbered)};
constexpr Spec llc_spec = {.tag = "Llc",
                           .help = "logical link control, in 802.3 frames",
                           .summary = "LLC dsap {dsap} ssap {ssap}",
                           .fields = llc_fields,
                           .full_only = true,
                           .next = [](const Header& h, std::size_t) noexcept -> const Layer* {
                             return h.u8(0) == 0xaa && h.u8(1) == 0xaa && h.u8(2) == 3 ? Registry::get().find("Snap") : nullptr;
                           }};
const Protocol<llc_spec> llc;

constexpr Field snap_fields[] = {number("oui", 24), u16("protocol").selector("ethertype")};
constexpr Spec snap_spec = {.tag = "Snap",
                            .help = "SNAP header behind LLC",
                            .summary = "SNAP oui {oui} protocol {protocol}",
                            .fields = snap_fields,
                            .full_only = true};
const Protocol<snap_spec> snap;

}  // namespace
}  // namespace proto
