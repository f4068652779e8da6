// DHCPv6 messages, RFC 8415 sections 7 to 9. What the ancestor cannot give back (a requested option 115, sub-options of IaTa and
// IaPd) is raw in the classic dialect (jsonl.md section 11).
#include "proto/dhcpv6_options.h"
#include "proto/layer.h"

namespace proto {
namespace {

using namespace dhcpv6;

constexpr std::uint8_t relay_forward = 12, relay_reply = 13;

bool is_relay(const Header& h) noexcept { return h.u8(0) == relay_forward || h.u8(0) == relay_reply; }

// The ancestor's faults make the whole message raw; an option that cannot be written ends the list.
bool ancestor_spoils(Bytes option) noexcept {
  const unsigned code = static_cast<unsigned>(option[0] << 8 | option[1]);
  const std::size_t size = static_cast<std::size_t>(option[2] << 8 | option[3]);
  if (size > option.size() - 4) return false;
  if (code == 4) return size > 4;
  if (code == 25) return size > 12;
  if (code == 6 && size % 2 == 0)
    for (std::size_t i = 0; i < size; i += 2)
      if (option[4 + i] == 0 && option[5 + i] == 115) return true;
  return code == 39 && size > 1 && option[3 + size] == 0;
}

std::size_t content_size(const Header& h, std::size_t at) noexcept {
  Text scratch;
  const std::size_t start = at;
  at += is_relay(h) ? 33 : 3;
  if (at > h.size) return refused;
  while (h.size - at >= 4) {
    if (!h.full() && ancestor_spoils(h.from(at))) return refused;
    const std::size_t size = write_element(scratch, h.from(at), h.dialect, 0);
    if (size == 0) break;
    at += size;
  }
  return at - start;
}

// A transaction, or for relays two addresses.
constexpr Field relay_fields[] = {u8("hop_count"), ipv6("link_address"), ipv6("peer_address")};
constexpr Field normal_fields[] = {bytes("transaction_id", 3)};

void write_content(Text& out, Bytes value, const Header& h) {
  const bool relay = is_relay(h);
  const std::size_t fixed = relay ? 33 : 3;
  if (value.size() < fixed) return;
  out.append(relay ? std::string_view(R"({"Relay":)") : std::string_view(R"({"Normal":)"));
  append_fields(out, relay ? std::span<const Field>(relay_fields) : std::span<const Field>(normal_fields), value.data());
  out.cut(out.size() - 1);
  out.append(R"(,"options":)");
  write_options(out, value.subspan(fixed), h.dialect, 0);
  out.append("}}");
}

bool read_content(JsonIn& in, Wire& out, std::size_t) {
  return in.variant([&](std::string_view kind, bool has_value) {
    if (!has_value || (kind != "Relay" && kind != "Normal")) return in.fail("neither Normal nor Relay");
    const bool relay = kind == "Relay";
    return read_object(in, relay ? std::span<const Field>(relay_fields) : std::span<const Field>(normal_fields), Tail::options, "options", out);
  });
}

constexpr Codec content_codec = {content_size, write_content, read_content, "{Normal: {…}} or {Relay: {…}}"};

constexpr Field fields[] = {choice("msg_type", 8, message_types), custom("content", content_codec)};
constexpr Binding bindings[] = {{"udp.port", 547}, {"udp.port", 546}};
constexpr Spec spec = {.tag = "Dhcpv6",
                       .help = "DHCPv6 message",
                       .summary = "DHCPv6 {msg_type}",
                       .fields = fields,
                       .bindings = bindings,
                       .accepts = [](const Header& h, std::size_t) noexcept { return h.u8(0) >= 1 && h.u8(0) <= relay_reply; }};
const Protocol<spec> self;

}  // namespace
}  // namespace proto
