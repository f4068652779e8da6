// route: the IPv4 routes of the main table, in the form of net-tools. The same table as `ip -4 route`.
#include <sys/socket.h>

#include "net/link.h"
#include "net/route.h"
#include "shell/command.h"

namespace {
using namespace shell;

std::string flags_of(const net::Route& route, const net::NextHop* hop) {
  if (route.type == RTN_UNREACHABLE || route.type == RTN_PROHIBIT || route.type == RTN_BLACKHOLE) return "!";
  std::string flags = "U";
  if (hop != nullptr && hop->gateway) flags += 'G';
  if (route.destination.length == 32) flags += 'H';
  return flags;
}

Task<int> run(Context& cx) {
  const bool numeric = cx.args.has("-n");
  auto netlink = net::Netlink::open();
  if (!netlink) co_return cx.fail(netlink.error());
  auto links = co_await net::link_names(*netlink);
  if (!links) co_return cx.fail(links.error());
  auto routes = co_await net::routes(*netlink, AF_INET, RT_TABLE_MAIN);
  if (!routes) co_return cx.fail(routes.error());
  const auto row = [&cx](const auto&... columns) { cx.out.print("{:<15} {:<15} {:<15} {:<5} {:<6} {:<6} {:>3} {}\n", columns...); };
  cx.out.write("Kernel IP routing table\n");
  row("Destination", "Gateway", "Genmask", "Flags", "Metric", "Ref", "Use", "Iface");
  for (const net::Route& route : *routes) {
    const std::string destination = !route.is_default() ? route.destination.address.text() : numeric ? "0.0.0.0" : "default";
    const std::string mask = net::netmask(AF_INET, route.destination.length).text();
    const auto line = [&](const net::NextHop* hop) {
      const std::string gateway = hop != nullptr && hop->gateway ? hop->gateway.text() : hop == nullptr ? "-" : numeric ? "0.0.0.0" : "*";
      const std::string iface = hop != nullptr && hop->link != 0 ? links->name(hop->link) : "-";
      row(destination, gateway, mask, flags_of(route, hop), route.metric.value_or(0), 0, 0, iface);
    };
    if (route.hops.empty()) line(nullptr);
    for (const net::NextHop& hop : route.hops) line(&hop);
  }
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-n", .help = "0.0.0.0 in place of names"}};
constexpr CommandSpec spec = {.name = "route", .group = Group::interfaces, .usage = "[-n]", .help = "show the IPv4 routing table", .options = options,
                              .details = "Other tables, IPv6 and changes: ip route.", .example = "route -n", .run = run};
const Command self(spec);

}  // namespace
