// RIP version 2, RFC 2453 section 4.
#include "proto/layer.h"

namespace proto {
namespace {

constexpr Name commands[] = {{1, "Request"}, {2, "Response"}};
constexpr Field entry_fields[] = {u16("address_family", 2), u16("route_tag"), ipv4("address"), ipv4("subnet_mask"), ipv4("next_hop"), u32("metric")};
constexpr std::size_t entry_size = fields_size(entry_fields);

constexpr Codec entries_codec = {
    .extent = [](const Header& h, std::size_t at) noexcept { return (h.size - at) / entry_size * entry_size; },
    .write =
        [](Text& out, Bytes value, const Header&) {
          char separator = '[';
          for (std::size_t i = 0; i < value.size(); i += entry_size, separator = ',') {
            out.push(separator);
            append_fields(out, entry_fields, value.data() + i);
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read = [](JsonIn& in, Wire& out, std::size_t) { return in.array([&] { return read_fields(in, entry_fields, out); }); },
    .form = "list of routes"};

constexpr Field fields[] = {choice("command", 8, commands), u8("version", 2), u16("zero"), custom("entries", entries_codec)};
constexpr Binding bindings[] = {{"udp.port", 520}};
constexpr Spec spec = {
    .tag = "Rip", .help = "routing information, version 2", .summary = "RIP {command}", .fields = fields, .bindings = bindings};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
