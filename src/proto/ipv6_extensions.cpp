// IPv6 extension headers, RFC 8200 section 4: hop-by-hop, routing, fragment, destination options; authentication header, RFC 4302
// section 2. In the classic dialect they are raw.
#include "proto/forms.h"
#include "proto/layer.h"
#include "proto/fill.h"

namespace proto {
namespace {

// Options of hop-by-hop and destination headers: type 0 is one byte of padding, all others have a length.
constexpr Option options[] = {
    {1, "PadN", Form::bytes},
    {5, "RouterAlert", Form::number16},
    {194, "JumboPayload", Form::number32},
    {201, "HomeAddress", Form::ipv6},
};

std::size_t element_size(Bytes list) noexcept {
  if (list.empty()) return 0;
  if (list[0] == 0) return 1;
  const std::size_t size = list.size() < 2 ? 0 : 2 + list[1];
  return size <= list.size() ? size : 0;
}

// Second byte: length in units of 8 bytes, without the first 8.
std::size_t body_size(const Header& h) noexcept { return 6 + h.u8(1) * std::size_t{8}; }

constexpr Codec options_codec = {
    .extent =
        [](const Header& h, std::size_t at) noexcept {
          const std::size_t size = body_size(h);
          if (size > h.size - at) return refused;
          for (std::size_t done = 0; done < size;) {
            const std::size_t step = element_size({h.data + at + done, size - done});
            if (step == 0) return refused;
            done += step;
          }
          return size;
        },
    .write =
        [](Text& out, Bytes list, const Header&) {
          char separator = '[';
          while (const std::size_t size = element_size(list)) {
            out.push(separator);
            separator = ',';
            const Option* known = find_option(options, list[0]);
            const Bytes value = size > 1 ? list.subspan(2, size - 2) : Bytes();
            if (size == 1)
              append_string(out, "Pad1");
            else if (known == nullptr || !write_option(out, *known, value, Dialect::full))
              write_unknown(out, list[0], value);
            list = list.subspan(size);
          }
          if (separator == '[') out.push('[');
          out.push(']');
        },
    .read =
        [](JsonIn& in, Wire& out, std::size_t) {
          const std::size_t begin = out.size();
          const bool good = in.array([&] {
            return in.variant([&](std::string_view name, bool has_value) {
              if (name == "Pad1") {
                out.u8(0);
                return !has_value || in.skip();
              }
              const Option* known = find_option(options, name);
              if ((known == nullptr && name != "Unknown") || !has_value) return in.fail(no_option(options, name) + " Pad1");
              const std::size_t start = out.size();
              out.u16(0);
              std::uint64_t code = known != nullptr ? known->code : 0;
              if (!(known != nullptr ? read_form(in, *known, out) : read_unknown(in, code, 255, out))) return false;
              if (out.size() - start - 2 > 255) return in.fail("an option of more than 255 bytes");
              out.patch(start, code, 1);
              out.patch(start + 1, out.size() - start - 2, 1);
              return true;
            });
          });
          // Padded to a multiple of 8 with the 2 bytes before.
          const std::size_t missing = (8 - (out.size() - begin + 2) % 8) % 8;
          if (!good || missing == 0) return good;
          if (missing == 1) {
            out.u8(0);
          } else {
            out.u8(1);
            out.u8(missing - 2);
            out.append_zeros(missing - 2);
          }
          return true;
        },
    .form = "list of options"};

constexpr Field options_fields[] = {u8("next_header").selector("ip.proto"), u8("length").computed(), custom("options", options_codec)};

void fill_length(Fill& fill) { fill.set(1, fill.header().size() / 8 - 1); }

constexpr Binding hop_bindings[] = {{"ip.proto", 0}};
constexpr Spec hop_spec = {.tag = "Ipv6HopByHop",
                           .help = "IPv6 hop-by-hop options",
                           .summary = "hop-by-hop next {next_header}",
                           .fields = options_fields,
                           .bindings = hop_bindings,
                           .full_only = true,
                           .fill = fill_length};
const Protocol<hop_spec> hop;

// Mobile IPv6: the packet is from its home address, wherever it was sent from (RFC 6275 section 6.3).
void find_home_address(const Header& h, Endpoints& ends) noexcept {
  constexpr std::uint8_t home_address = 201;
  if (h.size < 2 || ends.src != nullptr) return;
  for (Bytes list(h.data + 2, h.size - 2); const std::size_t size = element_size(list); list = list.subspan(size))
    if (list[0] == home_address && size == 18) ends.src = list.data() + 2;
}

constexpr Binding destination_bindings[] = {{"ip.proto", 60}};
constexpr Spec destination_spec = {.tag = "Ipv6Destination",
                                   .help = "IPv6 destination options",
                                   .summary = "destination options next {next_header}",
                                   .fields = options_fields,
                                   .bindings = destination_bindings,
                                   .full_only = true,
                                   .fill = fill_length,
                                   .endpoints = find_home_address};
const Protocol<destination_spec> destination;

constexpr Field routing_fields[] = {u8("next_header").selector("ip.proto"), u8("length").computed(), u8("routing_type"), u8("segments_left"),
                                    bytes("data").with_length([](const Header& h) noexcept { return 4 + h.u8(1) * std::size_t{8}; })};
// The end of a route that is not used up. The header's own size counts: its length may not be filled in yet.
void find_last_destination(const Header& h, Endpoints& ends) noexcept {
  constexpr std::size_t first = 8, address = 16;
  if (ends.dst != nullptr || h.u8(3) == 0 || h.size < first) return;
  const std::size_t list = h.size - first;
  switch (h.u8(2)) {
    case 0:  // source route, RFC 2460 section 4.4
    case 2:  // home address, RFC 6275 section 6.4
      if (list >= address) ends.dst = h.data + first + (list / address - 1) * address;
      return;
    case 3: {  // RPL, RFC 6554 section 3: no prefix that is the destination's, padding behind
      const std::size_t elided = h.u8(4) & 15u, padding = h.u8(5) >> 4;
      if (list < address - elided + padding) return;
      ends.dst = h.data + h.size - padding - (address - elided);
      ends.elided = elided;
      return;
    }
    case 4:  // segments, RFC 8754 section 2: the last one first
      if (list >= address) ends.dst = h.data + first;
      return;
    default: return;
  }
}

constexpr Binding routing_bindings[] = {{"ip.proto", 43}};
constexpr Spec routing_spec = {.tag = "Ipv6Routing",
                               .help = "IPv6 routing header",
                               .summary = "routing type {routing_type} left {segments_left}",
                               .fields = routing_fields,
                               .bindings = routing_bindings,
                               .full_only = true,
                               .fill = fill_length,
                               .endpoints = find_last_destination};
const Protocol<routing_spec> routing;

constexpr Field fragment_fields[] = {u8("next_header").selector("ip.proto"), u8("reserved"), number("fragment_offset", 13),
                                     number("reserved2", 2), flag("more_fragments"), u32("id").random()};
constexpr Binding fragment_bindings[] = {{"ip.proto", 44}};
constexpr Spec fragment_spec = {.tag = "Ipv6Fragment",
                                .help = "IPv6 fragment header",
                                .summary = "fragment offset {fragment_offset} id {id}",
                                .fields = fragment_fields,
                                .bindings = fragment_bindings,
                                .full_only = true,
                                // Later fragments have no header of the next protocol.
                                .opaque = [](const Header& h, std::size_t) noexcept { return h.u16(2) >> 3 != 0; },
                                .is_fragment = [](const Header& h) noexcept { return (h.u16(2) & 0xfff9) != 0; }};
const Protocol<fragment_spec> fragment;

// The length counts 4-byte words, without the first two.
constexpr Field ah_fields[] = {u8("next_header").selector("ip.proto"), u8("length").computed(), u16("reserved"), u32("spi"), u32("sequence"),
                               bytes("icv").with_length([](const Header& h) noexcept {
                                 return h.u8(1) >= 1 ? (h.u8(1) - std::size_t{1}) * 4 : refused;
                               })};
constexpr Binding ah_bindings[] = {{"ip.proto", 51}};
constexpr Spec ah_spec = {.tag = "Ah",
                          .help = "IP authentication header",
                          .summary = "AH spi {spi} seq {sequence}",
                          .fields = ah_fields,
                          .bindings = ah_bindings,
                          .full_only = true,
                          .fill = [](Fill& fill) { fill.set(1, fill.header().size() / 4 - 2); }};
const Protocol<ah_spec> ah;

}  // namespace
}  // namespace proto
