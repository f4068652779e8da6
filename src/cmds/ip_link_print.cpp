// ip link show, and the interface's part of ip addr show.
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/if_arp.h>

#include <algorithm>
#include <array>

#include "ip_print.h"

namespace cmds::ip {

namespace {

struct Flag {
  std::uint32_t bit;
  std::string_view name;
};
constexpr Flag flag_names[] = {{IFF_LOOPBACK, "LOOPBACK"},   {IFF_BROADCAST, "BROADCAST"}, {IFF_POINTOPOINT, "POINTOPOINT"},
                               {IFF_MULTICAST, "MULTICAST"}, {IFF_NOARP, "NOARP"},         {IFF_ALLMULTI, "ALLMULTI"},
                               {IFF_PROMISC, "PROMISC"},     {IFF_MASTER, "MASTER"},       {IFF_SLAVE, "SLAVE"},
                               {IFF_DEBUG, "DEBUG"},         {IFF_DYNAMIC, "DYNAMIC"},     {IFF_AUTOMEDIA, "AUTOMEDIA"},
                               {IFF_PORTSEL, "PORTSEL"},     {IFF_NOTRAILERS, "NOTRAILERS"}, {IFF_UP, "UP"},
                               {IFF_LOWER_UP, "LOWER_UP"},   {IFF_DORMANT, "DORMANT"},     {IFF_ECHO, "ECHO"}};

constexpr std::string_view states[] = {"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"};

struct TypeName {
  std::uint16_t type;
  std::string_view name;
};
constexpr TypeName type_names[] = {{ARPHRD_ETHER, "ether"},     {ARPHRD_LOOPBACK, "loopback"}, {ARPHRD_NONE, "none"},
                                   {ARPHRD_PPP, "ppp"},         {ARPHRD_TUNNEL, "ipip"},       {ARPHRD_TUNNEL6, "tunnel6"},
                                   {ARPHRD_SIT, "sit"},         {ARPHRD_IPGRE, "gre"},         {ARPHRD_IP6GRE, "gre6"},
                                   {ARPHRD_RAWIP, "rawip"},     {ARPHRD_VOID, "void"},         {ARPHRD_INFINIBAND, "infiniband"},
                                   {ARPHRD_IEEE802154, "ieee802.15.4"}, {ARPHRD_6LOWPAN, "6lowpan"}, {ARPHRD_CAN, "can"},
                                   {ARPHRD_NETLINK, "netlink"}, {ARPHRD_VSOCKMON, "vsockmon"}};

std::string type_name(std::uint16_t type) {
  for (const TypeName& one : type_names)
    if (one.type == type) return std::string(one.name);
  return fmt::format("[{}]", type);
}

void print_flags(Session& s, const net::Link& link, const net::Link* lower) {
  Output& out = s.out;
  out.begin_array("flags");
  out.words("<");
  bool first = true;
  const auto put = [&](std::string_view name) {
    if (!first) out.words(",");
    first = false;
    out.element(name);
  };
  if ((link.flags & IFF_UP) != 0 && (link.flags & IFF_RUNNING) == 0) put("NO-CARRIER");
  std::uint32_t rest = link.flags & ~static_cast<std::uint32_t>(IFF_RUNNING);
  for (const Flag& flag : flag_names) {
    if ((rest & flag.bit) == 0) continue;
    put(flag.name);
    rest &= ~flag.bit;
  }
  if (rest != 0) put(fmt::format("{:x}", rest));
  if (lower != nullptr && !lower->up()) put("M-DOWN");
  out.words("> ");
  out.end_array();
}

}  // namespace

void print_counters(Session& s, const rtnl_link_stats64& c) {
  Output& out = s.out;
  struct Column {
    const char* key;
    std::uint64_t value;
    std::string_view title = key;  // empty: the column is left out
    std::uint64_t shown = value;   // as text
  };
  constexpr std::size_t columns = 7;
  using Row = std::array<Column, columns>;
  const auto row = [](std::uint64_t bytes, std::uint64_t packets, std::uint64_t errors, std::uint64_t dropped, Column fifth, Column sixth,
                      std::uint64_t compressed) -> Row {
    return {{{"bytes", bytes}, {"packets", packets}, {"errors", errors}, {"dropped", dropped}, fifth, sixth,
             {"compressed", compressed, compressed == 0 ? "" : "compressed"}}};
  };
  // "missed" counts frames that the card had no room for; with -j iproute2 has another counter in its place.
  const Row rx = row(c.rx_bytes, c.rx_packets, c.rx_errors, c.rx_dropped, {"over_errors", c.rx_over_errors, "missed", c.rx_missed_errors},
                     {"multicast", c.multicast, "mcast"}, c.rx_compressed);
  const Row tx = row(c.tx_bytes, c.tx_packets, c.tx_errors, c.tx_dropped, {"carrier_errors", c.tx_carrier_errors, "carrier"},
                     {"collisions", c.collisions, "collsns"}, c.tx_compressed);
  // Both rows have the same widths; iproute2's least ones. The first column begins where "RX:" does.
  std::array<std::size_t, columns> width = {10, 7, 6, 7, 7, 7, 10};
  for (const Row* one : {&rx, &tx})
    for (std::size_t i = 0; i < columns; ++i) width[i] = std::max(width[i], std::to_string((*one)[i].shown).size());
  const auto table = [&](const char* key, std::string_view name, const Row& cells) {
    std::string titles = fmt::format("    {}: {:>{}}", name, cells[0].title, width[0] - 4), values = "    ";
    for (std::size_t i = 1; i < columns; ++i) titles += fmt::format(" {:>{}}", cells[i].title, width[i]);
    out.begin_object(key);
    for (std::size_t i = 0; i < columns && !cells[i].title.empty(); ++i) {
      values += fmt::format("{:>{}} ", cells[i].shown, width[i]);
      out.member(cells[i].key, cells[i].value);
    }
    out.end_object();
    out.line();
    out.words(titles);
    out.line();
    out.words(values);
  };
  out.begin_object("stats64");
  table("rx", "RX", rx);
  table("tx", "TX", tx);
  out.end_object();
}

void print_link(Session& s, const net::Link& link, LinkText text) {
  Output& out = s.out;
  out.number("ifindex", "{}: ", static_cast<std::uint64_t>(link.index));
  const net::Link* lower = nullptr;
  out.string("ifname", "{}", link.name);
  if (link.lower_namespace && link.lower != 0) {
    out.number("link_index", "@if{}", static_cast<std::uint64_t>(link.lower));
  } else if (link.lower != 0 && link.lower != link.index) {
    out.string("link", "@{}", s.links.name(link.lower));
    lower = s.links.find(link.lower);
  } else if (link.type == ARPHRD_IPGRE || link.type == ARPHRD_IP6GRE || link.type == ARPHRD_SIT || link.type == ARPHRD_TUNNEL ||
             link.type == ARPHRD_TUNNEL6 || link.kind == "gretap" || link.kind == "ip6gretap") {
    out.null("link", "@NONE");
  }
  out.words(": ");
  print_flags(s, link, lower);
  out.number("mtu", "mtu {} ", link.mtu);
  if (!link.queueing.empty()) out.string("qdisc", "qdisc {} ", link.queueing);
  if (link.master != 0) out.string("master", "master {} ", s.links.name(link.master));
  const std::size_t state = link.operational_state;
  out.string("operstate", "state {} ", state < std::size(states) ? states[state] : "UNKNOWN");
  if (text == LinkText::link) out.string("linkmode", "mode {} ", link.mode == 1 ? "DORMANT" : "DEFAULT");
  out.string("group", "group {} ", link.group == 0 ? "default" : std::to_string(link.group));
  if (link.queue_length != 0 && text != LinkText::event) out.number("txqlen", "qlen {}", link.queue_length);
  // As in iproute2, the link layer is left out of a listing of one address family.
  if (text != LinkText::above_addresses || s.options.family == 0) {
    out.line();
    out.string("link_type", "    link/{} ", type_name(link.type));
    if (!link.address.empty()) {
      out.string("address", "{}", net::hardware_text(link.address, link.type));
      if (!link.broadcast.empty()) {
        const bool point_to_point = (link.flags & IFF_POINTOPOINT) != 0;
        if (point_to_point) out.flag("link_pointtopoint", "");
        out.string("broadcast", point_to_point ? " peer {}" : " brd {}", net::hardware_text(link.broadcast, link.type));
      }
    }
    if (link.lower_namespace) out.number("link_netnsid", " link-netnsid {}", static_cast<std::uint64_t>(*link.lower_namespace));
  }
  if (text != LinkText::above_addresses && !link.alias.empty()) {
    out.line();
    out.string("ifalias", "    alias {}", link.alias);
  }
  if (text == LinkText::link && s.options.statistics) print_counters(s, link.counters);
  if (!link.other_names.empty()) {
    out.begin_array("altnames");
    for (const std::string& name : link.other_names) {
      out.line();
      out.words("    altname ");
      out.element(name);
    }
    out.end_array();
  }
}

}  // namespace cmds::ip
