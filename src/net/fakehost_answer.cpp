// ARP: RFC 826, 5227. ICMP: RFC 792, 1122 section 3.2.2, 1191. ICMPv6: RFC 4443, 8201. Neighbour discovery: RFC 4861, 4862.
#include "net/fakehost_answer.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "proto/checksum.h"

namespace net {

using proto::Bytes;
using reactor::Nanoseconds;

namespace {

constexpr unsigned kTypeArp = 0x0806, kTypeIpv4 = 0x0800, kTypeIpv6 = 0x86dd;
constexpr unsigned kIcmp = 1, kIcmpv6 = 58, kFragmentHeader = 44;
constexpr unsigned kEchoReply4 = 0, kUnreachable4 = 3, kFragmentationNeeded = 4, kEcho4 = 8, kTimeExceeded4 = 11;
constexpr unsigned kUnreachable6 = 1, kTooBig6 = 2, kTimeExceeded6 = 3, kEcho6 = 128, kEchoReply6 = 129;
constexpr unsigned kRouterSolicitation = 133, kRouterAdvertisement = 134, kNeighbourSolicitation = 135, kNeighbourAdvertisement = 136;
constexpr unsigned kSourceLinkAddress = 1, kTargetLinkAddress = 2, kPrefixInformation = 3, kMtuOption = 5;
constexpr std::uint8_t kHopLimit = 64;
// What an error quotes: the whole error within 576 bytes (RFC 1812 section 4.3.2.3) and 1280 (RFC 4443 section 2.4).
constexpr std::size_t kQuote4 = 576 - 28, kQuote6 = 1280 - 48;
constexpr std::uint8_t kAllNodes[16] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::uint8_t kAllNodesMac[6] = {0x33, 0x33, 0, 0, 0, 1};
constexpr std::uint32_t kPrefixValid = 86'400, kPrefixPreferred = 14'400;  // s; RFC 4861 section 6.2.1 has more, a test less

unsigned get16(const std::uint8_t* at) noexcept { return static_cast<unsigned>(at[0]) << 8 | at[1]; }
bool multicast_mac(const std::uint8_t* mac) noexcept { return (mac[0] & 1) != 0; }
bool zero(Bytes bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}
IpAddress address4(const std::uint8_t* at) noexcept {
  IpAddress address;
  address.family = AF_INET;
  std::memcpy(address.storage.data(), at, 4);
  return address;
}
IpAddress address6(const std::uint8_t* at) noexcept {
  IpAddress address;
  address.family = AF_INET6;
  std::memcpy(address.storage.data(), at, 16);
  return address;
}
// A source that may be answered: RFC 1122 section 3.2.1.3.
bool unicast4(const std::uint8_t* at) noexcept { return at[0] != 0 && at[0] < 224 && at[0] != 127; }
bool unicast6(const std::uint8_t* at) noexcept { return at[0] != 0xff && !zero({at, 16}); }

bool sum6_right(Bytes header, Bytes message) noexcept {
  return proto::Sum().add_pseudo_header6(&header[8], &header[24], kIcmpv6, static_cast<std::uint32_t>(message.size())).add(message).folded() == 0xffff;
}

// Options of neighbour discovery, in units of 8 bytes. False: one has length 0 or leaves the message (RFC 4861 section 4.6).
bool find_option(Bytes options, unsigned wanted, Bytes& found) noexcept {
  while (!options.empty()) {
    if (options.size() < 2 || options[1] == 0 || options[1] * 8U > options.size()) return false;
    if (options[0] == wanted && found.empty()) found = options.first(options[1] * 8U);
    options = options.subspan(options[1] * 8U);
  }
  return true;
}

// The source of a solicitation can be answered: its address is no group, nor is the one in the option, where there is one.
bool one_node(Bytes header, Bytes source_mac) noexcept {
  return header[8] != 0xff && (source_mac.empty() || (source_mac.size() == 8 && !multicast_mac(&source_mac[2])));
}

}  // namespace

struct FakeAnswers::Heard {
  const std::uint8_t* to_mac;
  const std::uint8_t* from_mac;
  std::optional<std::uint16_t> vlan;
  bool unsummed;
  Nanoseconds now;
};

bool FakeAnswers::left_out(FakeHost& host) noexcept {
  if (host.loss <= 0) return false;
  dice_ ^= dice_ << 13;  // xorshift64
  dice_ ^= dice_ >> 7;
  dice_ ^= dice_ << 17;
  if (static_cast<double>(dice_ >> 11) * 0x1p-53 >= host.loss) return false;
  ++host.counters.lost;
  return true;
}

void FakeAnswers::link_header(const Heard& heard, const FakeHost& host, unsigned type, FrameList& out) const {
  proto::Wire& wire = out.memory();
  wire.append(heard.from_mac, 6);
  wire.append(host.mac.bytes.data(), 6);
  if (heard.vlan) {
    wire.u16(0x8100);
    wire.u16(*heard.vlan);
  }
  wire.u16(type);
}

void FakeAnswers::answer(Bytes frame, bool unsummed, Nanoseconds now, FrameList& out) {
  ++counters_.received;
  if (frame.size() < 14) return;
  Heard heard{frame.data(), frame.data() + 6, std::nullopt, unsummed, now};
  if (multicast_mac(heard.from_mac)) return;
  unsigned type = get16(&frame[12]);
  Bytes packet = frame.subspan(14);
  if (type == 0x8100 && packet.size() >= 4) {
    heard.vlan = static_cast<std::uint16_t>(get16(packet.data()) & 0x0fff);
    if (*heard.vlan == 0) heard.vlan.reset();  // a priority tag is no VLAN
    type = get16(&packet[2]);
    packet = packet.subspan(4);
  }
  if (type == kTypeArp)
    arp(heard, packet, out);
  else if (type == kTypeIpv4)
    ipv4(heard, packet, out);
  else if (type == kTypeIpv6)
    ipv6(heard, packet, out);
}

void FakeAnswers::arp(const Heard& heard, Bytes packet, FrameList& out) {
  constexpr std::uint8_t kRequest[8] = {0, 1, 8, 0, 6, 4, 0, 1};  // Ethernet, IPv4, lengths, operation
  if (packet.size() < 28 || std::memcmp(packet.data(), kRequest, sizeof kRequest) != 0) return;
  const std::uint8_t *const sender_mac = &packet[8], *const sender = &packet[14], *const target = &packet[24];
  FakeHost* const host = hosts_.find(heard.vlan, address4(target));
  if (host == nullptr) return;
  if (!multicast_mac(heard.to_mac) && !std::equal(host->mac.bytes.begin(), host->mac.bytes.end(), heard.to_mac)) return;
  const bool probe = zero({sender, 4});
  // An announcement asks nothing (RFC 5227 section 3); a sender that nobody can be answers to is ignored.
  if (std::equal(sender, sender + 4, target) || (probe && host->nodefend) || (!probe && !unicast4(sender)) || multicast_mac(sender_mac)) return;
  Heard reply = heard;
  reply.from_mac = sender_mac;
  link_header(reply, *host, kTypeArp, out);
  proto::Wire& wire = out.memory();
  wire.append(kRequest, 7);
  wire.u8(2);
  wire.append(host->mac.bytes.data(), 6);
  wire.append(target, 4);
  wire.append(sender_mac, 6);
  wire.append(sender, 4);
  out.end_frame(Nanoseconds(0));
  ++host->counters.resolutions;
  if (host->log)
    log_(fmt::format("ARP: Who has {}? Tell {} - Responding with MAC {}", address4(target).text(), address4(sender).text(), proto::to_text(host->mac)));
}

void FakeAnswers::ipv4(Heard& heard, Bytes packet, FrameList& out) {
  if (packet.size() < 20 || multicast_mac(heard.to_mac)) return;
  FakeHost* host = hosts_.find(heard.vlan, address4(&packet[16]));
  const bool mine = host != nullptr;
  if (!mine) host = hosts_.find_forwarder(heard.vlan, heard.to_mac, AF_INET);
  if (host == nullptr || !std::equal(host->mac.bytes.begin(), host->mac.bytes.end(), heard.to_mac)) return;
  const std::size_t header_size = (packet[0] & 0x0fU) * 4U, total = get16(&packet[2]);
  if (packet[0] >> 4 != 4 || header_size < 20 || total < header_size || total > packet.size() ||
      proto::internet_checksum(packet.first(header_size)) != 0 || !unicast4(&packet[12]))
    return malformed();
  packet = packet.first(total);
  if (host->sends_errors() && error4(heard, *host, packet, out)) return;
  if (!mine || !host->icmp || packet[9] != kIcmp) return;
  const unsigned fragment = get16(&packet[6]);
  Bytes message = packet.subspan(header_size);
  if ((fragment & 0x3fff) != 0) {  // more to follow, or an offset
    if ((fragment & 0x1fff) * 8 + packet.size() > 65535) return malformed();  // the whole, with its header, could not say its length
    Reassembly::Key key;
    std::memcpy(key.source.data(), &packet[12], 4);
    std::memcpy(key.destination.data(), &packet[16], 4);
    key.id = get16(&packet[4]);
    key.protocol = packet[9];
    const auto whole = fragments_.add(key, message, (fragment & 0x1fff) * 8, (fragment & 0x2000) != 0, heard.now);
    if (!whole) return;
    message = *whole;
  }
  icmp(heard, *host, packet.first(header_size), message, out);
}

void FakeAnswers::icmp(const Heard& heard, FakeHost& host, Bytes header, Bytes message, FrameList& out) {
  if (message.size() < 8 || message[0] != kEcho4 || message[1] != 0) return;
  if (!heard.unsummed && proto::internet_checksum(message) != 0) return malformed();
  if (left_out(host)) return;
  scratch_.clear();
  scratch_.append(message);
  scratch_.patch(0, kEchoReply4, 1);
  const auto sum = static_cast<std::uint16_t>(get16(&message[2]));
  scratch_.patch(2, heard.unsummed ? 0 : proto::adjusted_checksum(sum, kEcho4 << 8, kEchoReply4 << 8), 2);
  if (heard.unsummed) scratch_.patch(2, proto::internet_checksum(scratch_.span()), 2);
  send4(heard, host, &header[16], &header[12], kIcmp, scratch_.span(), out);
  ++host.counters.echoes;
  if (host.log) log_(fmt::format("ICMP Echo: {} -> {} - Responding", address4(&header[12]).text(), address4(&header[16]).text()));
}

// One or more frames, as the interface's MTU has it.
void FakeAnswers::send4(const Heard& heard, FakeHost& host, const std::uint8_t* from, const std::uint8_t* to, unsigned protocol, Bytes payload,
                        FrameList& out) {
  const std::size_t room = (mtu_ - 20) / 8 * 8;
  const bool whole = payload.size() + 20 <= mtu_;
  const auto id = static_cast<std::uint16_t>(next_id_++);
  for (std::size_t at = 0; at == 0 || at < payload.size(); at += room) {
    const Bytes part = whole ? payload : payload.subspan(at, std::min(room, payload.size() - at));
    const bool more = at + part.size() < payload.size();
    link_header(heard, host, kTypeIpv4, out);
    proto::Wire& wire = out.memory();
    const std::size_t header = wire.size();
    wire.u16(0x4500);
    wire.u16(20 + part.size());
    wire.u16(id);
    wire.u16((more ? 0x2000U : 0U) | at / 8);
    wire.u8(kHopLimit);
    wire.u8(protocol);
    wire.u16(0);
    wire.append(from, 4);
    wire.append(to, 4);
    wire.patch(header + 10, proto::internet_checksum(wire.span_from(header)), 2);
    wire.append(part);
    out.end_frame(host.delay, &host);
    if (whole) return;
  }
}

bool FakeAnswers::error4(const Heard& heard, FakeHost& host, Bytes packet, FrameList& out) {
  const std::size_t header_size = (packet[0] & 0x0fU) * 4U;
  const unsigned fragment = get16(&packet[6]);
  const bool too_big = host.mtu != 0 && packet.size() > host.mtu && (fragment & 0x4000) != 0;
  if (!too_big && !host.unreachable && !host.ttl_exceeded) return false;
  // Never about a later fragment, nor about an error (RFC 1122 section 3.2.2).
  if ((fragment & 0x1fff) != 0) return true;
  if (packet[9] == kIcmp) {
    const unsigned type = packet.size() > header_size ? packet[header_size] : 256U;
    if (type != kEcho4 && type != kEchoReply4 && type < 13) return true;
    if (type == 256) return true;
  }
  if (left_out(host)) return true;
  scratch_.clear();
  scratch_.u8(too_big || host.unreachable ? kUnreachable4 : kTimeExceeded4);
  scratch_.u8(too_big ? kFragmentationNeeded : host.unreachable ? *host.unreachable : 0);
  scratch_.u16(0);
  scratch_.u32(too_big ? host.mtu : 0);
  scratch_.append(packet.first(std::min(packet.size(), kQuote4)));
  scratch_.patch(2, proto::internet_checksum(scratch_.span()), 2);
  // Of packets to itself, the address that they were sent to; of others, as a router: the first one.
  const std::uint8_t* const from = host.has(address4(&packet[16])) ? &packet[16] : host.first.storage.data();
  send4(heard, host, from, &packet[12], kIcmp, scratch_.span(), out);
  ++host.counters.errors;
  if (host.log)
    log_(fmt::format("ICMP error: {} -> {} ({} bytes) - type {} code {}", address4(&packet[12]).text(), address4(&packet[16]).text(), packet.size(),
                     scratch_[0], scratch_[1]));
  return true;
}

void FakeAnswers::ipv6(Heard& heard, Bytes packet, FrameList& out) {
  if (packet.size() < 40) return;
  const std::size_t length = get16(&packet[4]);
  const Bytes header = packet.first(40);
  const bool multicast = packet[24] == 0xff;
  FakeHost* host = nullptr;
  if (!multicast) {
    host = hosts_.find(heard.vlan, address6(&packet[24]));
    if (host == nullptr && !multicast_mac(heard.to_mac)) host = hosts_.find_forwarder(heard.vlan, heard.to_mac, AF_INET6);
    if (host == nullptr || !std::equal(host->mac.bytes.begin(), host->mac.bytes.end(), heard.to_mac)) return;
  } else if (!multicast_mac(heard.to_mac)) {
    return;
  }
  if (packet[0] >> 4 != 6 || length > packet.size() - 40 || packet[8] == 0xff) return multicast ? void() : malformed();
  packet = packet.first(40 + length);
  unsigned next = header[6];
  Bytes payload = packet.subspan(40);
  bool fragmented = false;
  while (next == 0 || next == 60 || next == kFragmentHeader) {
    if (payload.size() < 8) return malformed();
    const unsigned after = payload[0];
    if (next == kFragmentHeader) {
      const unsigned place = get16(&payload[2]);
      Reassembly::Key key;
      std::memcpy(key.source.data(), &header[8], 16);
      std::memcpy(key.destination.data(), &header[24], 16);
      key.id = get16(&payload[4]) << 16 | get16(&payload[6]);
      payload = payload.subspan(8);
      fragmented = true;
      if ((place & 0xfff9) != 0) {  // an atomic fragment (RFC 6946) is whole
        // Whoever sends errors does not wait for the rest.
        // A later part does not begin with the message's type.
        const Bytes head = (place & 0xfff8) == 0 ? payload : Bytes();
        if (host != nullptr && host->sends_errors() && error6(heard, *host, packet, head.empty() ? kFragmentHeader : after, head, out)) return;
        const auto whole = fragments_.add(key, payload, place & 0xfff8, (place & 1) != 0, heard.now);
        if (!whole) return;
        payload = *whole;
      }
    } else {
      const std::size_t size = (payload[1] + 1U) * 8U;
      if (payload.size() < size) return malformed();
      payload = payload.subspan(size);
    }
    next = after;
  }
  // Neighbour discovery is answered whatever becomes of other packets; and never when it came in fragments (RFC 6980).
  const bool discovery = next == kIcmpv6 && !payload.empty() && payload[0] >= kRouterSolicitation && payload[0] <= 137;
  if (discovery && fragmented) return malformed();
  if (!discovery && host != nullptr && host->sends_errors() && error6(heard, *host, packet, next, payload, out)) return;
  if (next == kIcmpv6 && payload.size() >= 8) icmpv6(heard, header, payload, out);
}

void FakeAnswers::icmpv6(const Heard& heard, Bytes header, Bytes message, FrameList& out) {
  if (message[0] == kNeighbourSolicitation) return solicitation(heard, header, message, out);
  if (message[0] == kRouterSolicitation) return router_solicitation(heard, header, message, out);
  if (message[0] == kEcho6 && message[1] == 0 && header[24] != 0xff) echo6(heard, header, message, out);
}

void FakeAnswers::solicitation(const Heard& heard, Bytes header, Bytes message, FrameList& out) {
  if (message.size() < 24 || message[8] == 0xff) return;
  FakeHost* const host = hosts_.find(heard.vlan, address6(&message[8]));
  if (host == nullptr) return;
  // RFC 4861 section 7.1.1.
  const bool probe = zero(header.subspan(8, 16));
  const std::uint8_t solicited[16] = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, message[21], message[22], message[23]};
  const bool to_group = std::equal(solicited, solicited + 16, &header[24]);
  const bool to_target = std::equal(&message[8], &message[8] + 16, &header[24]);
  Bytes source_mac;
  if (header[7] != 255 || message[1] != 0 || !sum6_right(header, message) || !find_option(message.subspan(24), kSourceLinkAddress, source_mac) ||
      (probe && (!to_group || !source_mac.empty())) || (!to_group && !to_target) || !one_node(header, source_mac))
    return malformed();
  if (!multicast_mac(heard.to_mac) && !std::equal(host->mac.bytes.begin(), host->mac.bytes.end(), heard.to_mac)) return;
  if (probe && host->nodefend) return;
  Heard reply = heard;
  if (probe)
    reply.from_mac = kAllNodesMac;
  else if (!source_mac.empty())
    reply.from_mac = &source_mac[2];
  scratch_.clear();
  scratch_.u8(kNeighbourAdvertisement);
  scratch_.u8(0);
  scratch_.u16(0);
  scratch_.u32((host->router ? 0x80000000U : 0U) | (probe ? 0U : 0x40000000U) | 0x20000000U);  // router, solicited, override
  scratch_.append(&message[8], 16);
  scratch_.u8(kTargetLinkAddress);
  scratch_.u8(1);
  scratch_.append(host->mac.bytes.data(), 6);
  const std::uint8_t* const to = probe ? kAllNodes : &header[8];
  link_header(reply, *host, kTypeIpv6, out);
  proto::Wire& wire = out.memory();
  wire.u32(0x60000000);
  wire.u16(scratch_.size());
  wire.u8(kIcmpv6);
  wire.u8(255);
  wire.append(&message[8], 16);
  wire.append(to, 16);
  scratch_.patch(2, proto::Sum().add_pseudo_header6(&message[8], to, kIcmpv6, static_cast<std::uint32_t>(scratch_.size())).add(scratch_.span()).checksum(), 2);
  wire.append(scratch_.span());
  out.end_frame(Nanoseconds(0));
  ++host->counters.resolutions;
  if (host->log)
    log_(fmt::format("NS: Who has {}? Tell {} - Responding with MAC {}{}", address6(&message[8]).text(), address6(&header[8]).text(),
                     proto::to_text(host->mac), host->router ? " (Router)" : ""));
}

