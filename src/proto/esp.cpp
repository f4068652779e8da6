// Encapsulating security payload, RFC 4303 section 2. Only what is not encrypted; the rest is raw.
#include "proto/layer.h"

namespace proto {
namespace {

constexpr Field fields[] = {u32("spi"), u32("sequence")};
constexpr Binding bindings[] = {{"ip.proto", 50, true}};
constexpr Spec spec = {.tag = "Esp",
                       .help = "encrypted IPsec packet",
                       .summary = "ESP spi {spi} seq {sequence}",
                       .fields = fields,
                       .bindings = bindings,
                       .full_only = true};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
