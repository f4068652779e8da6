// Routes.
#pragma once

#include <linux/rtnetlink.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "net/ip_address.h"
#include "net/netlink.h"

namespace net {

struct NextHop {
  IpAddress gateway;        // none: on the link. Its family may differ from the route's (`via inet6`)
  int link = 0;
  unsigned weight = 1;      // multipath: 1 to 256
  std::uint32_t flags = 0;  // RTNH_F_…
};

struct Route {
  std::uint8_t family = 0;
  std::uint8_t type = RTN_UNICAST;
  std::uint8_t tos = 0;
  std::uint8_t scope = RT_SCOPE_UNIVERSE;
  std::uint8_t protocol = RTPROT_UNSPEC;
  std::uint32_t table = RT_TABLE_UNSPEC;
  std::uint32_t flags = 0;  // RTM_F_…, of a route's own next hop also RTNH_F_…
  IpPrefix destination;     // address none: the default route
  IpPrefix source;          // "from", address none: any
  IpAddress preferred_source;
  std::optional<std::uint32_t> metric;
  int input_link = 0;                            // of `route get … iif`
  std::optional<std::uint32_t> user;             // of `route get`: whose packet was asked about
  std::vector<NextHop> hops;                     // one, or several of a multipath route
  std::map<std::uint16_t, std::uint32_t> metrics;  // RTAX_MTU, RTAX_ADVMSS, …
  std::uint32_t locked_metrics = 0;              // bit per RTAX_…
  std::optional<std::uint32_t> next_hop_id;
  std::optional<std::uint8_t> preference;        // ICMPV6_ROUTER_PREF_…
  std::optional<std::uint32_t> expires_seconds;
  std::int32_t error = 0;                        // of `unreachable` and the like: errno, negative
  bool cached = false;

  [[nodiscard]] bool is_default() const noexcept { return destination.length == 0; }
};

/// From RTM_NEWROUTE or RTM_DELROUTE.
Route parse_route(Bytes body);

/// All routes of a table (0: of every table), of one family or both (AF_UNSPEC).
[[nodiscard]] Task<Result<std::vector<Route>>> routes(Netlink& netlink, int family, std::uint32_t table);

enum class RouteOperation { add, replace, change, append, prepend };
[[nodiscard]] Task<Result<void>> put_route(Netlink& netlink, Route route, RouteOperation operation);
/// Deletes the first that matches what is given; what is not given (hops, metric, protocol, scope) matches all.
[[nodiscard]] Task<Result<void>> delete_route(Netlink& netlink, Route route);

/// Which way a packet goes.
struct RouteQuestion {
  IpAddress destination, source;
  int input_link = 0, output_link = 0;
  std::uint32_t mark = 0;
  std::uint8_t tos = 0;
  bool route_itself = false;  // the matching entry of the table and not the outcome ("fibmatch")
};
[[nodiscard]] Task<Result<Route>> find_route(Netlink& netlink, RouteQuestion question);

}  // namespace net