void FakeAnswers::echo6(const Heard& heard, Bytes header, Bytes message, FrameList& out) {
  FakeHost* const host = hosts_.find(heard.vlan, address6(&header[24]));
  if (host == nullptr || !host->icmp) return;
  if (!unicast6(&header[8]) || (!heard.unsummed && !sum6_right(header, message))) return malformed();
  if (left_out(*host)) return;
  scratch_.clear();
  scratch_.append(message);
  scratch_.patch(0, kEchoReply6, 1);
  send6(heard, *host, &header[24], &header[8], scratch_.span(), out);
  ++host->counters.echoes;
  if (host->log) log_(fmt::format("ICMPv6 Echo: {} -> {} - Responding", address6(&header[8]).text(), address6(&header[24]).text()));
}

// An ICMPv6 message, which lies in scratch_; its checksum is put in here.
void FakeAnswers::send6(const Heard& heard, FakeHost& host, const std::uint8_t* from, const std::uint8_t* to, Bytes payload, FrameList& out) {
  scratch_.patch(2, 0, 2);
  scratch_.patch(2, proto::Sum().add_pseudo_header6(from, to, kIcmpv6, static_cast<std::uint32_t>(payload.size())).add(payload).checksum(), 2);
  const bool whole = payload.size() + 40 <= mtu_;
  const std::size_t room = (mtu_ - 48) / 8 * 8;
  const std::uint32_t id = next_id_++;
  for (std::size_t at = 0; at == 0 || at < payload.size(); at += room) {
    const Bytes part = whole ? payload : payload.subspan(at, std::min(room, payload.size() - at));
    link_header(heard, host, kTypeIpv6, out);
    proto::Wire& wire = out.memory();
    wire.u32(0x60000000);
    wire.u16(part.size() + (whole ? 0 : 8));
    wire.u8(whole ? kIcmpv6 : kFragmentHeader);
    wire.u8(kHopLimit);
    wire.append(from, 16);
    wire.append(to, 16);
    if (!whole) {
      wire.u16(kIcmpv6 << 8);
      wire.u16(at | (at + part.size() < payload.size() ? 1U : 0U));
      wire.u32(id);
    }
    wire.append(part);
    out.end_frame(host.delay, &host);
    if (whole) return;
  }
}

