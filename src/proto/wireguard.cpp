// WireGuard, protocol section 5.4 of its paper (wireguard.com/papers/wireguard.pdf); numbers are little-endian. It has
// no port of its own; 51820 is what its tools and documents use.
#include "proto/layer.h"
#include "proto/text.h"

namespace proto {
namespace {

// Little-endian numbers, the only ones in this tree.
template <std::size_t size>
constexpr Codec little_endian = {
    .extent = [](const Header&, std::size_t) noexcept { return size; },
    .write =
        [](Text& out, Bytes value, const Header&) {
          std::uint64_t number = 0;
          for (std::size_t i = value.size(); i > 0; --i) number = number << 8 | value[i - 1];
          append_number(out, number);
        },
    .read =
        [](JsonIn& in, Wire& out, std::size_t) {
          std::uint64_t number = 0;
          if (!in.number(number, size == 8 ? ~std::uint64_t{0} : 0xffffffff)) return false;
          for (std::size_t i = 0; i < size; ++i, number >>= 8) out.u8(number & 255);
          return true;
        },
    .form = size == 8 ? "64-bit number" : "32-bit number"};

constexpr Field fields[] = {u8("type").selector("wireguard.type"), number("reserved", 24)};
constexpr Binding bindings[] = {{"udp.port", 51820, true}};
constexpr Spec spec = {.tag = "Wireguard",
                       .help = "WireGuard message",
                       .summary = "WireGuard type {type}",
                       .fields = fields,
                       .bindings = bindings,
                       .full_only = true,
                       .accepts = [](const Header& h, std::size_t) noexcept {
                         return h.u8(0) >= 1 && h.u8(0) <= 4 && h.u8(1) == 0 && h.u16(2) == 0;
                       }};
const Protocol<spec> head;

constexpr Field initiation_fields[] = {custom("sender", little_endian<4>), bytes("ephemeral", 32), bytes("static", 48),
                                       bytes("timestamp", 28),             bytes("mac1", 16),      bytes("mac2", 16)};
constexpr Binding initiation_bindings[] = {{"wireguard.type", 1, true}};
constexpr Spec initiation_spec = {.tag = "WireguardInitiation",
                                  .help = "WireGuard handshake initiation",
                                  .summary = "handshake initiation from {sender}",
                                  .fields = initiation_fields,
                                  .bindings = initiation_bindings,
                                  .full_only = true};
const Protocol<initiation_spec> initiation;

constexpr Field response_fields[] = {custom("sender", little_endian<4>), custom("receiver", little_endian<4>), bytes("ephemeral", 32),
                                     bytes("empty", 16), bytes("mac1", 16), bytes("mac2", 16)};
constexpr Binding response_bindings[] = {{"wireguard.type", 2, true}};
constexpr Spec response_spec = {.tag = "WireguardResponse",
                                .help = "WireGuard handshake response",
                                .summary = "handshake response from {sender} to {receiver}",
                                .fields = response_fields,
                                .bindings = response_bindings,
                                .full_only = true};
const Protocol<response_spec> response;

constexpr Field cookie_fields[] = {custom("receiver", little_endian<4>), bytes("nonce", 24), bytes("cookie", 32)};
constexpr Binding cookie_bindings[] = {{"wireguard.type", 3, true}};
constexpr Spec cookie_spec = {.tag = "WireguardCookie",
                              .help = "WireGuard cookie reply",
                              .summary = "cookie reply to {receiver}",
                              .fields = cookie_fields,
                              .bindings = cookie_bindings,
                              .full_only = true};
const Protocol<cookie_spec> cookie;

constexpr Field data_fields[] = {custom("receiver", little_endian<4>), custom("counter", little_endian<8>)};
constexpr Binding data_bindings[] = {{"wireguard.type", 4, true}};
constexpr Spec data_spec = {.tag = "WireguardData",
                            .help = "WireGuard transport data; what it carries is encrypted",
                            .summary = "data to {receiver} counter {counter}",
                            .fields = data_fields,
                            .bindings = data_bindings,
                            .full_only = true};
const Protocol<data_spec> data;

}  // namespace
}  // namespace proto
