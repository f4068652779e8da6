// ip: interfaces, addresses, routes, neighbours and rules, in iproute2's words.
// Status as in iproute2: 0, 2 for what the kernel refused, 255 or 1 for words that are wrong.
#include "ip.h"

#include <sys/socket.h>

namespace {
using namespace shell;
using namespace cmds::ip;

struct Object {
  std::string_view name;
  Task<int> (*run)(Session&, Words);
};
// In the order in which abbreviations are tried.
constexpr Object objects[] = {{"address", run_address},   {"route", run_route},       {"rule", run_rule},   {"neighbor", run_neighbor},
                              {"neighbour", run_neighbor}, {"link", run_link},         {"monitor", run_monitor}};

constexpr std::string_view names = "link, address, route, neighbour, rule, monitor";

// iproute2's status, and not ours, for a call that makes no sense.
int wrong_usage(Context& cx, int status, std::string why) {
  cx.bad_usage(std::move(why));
  return status;
}

Task<int> run(Context& cx) {
  Options options;
  bool json = false, one_line = false;
  Words words(cx.args.words());
  while (!words.done() && words.peek().starts_with('-')) {
    const std::string_view option = words.take();
    if (option == "-4") {
      options.family = AF_INET;
    } else if (option == "-6") {
      options.family = AF_INET6;
    } else if (option == "-j" || option == "-json") {
      json = true;
    } else if (option == "-o" || option == "-oneline") {
      one_line = true;
    } else if (option == "-s" || option == "-stats" || option == "-statistics") {
      options.statistics = true;
    } else {
      co_return wrong_usage(cx, 255, "unknown option '" + std::string(option) + "'");
    }
  }
  if (words.done()) co_return wrong_usage(cx, 255, "what? One of: " + std::string(names));
  const Object* object = nullptr;
  for (const Object& one : objects)
    if (object == nullptr && words.matches(one.name)) object = &one;
  if (object == nullptr) co_return wrong_usage(cx, 1, "unknown object '" + std::string(words.peek()) + "'; known: " + std::string(names));
  auto netlink = net::Netlink::open();
  if (!netlink) co_return cx.fail(netlink.error());
  auto links = co_await net::link_names(*netlink);
  if (!links) co_return cx.fail(links.error());
  Output output(cx.out, json, one_line);
  Session session(cx, options, output, std::move(*netlink), std::move(*links));
  co_return co_await object->run(session, words);
}

constexpr OptSpec options[] = {{.flag = "-4", .help = "IPv4 only"},
                               {.flag = "-6", .help = "IPv6 only"},
                               {.flag = "-s", .help = "with counters"},
                               {.flag = "-o", .help = "one line for each record"},
                               {.flag = "-j", .help = "JSON, with iproute2's keys"}};
// Any word may be an interface's name; the rest are iproute2's own.
constexpr ArgSpec words_with(std::string_view own) {
  return {.name = "WORDS", .kind = Arg::iface, .optional = true, .repeated = true, .choices = own};
}
constexpr ArgSpec link_show[] = {words_with("dev|up|master|type")};
constexpr ArgSpec link_set[] = {words_with("dev|up|down|mtu|address|name|master|nomaster|promisc|allmulticast|multicast|arp|txqueuelen")};
constexpr ArgSpec link_add[] = {words_with("link|name|address|mtu|type|dummy|veth|bridge|vlan|ifb|vxlan|gre|gretap|ip6gre|ip6gretap|vrf|peer|id")};
constexpr ArgSpec addresses[] = {words_with("dev|peer|broadcast|label|scope|to|up|nodad|valid_lft|preferred_lft")};
constexpr ArgSpec routes[] = {words_with("default|via|dev|src|metric|table|proto|scope|onlink|nexthop|mtu|blackhole|unreachable|prohibit")};
constexpr ArgSpec route_get[] = {words_with("from|iif|oif|mark")};
constexpr ArgSpec neighbors[] = {words_with("dev|lladdr|nud|proxy|permanent|reachable|stale")};
constexpr ArgSpec rules[] = {words_with("from|to|iif|oif|fwmark|pref|table|lookup")};
constexpr ArgSpec objects_to_watch[] = {{.name = "OBJECT", .kind = Arg::choice, .optional = true, .repeated = true, .choices = "all|link|address|route|neigh|rule"}};
constexpr SubSpec subs[] = {{.words = "link show", .args = link_show, .help = "interfaces: [dev] IF | up | master M | type KIND"},
                            {.words = "link set", .args = link_set, .help = "change one: IF up|down|mtu N|address M|name N|master M|promisc on ..."},
                            {.words = "link add", .args = link_add, .help = "a new one: NAME [link IF] type KIND ..."},
                            {.words = "link del", .args = link_show, .help = "delete one: IF"},
                            {.words = "addr show", .args = addresses, .help = "addresses: [dev IF] [scope S] [to PREFIX]"},
                            {.words = "addr add", .args = addresses, .help = "ADDRESS/LENGTH dev IF [peer A] [brd A|+] [label L] [scope S]"},
                            {.words = "addr del", .args = addresses, .help = "ADDRESS/LENGTH dev IF"},
                            {.words = "addr flush", .args = addresses, .help = "all of dev IF"},
                            {.words = "route show", .args = routes, .help = "routes: [PREFIX] [dev IF] [table T] [proto P] [via A]"},
                            {.words = "route add", .args = routes, .help = "[TYPE] PREFIX [via A] [dev IF] [src A] [metric N] [table T] [nexthop ...]"},
                            {.words = "route del", .args = routes, .help = "the first route that has all that is given"},
                            {.words = "route get", .args = route_get, .help = "which way a packet goes: ADDRESS [from A] [iif IF] [oif IF]"},
                            {.words = "neigh show", .args = neighbors, .help = "neighbours: [dev IF] [ADDRESS] [nud STATE]"},
                            {.words = "neigh add", .args = neighbors, .help = "ADDRESS lladdr MAC dev IF [nud STATE]"},
                            {.words = "neigh del", .args = neighbors, .help = "ADDRESS dev IF"},
                            {.words = "neigh flush", .args = neighbors, .help = "all of dev IF, but permanent ones"},
                            {.words = "rule show", .args = rules, .help = "the rules, by preference"},
                            {.words = "rule add", .args = rules, .help = "[from P] [to P] [iif IF] [fwmark M] [pref N] table T"},
                            {.words = "monitor", .args = objects_to_watch, .help = "changes as they happen: [all|link|address|route|neigh|rule]"}};
constexpr CommandSpec spec = {
    .name = "ip",
    .group = Group::interfaces,
    .usage = "[-4|-6] [-s] [-o] [-j] link|addr|route|neigh|rule [show|add|del|set|replace|change|append|flush|get] [WORDS]\n"
             "[-j] monitor [all|link|address|route|neigh|rule]",
    .help = "show and change interfaces, addresses, routes, neighbours, rules",
    .options = options,
    .subs = subs,
    .details = "Words and abbreviations are iproute2's (ip-link(8), ip-address(8), ip-route(8), ip-neighbour(8), ip-rule(8)), and\n"
               "so is the shape of what show prints; -j gives the same keys. A change says what it did, unless with -j.\n"
               "Status 2: the kernel refused it; 255 or 1: a word or its value is wrong.\n"
               "Kinds for link add: dummy, veth, bridge, vlan, ifb, vxlan, gre, gretap, ip6gre, ip6gretap, vrf.",
    .example = "ip addr add 192.0.2.1/24 dev tap0\nip -6 route add ::/0 via fe80::1 dev tap1\nip -j link show tap0",
    .raw = true,
    .run = run};
const Command self(spec);

}  // namespace
