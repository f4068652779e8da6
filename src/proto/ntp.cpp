// Network time protocol, RFC 5905 section 7.3 (also SNTP and version 3). Extensions and the key digest are raw; so are
// control messages (mode 6), which have another header.
#include "proto/layer.h"

namespace proto {
namespace {

// Seconds since 1900, and their fraction in units of 2^-32 s.
constexpr Field time_fields[] = {u32("seconds"), u32("fraction")};

constexpr Field fields[] = {number("leap", 2),
                            number("version", 3, 4),
                            number("mode", 3, 3),
                            u8("stratum"),
                            u8("poll"),       // two's complement, log2 of seconds
                            u8("precision"),  // the same
                            u32("root_delay"),
                            u32("root_dispersion"),
                            bytes("reference_id", 4),
                            group("reference_time", 64, time_fields),
                            group("originate_time", 64, time_fields),
                            group("receive_time", 64, time_fields),
                            group("transmit_time", 64, time_fields)};
constexpr Binding bindings[] = {{"udp.port", 123, true}};
constexpr Spec spec = {.tag = "Ntp",
                       .help = "network time",
                       .summary = "NTP version {version} mode {mode} stratum {stratum}",
                       .fields = fields,
                       .bindings = bindings,
                       .full_only = true,
                       .accepts = [](const Header& h, std::size_t) noexcept {
                         const unsigned mode = h.u8(0) & 7u;
                         return mode >= 1 && mode <= 5;
                       }};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
