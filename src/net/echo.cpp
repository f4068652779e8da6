#include "net/echo.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <time.h>

#include "net/random_seed.h"
#include "proto/checksum.h"
#include "reactor/socket.h"

namespace net {

namespace {

using reactor::checked;
using reactor::failed;

constexpr std::size_t kHeader = 8;
constexpr int kReceiveBuffer = 1 << 20;  // bytes: the answers of a flood while another job has the loop

std::uint16_t next_identifier() {
  static auto last = static_cast<std::uint16_t>(random_seed());
  return ++last;
}

// Echo replies with our identifier, and every error message: those quote our packet, and are looked at when they come.
Result<void> attach_filter(int fd, bool v6, std::uint16_t identifier) {
  const auto load = static_cast<std::uint16_t>(v6 ? BPF_ABS : BPF_IND);
  const auto jump = [](std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no);
  };
  const std::uint32_t reply = v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY;
  constexpr std::uint32_t errors4[] = {ICMP_DEST_UNREACH, ICMP_SOURCE_QUENCH, ICMP_TIME_EXCEEDED, ICMP_PARAMETERPROB};
  constexpr std::uint32_t errors6[] = {ICMP6_DST_UNREACH, ICMP6_PACKET_TOO_BIG, ICMP6_TIME_EXCEEDED, ICMP6_PARAM_PROB};
  const auto& errors = v6 ? errors6 : errors4;
  sock_filter program[] = {
      BPF_STMT(static_cast<std::uint16_t>(v6 ? BPF_LDX | BPF_IMM : BPF_LDX | BPF_B | BPF_MSH), 0),  // X: length of the IPv4 header
      BPF_STMT(static_cast<std::uint16_t>(BPF_LD | BPF_B | load), 0),
      jump(reply, 4, 0), jump(errors[0], 5, 0), jump(errors[1], 4, 0), jump(errors[2], 3, 0), jump(errors[3], 2, 3),
      BPF_STMT(static_cast<std::uint16_t>(BPF_LD | BPF_H | load), 4),
      jump(identifier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
  return checked(::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter), "attach", "filter").map([](int) {});
}

Result<void> set(int fd, int level, int option, int value, const char* what) {
  return checked(::setsockopt(fd, level, option, &value, sizeof value), "set", what).map([](int) {});
}

std::chrono::nanoseconds real_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::uint16_t word(Bytes bytes, std::size_t at) { return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]); }
std::uint32_t long_word(Bytes bytes, std::size_t at) { return std::uint32_t{word(bytes, at)} << 16 | word(bytes, at + 2); }

template <std::size_t N>
std::string_view pick(const std::array<std::string_view, N>& texts, unsigned code) {
  return code < N ? texts[code] : "Unknown code";
}

// RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1. `rest` is the second word of the ICMP header.
std::string error4(unsigned type, unsigned code, std::uint32_t rest) {
  constexpr std::array<std::string_view, 16> unreachable{
      "Destination Net Unreachable", "Destination Host Unreachable", "Destination Protocol Unreachable", "Destination Port Unreachable", "",
      "Source Route Failed", "Destination Net Unknown", "Destination Host Unknown", "Source Host Isolated", "Destination Net Prohibited",
      "Destination Host Prohibited", "Destination Net Unreachable for Type of Service", "Destination Host Unreachable for Type of Service",
      "Packet filtered", "Precedence Violation", "Precedence Cutoff"};
  switch (type) {
    case ICMP_DEST_UNREACH:
      if (code == ICMP_FRAG_NEEDED) return fmt::format("Frag needed and DF set (mtu = {})", rest & 0xffff);
      return std::string(pick(unreachable, code));
    case ICMP_SOURCE_QUENCH: return "Source Quench";
    case ICMP_TIME_EXCEEDED: return code == 0 ? "Time to live exceeded" : "Frag reassembly time exceeded";
    default: return fmt::format("Parameter problem: pointer = {}", rest >> 24);
  }
}

// RFC 4443 section 3.
std::string error6(unsigned type, unsigned code, std::uint32_t rest) {
  constexpr std::array<std::string_view, 7> unreachable{"No route", "Administratively prohibited", "Beyond scope of source address",
                                                        "Address unreachable", "Port unreachable", "Source address failed policy", "Reject route"};
  constexpr std::array<std::string_view, 3> parameter{"Wrong header field", "Unknown header", "Unknown option"};
  switch (type) {
    case ICMP6_DST_UNREACH: return fmt::format("Destination unreachable: {}", pick(unreachable, code));
    case ICMP6_PACKET_TOO_BIG: return fmt::format("Packet too big: mtu={}", rest);
    case ICMP6_TIME_EXCEEDED: return code == 0 ? "Time exceeded: Hop limit" : "Time exceeded: Defragmentation failure";
    default: return fmt::format("Parameter problem: {} at byte {}", pick(parameter, code), rest);
  }
}

int protocol_of(bool v6) { return v6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP}; }

// The start of one of our requests, quoted in an error message; its sequence number.
std::optional<std::uint16_t> quoted_request(Bytes quoted, const IpAddress& destination, std::uint16_t identifier) {
  const bool v6 = destination.family == AF_INET6;
  if (quoted.size() < (v6 ? 40U : 20U)) return std::nullopt;
  std::size_t header = v6 ? 40 : static_cast<std::size_t>(quoted[0] & 15) * 4;
  std::uint8_t protocol = v6 ? quoted[6] : quoted[9];
  const Bytes target = v6 ? quoted.subspan(24, 16) : quoted.subspan(16, 4);
  if (v6 && protocol == 44 && quoted.size() >= 48) {  // the first fragment of a long one
    protocol = quoted[40];
    header += 8;
  }
  if (address_from(target) != destination || protocol != protocol_of(v6)) return std::nullopt;
  if (header < 20 || quoted.size() < header + kHeader) return std::nullopt;
  const Bytes request = quoted.subspan(header);
  if (request[0] != (v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO) || word(request, 4) != identifier) return std::nullopt;
  return word(request, 6);
}

}  // namespace

