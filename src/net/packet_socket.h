// AF_PACKET sockets (packet(7)) and what must be known about an interface before one is used on it.
#pragma once

#include <cstdint>
#include <string>

#include "net/netlink.h"
#include "proto/address.h"
#include "proto/record.h"
#include "reactor/fd.h"
#include "reactor/timer.h"

namespace net {

using reactor::Fd;
using reactor::Nanoseconds;

/// Where a packet of an interface begins. `ethernet`: at the destination address. `network`: at the IP header. `cooked`: the
/// capture puts a Linux cooked header v2 in front (interfaces of many kinds, or of a kind that we do not know).
enum class Framing : std::uint8_t { ethernet, network, cooked };

/// By hardware type (ARPHRD_…): not by a flag, since `lo` has Ethernet headers without being a broadcast interface.
[[nodiscard]] Framing framing_of(unsigned hardware_type) noexcept;
[[nodiscard]] proto::LinkType link_type_of(Framing framing) noexcept;

struct PacketInterface {
  std::string name;
  int index = 0;  // 0: all interfaces ("any")
  unsigned hardware_type = 0;
  Framing framing = Framing::cooked;
  unsigned mtu = 0;      // bytes above the link layer
  proto::Mac mac{};      // zero where the interface has none
  bool up = false;
};

/// Looks an interface up by its name; "any" is all of them.
[[nodiscard]] Task<Result<PacketInterface>> find_packet_interface(std::string name);

/// Why the interface does not take packets of this link type, in words ("eth0 takes Ethernet frames"); empty: it does.
[[nodiscard]] std::string refusal_of(const PacketInterface& interface, proto::LinkType link);

/// A socket with protocol 0, which receives nothing until it is bound: SOCK_RAW for Ethernet, else SOCK_DGRAM, where the
/// kernel itself finds the network header whatever the device puts before it.
[[nodiscard]] Result<Fd> make_packet_socket(Framing framing);

/// Binds it to the interface for frames of `protocol` (host order; ETH_P_ALL to receive, 0 to send only).
[[nodiscard]] Result<void> bind_packet_socket(int fd, const PacketInterface& interface, unsigned protocol);

/// Whether the interface that the socket is bound to has been deleted. One that is only down may come back.
[[nodiscard]] bool interface_is_gone(int fd) noexcept;

}  // namespace net
