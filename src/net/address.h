// Addresses of interfaces.
#pragma once

#include <linux/if_addr.h>

#include <string>
#include <vector>

#include "net/ip_address.h"
#include "net/netlink.h"

namespace net {

inline constexpr std::uint32_t kForever = 0xffffffff;  // INFINITY_LIFE_TIME

struct Address {
  int link = 0;
  IpPrefix local;
  IpAddress peer;           // the other end of a point-to-point address; none when it is the address itself
  IpAddress broadcast;
  std::string label;
  std::uint8_t scope = 0;   // RT_SCOPE_…
  std::uint32_t flags = 0;  // IFA_F_…
  std::uint32_t metric = 0;
  std::uint32_t valid_seconds = kForever, preferred_seconds = kForever;
};

/// From RTM_NEWADDR or RTM_DELADDR.
Address parse_interface_address(Bytes body);

/// `family` AF_UNSPEC: both; `link` 0: of all interfaces.
[[nodiscard]] Task<Result<std::vector<Address>>> addresses(Netlink& netlink, int family = 0, int link = 0);

enum class AddressOperation { add, replace, change };
[[nodiscard]] Task<Result<void>> put_address(Netlink& netlink, Address address, AddressOperation operation);
/// Deletes the one that is equal in what is given: address and length, peer, label. `any_length`: the first with this IPv4 address,
/// whatever its length and peer.
[[nodiscard]] Task<Result<void>> delete_address(Netlink& netlink, Address address, bool any_length = false);

}  // namespace net
