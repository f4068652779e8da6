#include "net/packet_socket.h"

#include <arpa/inet.h>
#include <linux/if_arp.h>
#include <linux/if_packet.h>

#include <algorithm>

#include "net/link.h"
#include "reactor/socket.h"

namespace net {

namespace {

// Hardware types whose packets begin with an IP header (tun, nat46, tunnels, raw-IP modems, WireGuard).
constexpr unsigned kNetworkTypes[] = {ARPHRD_NONE,   ARPHRD_PPP,   ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT,
                                      ARPHRD_IPGRE, ARPHRD_IP6GRE, ARPHRD_RAWIP,  ARPHRD_SLIP,    ARPHRD_CSLIP,
                                      ARPHRD_VOID};

}  // namespace

Framing framing_of(unsigned hardware_type) noexcept {
  if (hardware_type == ARPHRD_ETHER || hardware_type == ARPHRD_LOOPBACK) return Framing::ethernet;
  return std::ranges::find(kNetworkTypes, hardware_type) != std::end(kNetworkTypes) ? Framing::network : Framing::cooked;
}

proto::LinkType link_type_of(Framing framing) noexcept {
  switch (framing) {
    case Framing::ethernet: return proto::LinkType::ethernet;
    case Framing::network: return proto::LinkType::raw_ip;
    case Framing::cooked: break;
  }
  return proto::LinkType::linux_sll2;
}

Task<Result<PacketInterface>> find_packet_interface(std::string name) {
  PacketInterface found;
  found.name = name;
  if (name == "any") {
    found.up = true;
    co_return found;
  }
  auto link = co_await find_link(std::move(name));
  if (!link) co_return tl::unexpected(link.error());
  found.name = link->name;  // it may have been asked for by another of its names
  found.index = link->index;
  found.hardware_type = link->type;
  found.framing = framing_of(link->type);
  found.mtu = link->mtu;
  found.up = link->up();
  if (link->address.size() == found.mac.bytes.size()) std::ranges::copy(link->address, found.mac.bytes.begin());
  co_return found;
}

std::string refusal_of(const PacketInterface& interface, proto::LinkType link) {
  const proto::LinkType here = link_type_of(interface.framing);
  const bool ip = link == proto::LinkType::raw_ip || link == proto::LinkType::ipv4 || link == proto::LinkType::ipv6;
  if (link == here || (ip && here == proto::LinkType::raw_ip)) return {};
  return interface.name + (here == proto::LinkType::ethernet ? " takes Ethernet frames" : " takes IP packets");
}

Result<Fd> make_packet_socket(Framing framing) {
  return reactor::make_socket(AF_PACKET, framing == Framing::ethernet ? SOCK_RAW : SOCK_DGRAM, 0);
}

Result<void> bind_packet_socket(int fd, const PacketInterface& interface, unsigned protocol) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(static_cast<std::uint16_t>(protocol));
  address.sll_ifindex = interface.index;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return reactor::failed("bind to", interface.name, errno);
  return {};
}

bool interface_is_gone(int fd) noexcept {
  sockaddr_ll address{};
  socklen_t length = sizeof address;
  // The kernel takes the index out of the socket when it unregisters the device.
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0 && address.sll_ifindex < 0;
}

}  // namespace net