bool FakeAnswers::error6(const Heard& heard, FakeHost& host, Bytes packet, unsigned next, Bytes payload, FrameList& out) {
  const bool too_big = host.mtu != 0 && packet.size() > host.mtu;
  if (!too_big && !host.unreachable && !host.ttl_exceeded) return false;
  // Never about an error, nor to a source that is not one node (RFC 4443 section 2.4).
  if (!unicast6(&packet[8]) || (next == kIcmpv6 && (payload.empty() || payload[0] < 128))) return true;
  if (left_out(host)) return true;
  scratch_.clear();
  scratch_.u8(too_big ? kTooBig6 : host.unreachable ? kUnreachable6 : kTimeExceeded6);
  scratch_.u8(!too_big && host.unreachable ? *host.unreachable : 0);
  scratch_.u16(0);
  scratch_.u32(too_big ? host.mtu : 0);
  scratch_.append(packet.first(std::min(packet.size(), kQuote6)));
  const std::uint8_t* const from = host.has(address6(&packet[24])) ? &packet[24] : host.first.storage.data();
  send6(heard, host, from, &packet[8], scratch_.span(), out);
  ++host.counters.errors;
  if (host.log)
    log_(fmt::format("ICMPv6 error: {} -> {} ({} bytes) - type {} code {}", address6(&packet[8]).text(), address6(&packet[24]).text(), packet.size(),
                     scratch_[0], scratch_[1]));
  return true;
}

