#include "net/frame_rewrite.h"

#include <algorithm>
#include <cstring>

#include "proto/checksum.h"

namespace net {

namespace {

constexpr unsigned kIpv4 = 0x0800, kIpv6 = 0x86dd;
constexpr unsigned kTcp = 6, kUdp = 17, kIcmpv6 = 58;

unsigned get16(const std::uint8_t* at) noexcept { return static_cast<unsigned>(at[0]) << 8 | at[1]; }
void put16(std::uint8_t* at, unsigned value) noexcept {
  at[0] = static_cast<std::uint8_t>(value >> 8);
  at[1] = static_cast<std::uint8_t>(value);
}

// Replaces an address; `sums` are the checksum fields that cover it.
void replace(std::uint8_t* at, std::span<const std::uint8_t> address, std::span<std::uint8_t* const> sums) noexcept {
  for (std::size_t i = 0; i < address.size(); i += 2) {
    const auto old_word = static_cast<std::uint16_t>(get16(at + i));
    const auto new_word = static_cast<std::uint16_t>(get16(address.data() + i));
    for (std::uint8_t* sum : sums)
      if (sum != nullptr) put16(sum, proto::adjusted_checksum(static_cast<std::uint16_t>(get16(sum)), old_word, new_word));
  }
  std::memcpy(at, address.data(), address.size());
}

// Where the checksum of a transport header at `at` is; nullptr: none that covers the addresses, or not in the frame.
std::uint8_t* transport_sum(std::span<std::uint8_t> frame, std::size_t at, unsigned protocol) noexcept {
  const std::size_t offset = protocol == kTcp ? 16 : protocol == kUdp ? 6 : protocol == kIcmpv6 ? 2 : 0;
  if (offset == 0 || at + offset + 2 > frame.size()) return nullptr;
  std::uint8_t* const sum = frame.data() + at + offset;
  return protocol == kUdp && get16(sum) == 0 ? nullptr : sum;
}

// Whether a source route leads on from here (RFC 791 section 3.1): what is carried is for its end.
bool is_on_route(std::span<const std::uint8_t> options) noexcept {
  for (std::size_t at = 0; at + 2 < options.size() && options[at] != 0;) {
    const std::size_t length = options[at] == 1 ? 1 : options[at + 1];
    if (length == 0 || length > options.size() - at) return false;
    if ((options[at] == 131 || options[at] == 137) && length >= 7 && options[at + 2] + 3U <= length) return true;
    at += length;
  }
  return false;
}

// Mobile IPv6's option: the packet is from the address in it (RFC 6275 section 6.3).
bool has_home_address(std::span<const std::uint8_t> options) noexcept {
  for (std::size_t at = 0; at + 1 < options.size(); at += options[at] == 0 ? 1 : 2 + options[at + 1])
    if (options[at] == 201 && options[at + 1] == 16) return true;
  return false;
}

void rewrite4(std::span<std::uint8_t> packet, const FrameRewrite& rewrite) noexcept {
  if (packet.size() < 20) return;
  const std::size_t header = (packet[0] & 0x0fU) * 4U;
  const bool first = (get16(&packet[6]) & 0x1fff) == 0;
  const unsigned protocol = packet[9];
  std::uint8_t* const transport = first && protocol != kIcmpv6 ? transport_sum(packet, header, protocol) : nullptr;
  const bool on_route = header > 20 && header <= packet.size() && is_on_route(packet.subspan(20, header - 20));
  const std::array<std::uint8_t*, 2> src_sums{&packet[10], transport}, dst_sums{&packet[10], on_route ? nullptr : transport};
  if (rewrite.src4) replace(&packet[12], rewrite.src4->bytes, src_sums);
  if (rewrite.dst4) replace(&packet[16], rewrite.dst4->bytes, dst_sums);
  if (transport != nullptr && protocol == kUdp && get16(transport) == 0) put16(transport, 0xffff);  // RFC 768: 0 means none
}

void rewrite6(std::span<std::uint8_t> packet, const FrameRewrite& rewrite) noexcept {
  if (packet.size() < 40) return;
  unsigned next = packet[6];
  std::size_t at = 40;
  bool first = true, on_route = false, from_home = false;
  // Hop-by-hop, routing, fragment and destination options stand before the transport header (RFC 8200 section 4.1).
  while ((next == 0 || next == 43 || next == 44 || next == 60) && at + 8 <= packet.size()) {
    if (next == 44) first = (get16(&packet[at + 2]) & 0xfff8) == 0;
    const std::size_t size = next == 44 ? 8 : (packet[at + 1] + 1U) * 8U;
    // Segments left, of the types that have addresses: the sum is over the route's end (RFC 8200 section 8.1).
    const unsigned type = packet[at + 2];
    if (next == 43 && packet[at + 3] != 0 && (type == 0 || (type >= 2 && type <= 4))) on_route = true;
    if (next == 60 && has_home_address(packet.subspan(at + 2, std::min(size, packet.size() - at) - 2))) from_home = true;
    next = packet[at];
    at += size;
  }
  std::uint8_t* const transport = first ? transport_sum(packet, at, next) : nullptr;
  const std::array<std::uint8_t*, 1> src_sums{from_home ? nullptr : transport}, dst_sums{on_route ? nullptr : transport};
  if (rewrite.src6) replace(&packet[8], rewrite.src6->bytes, src_sums);
  if (rewrite.dst6) replace(&packet[24], rewrite.dst6->bytes, dst_sums);
  if (transport != nullptr && next == kUdp && get16(transport) == 0) put16(transport, 0xffff);
}

}  // namespace

reactor::Result<void> FrameRewrite::add(std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::string_view key = word.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? "" : word.substr(equals + 1);
  if (key == "smac" || key == "dmac") {
    const auto mac = proto::parse_mac(value);
    if (!mac) return reactor::failed({}, word, "not a MAC address");
    (key == "smac" ? smac : dmac) = mac;
    return {};
  }
  if (key != "src" && key != "dst") return reactor::failed({}, word, "smac=, dmac=, src= or dst= is expected");
  const bool is_src = key == "src";
  if (const auto v4 = proto::parse_ipv4(value)) {
    (is_src ? src4 : dst4) = v4;
  } else if (const auto v6 = proto::parse_ipv6(value)) {
    (is_src ? src6 : dst6) = v6;
  } else {
    return reactor::failed({}, word, "not an address");
  }
  return {};
}

void FrameRewrite::apply(std::span<std::uint8_t> frame, proto::LinkType link) const noexcept {
  unsigned type = 0;
  std::size_t at = 0;
  if (link == proto::LinkType::ethernet) {
    if (frame.size() < 14) return;
    if (dmac) std::ranges::copy(dmac->bytes, frame.begin());
    if (smac) std::ranges::copy(smac->bytes, frame.begin() + 6);
    at = 14;
    type = get16(&frame[12]);
    while ((type == 0x8100 || type == 0x88a8) && at + 4 <= frame.size()) {
      type = get16(&frame[at + 2]);
      at += 4;
    }
  } else if (!frame.empty()) {
    type = frame[0] >> 4 == 4 ? kIpv4 : frame[0] >> 4 == 6 ? kIpv6 : 0;
  }
  if (type == kIpv4 && (src4 || dst4)) rewrite4(frame.subspan(at), *this);
  if (type == kIpv6 && (src6 || dst6)) rewrite6(frame.subspan(at), *this);
}

}  // namespace net
