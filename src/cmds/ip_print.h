// Printing of single records, for the listings and for `ip monitor`.
#pragma once

#include "ip.h"
#include "net/address.h"
#include "net/neighbor.h"
#include "net/route.h"
#include "net/rule.h"

namespace cmds::ip {

/// As `ip link` prints it, with the link mode and, with -s, the counters; as above its addresses; as `ip monitor` tells of it.
enum class LinkText : unsigned char { link, above_addresses, event };
void print_link(Session& s, const net::Link& link, LinkText text);
void print_counters(Session& s, const rtnl_link_stats64& counters);
void print_address(Session& s, const net::Address& address);
/// What of a route a listing asked for, and so does not repeat in each line.
struct Asked {
  std::uint32_t table = 0;
  bool link = false, gateway = false, protocol = false, scope = false, type = false, source = false, metric = false;
};
void print_route(Session& s, const net::Route& route, const Asked& asked);
void print_neighbor(Session& s, const net::Neighbor& neighbor, bool with_device);
void print_rule(Session& s, const net::Rule& rule);

}  // namespace cmds::ip