std::optional<EchoEvent> parse_echo(Bytes packet, const IpAddress& destination, std::uint16_t identifier) {
  const bool v6 = destination.family == AF_INET6;
  EchoEvent event;
  if (!v6) {
    const std::size_t header = packet.empty() ? 0 : static_cast<std::size_t>(packet[0] & 15) * 4;
    if (header < 20 || packet.size() < header) return std::nullopt;
    event.ttl = packet[8];
    packet = packet.subspan(header);
  }
  if (packet.size() < kHeader) return std::nullopt;
  event.bytes = packet.size();
  const unsigned type = packet[0], code = packet[1];
  if (type == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)) {
    if (word(packet, 4) != identifier) return std::nullopt;
    event.reply = true;
    event.sequence = word(packet, 6);
    return event;
  }
  const bool error = v6 ? type >= ICMP6_DST_UNREACH && type <= ICMP6_PARAM_PROB
                        : type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETERPROB;
  if (!error) return std::nullopt;
  const auto sequence = quoted_request(packet.subspan(kHeader), destination, identifier);
  if (!sequence) return std::nullopt;
  event.sequence = *sequence;
  event.error = v6 ? error6(type, code, long_word(packet, 4)) : error4(type, code, long_word(packet, 4));
  return event;
}

EchoSocket::EchoSocket(EchoSettings settings, reactor::Fd fd, std::uint16_t identifier)
    : fd_(std::move(fd)), settings_(std::move(settings)), identifier_(identifier) {
  packet_.resize(kHeader + settings_.data_bytes);
  for (std::size_t i = 0; i < settings_.data_bytes; ++i) packet_[kHeader + i] = static_cast<std::uint8_t>(i);
  packet_[0] = settings_.destination.address.family == AF_INET6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  packet_[4] = static_cast<std::uint8_t>(identifier_ >> 8);
  packet_[5] = static_cast<std::uint8_t>(identifier_);
  buffer_.resize(65536 + 128);
}

Result<EchoSocket> EchoSocket::open(EchoSettings settings) {
  const bool v6 = settings.destination.address.family == AF_INET6;
  TRY(fd, reactor::make_socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW, protocol_of(v6)));
  const std::uint16_t identifier = next_identifier();
  TRY_VOID(attach_filter(fd.get(), v6, identifier));
  TRY_VOID(set(fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, 1, "SO_TIMESTAMPNS"));
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) < 0)
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  const int broadcast = 1;
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_BROADCAST, &broadcast, sizeof broadcast);
  if (v6) TRY_VOID(set(fd.get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT"));
  if (settings.ttl != 0) {
    TRY_VOID(v6 ? set(fd.get(), IPPROTO_IPV6, IPV6_UNICAST_HOPS, settings.ttl, "hop limit") : set(fd.get(), IPPROTO_IP, IP_TTL, settings.ttl, "TTL"));
    TRY_VOID(v6 ? set(fd.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, settings.ttl, "hop limit")
                : set(fd.get(), IPPROTO_IP, IP_MULTICAST_TTL, settings.ttl, "TTL"));
  }
  if (!settings.device.empty()) {
    TRY(bound, checked(::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, settings.device.data(), static_cast<socklen_t>(settings.device.size())),
                       "use", settings.device));
  }
  if (settings.source) {
    sockaddr_storage own;
    const socklen_t length = make_sockaddr(own, settings.source, 0, settings.destination.scope);
    TRY(bound, checked(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), length), "send from", settings.source.text()));
  }
  return EchoSocket(std::move(settings), std::move(fd), identifier);
}

Task<Result<std::chrono::nanoseconds>> EchoSocket::send(std::uint16_t sequence) {
  packet_[6] = static_cast<std::uint8_t>(sequence >> 8);
  packet_[7] = static_cast<std::uint8_t>(sequence);
  if (settings_.destination.address.family == AF_INET) {
    packet_[2] = packet_[3] = 0;
    const std::uint16_t checksum = proto::internet_checksum(packet_);
    packet_[2] = static_cast<std::uint8_t>(checksum >> 8);
    packet_[3] = static_cast<std::uint8_t>(checksum);
  }
  sockaddr_storage to;
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = make_sockaddr(to, settings_.destination.address, 0, settings_.destination.scope);
  iovec part{packet_.data(), packet_.size()};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const auto now = real_now();
  auto sent = co_await reactor::sendmsg(fd_.get(), &message);
  if (!sent) {
    sent.error().tried = "send to";
    sent.error().on = settings_.destination.address.text();
    co_return tl::unexpected(sent.error());
  }
  co_return now;
}

Task<Result<EchoEvent>> EchoSocket::next() {
  for (;;) {
    sockaddr_storage from{};
    alignas(cmsghdr) char control[256];
    iovec part{buffer_.data(), buffer_.size()};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    auto n = co_await reactor::recvmsg(fd_.get(), &message);
    if (!n) co_return tl::unexpected(n.error());
    auto event = parse_echo(Bytes(buffer_).first(*n), settings_.destination.address, identifier_);
    if (!event) continue;
    event->from = address_of(from);
    event->received = real_now();
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      const Bytes data(CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
      if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
        const auto time = leading<timespec>(data);
        event->received = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
      } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
        event->ttl = static_cast<unsigned>(leading<int>(data));
      }
    }
    co_return std::move(*event);
  }
}

}  // namespace net