void FakeAnswers::router_solicitation(const Heard& heard, Bytes header, Bytes message, FrameList& out) {
  const bool nobody = zero(header.subspan(8, 16));
  Bytes source_mac;
  // RFC 4861 section 6.1.1.
  if (header[7] != 255 || message[1] != 0 || !sum6_right(header, message) || !find_option(message.subspan(8), kSourceLinkAddress, source_mac) ||
      (nobody && !source_mac.empty()) || !one_node(header, source_mac))
    return malformed();
  for (const auto& host : hosts_.all()) {
    if (!host->ra || host->vlan != heard.vlan) continue;
    advertisement(*host, nobody ? kAllNodesMac : source_mac.empty() ? heard.from_mac : &source_mac[2], nobody ? kAllNodes : &header[8], heard.vlan, out);
    if (host->log) log_(fmt::format("RS: from {} - Advertising {}", address6(&header[8]).text(), host->text()));
  }
}

void FakeAnswers::advertise(FakeHost& host, FrameList& out) { advertisement(host, kAllNodesMac, kAllNodes, host.vlan, out); }

void FakeAnswers::advertisement(FakeHost& host, const std::uint8_t* to_mac, const std::uint8_t* to, std::optional<std::uint16_t> vlan, FrameList& out) {
  const FakeHost::Advertisement& ra = *host.ra;
  scratch_.clear();
  scratch_.u8(kRouterAdvertisement);
  scratch_.u8(0);
  scratch_.u16(0);
  scratch_.u8(kHopLimit);
  scratch_.u8(0);
  scratch_.u16(ra.lifetime_s);
  scratch_.append_zeros(8);  // reachable time, retransmission timer: not said
  scratch_.u8(kSourceLinkAddress);
  scratch_.u8(1);
  scratch_.append(host.mac.bytes.data(), 6);
  if (ra.mtu != 0) {
    scratch_.u8(kMtuOption);
    scratch_.u8(1);
    scratch_.u16(0);
    scratch_.u32(ra.mtu);
  }
  if (ra.prefix) {
    scratch_.u8(kPrefixInformation);
    scratch_.u8(4);
    scratch_.u8(ra.prefix->length);
    scratch_.u8(0xc0);  // on-link, autonomous
    scratch_.u32(kPrefixValid);
    scratch_.u32(kPrefixPreferred);
    scratch_.u32(0);
    scratch_.append(ra.prefix->address.storage.data(), 16);
  }
  scratch_.patch(2, proto::Sum().add_pseudo_header6(host.first.storage.data(), to, kIcmpv6, static_cast<std::uint32_t>(scratch_.size())).add(scratch_.span()).checksum(), 2);
  const Heard reply{nullptr, to_mac, vlan, false, Nanoseconds(0)};
  link_header(reply, host, kTypeIpv6, out);
  proto::Wire& wire = out.memory();
  wire.u32(0x60000000);
  wire.u16(scratch_.size());
  wire.u8(kIcmpv6);
  wire.u8(255);
  wire.append(host.first.storage.data(), 16);
  wire.append(to, 16);
  wire.append(scratch_.span());
  out.end_frame(Nanoseconds(0));
  ++host.counters.advertisements;
}

}  // namespace net
