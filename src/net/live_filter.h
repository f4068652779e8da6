// Kernel filters from libpcap expressions (pcap-filter(7)), for capturing on an interface.
#pragma once

#include <linux/filter.h>

#include <string>
#include <vector>

#include "net/packet_socket.h"
#include "proto/record.h"
#include "reactor/task.h"

namespace net {

struct LiveFilter {
  std::string expression;                                  // empty: everything
  proto::Direction only = proto::Direction::unknown;       // unknown: both
  std::uint32_t snaplen = 0;                               // bytes that a packet is cut to; 0: none is cut
};

/// The program for a packet socket of the interface. It is compiled on a live handle, since only there libpcap knows that the
/// kernel keeps VLAN tags beside the packet (on a dead one `vlan` misses them all). That takes 8 to 40 ms, in a child process.
/// Empty when there is nothing to filter. Errors: libpcap's own words.
[[nodiscard]] Task<Result<std::vector<sock_filter>>> compile_live_filter(PacketInterface interface, LiveFilter filter);

}  // namespace net
