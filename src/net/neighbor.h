// Neighbour entries: IP address to link-layer address.
#pragma once

#include <linux/neighbour.h>

#include <string>
#include <vector>

#include "net/ip_address.h"
#include "net/netlink.h"

namespace net {

struct Neighbor {
  std::uint8_t family = 0;
  IpAddress address;
  int link = 0;
  std::vector<std::uint8_t> hardware;
  std::uint16_t state = 0;  // NUD_…
  std::uint8_t flags = 0;   // NTF_…
  std::uint8_t protocol = 0;
  std::uint32_t used_seconds = 0, confirmed_seconds = 0, updated_seconds = 0, references = 0, probes = 0;
};

/// From RTM_NEWNEIGH or RTM_DELNEIGH.
Neighbor parse_neighbor(Bytes body);

/// `family` AF_UNSPEC: both; `link` 0: all. Proxy entries are a table of their own.
[[nodiscard]] Task<Result<std::vector<Neighbor>>> neighbors(Netlink& netlink, int family, int link, bool proxies = false);

enum class NeighborOperation { add, replace, change };
[[nodiscard]] Task<Result<void>> put_neighbor(Netlink& netlink, Neighbor neighbor, NeighborOperation operation);
[[nodiscard]] Task<Result<void>> delete_neighbor(Netlink& netlink, Neighbor neighbor);

}  // namespace net
