// How a route is printed.
#include <fmt/format.h>
#include <linux/in_route.h>
#include <sys/socket.h>

#include <utility>

#include "ip_names.h"
#include "ip_print.h"

namespace cmds::ip {

namespace {

struct HopFlag {
  std::uint32_t bit;
  std::string_view name;
};
constexpr HopFlag hop_flags[] = {{RTNH_F_DEAD, "dead"},       {RTNH_F_ONLINK, "onlink"}, {RTNH_F_PERVASIVE, "pervasive"},
                                 {RTNH_F_OFFLOAD, "offload"}, {RTNH_F_TRAP, "trap"},     {RTNH_F_LINKDOWN, "linkdown"},
                                 {RTNH_F_UNRESOLVED, "unresolved"}};

constexpr HopFlag cache_flags[] = {{RTCF_LOCAL, "local"},    {RTCF_REJECT, "reject"},     {RTCF_MULTICAST, "mc"},
                                   {RTCF_BROADCAST, "brd"},  {RTCF_DNAT, "dst-nat"},      {RTCF_SNAT, "src-nat"},
                                   {RTCF_MASQ, "masq"},      {RTCF_DIRECTDST, "dst-direct"}, {RTCF_DIRECTSRC, "src-direct"},
                                   {RTCF_REDIRECTED, "redirected"}, {RTCF_DOREDIRECT, "redirect"}};

struct Metric {
  std::uint16_t number;
  const char* name;
};
constexpr Metric metric_names[] = {{RTAX_MTU, "mtu"},           {RTAX_WINDOW, "window"},     {RTAX_RTT, "rtt"},
                                   {RTAX_RTTVAR, "rttvar"},     {RTAX_SSTHRESH, "ssthresh"}, {RTAX_CWND, "cwnd"},
                                   {RTAX_ADVMSS, "advmss"},     {RTAX_REORDERING, "reordering"}, {RTAX_HOPLIMIT, "hoplimit"},
                                   {RTAX_INITCWND, "initcwnd"}, {RTAX_FEATURES, "features"}, {RTAX_RTO_MIN, "rto_min"},
                                   {RTAX_INITRWND, "initrwnd"}, {RTAX_QUICKACK, "quickack"}};

void print_flags(Output& out, std::uint32_t flags) {
  out.begin_array("flags");
  for (const HopFlag& flag : hop_flags)
    if ((flags & flag.bit) != 0) {
      out.element(flag.name);
      out.words(" ");
    }
  out.end_array();
}

void print_gateway(Output& out, const net::IpAddress& gateway, std::uint8_t family) {
  if (!gateway) return;
  if (gateway.family == family) return out.string("gateway", "via {} ", gateway.text());
  out.begin_object("via");
  out.string("family", "via {} ", gateway.family == AF_INET6 ? "inet6" : "inet");
  out.string("host", "{} ", gateway.text());
  out.end_object();
}

std::string prefix_text(const net::IpPrefix& prefix, bool without_length) {
  if (prefix.length == 0 && !prefix.address) return without_length ? "default" : "all";
  if (prefix.length == prefix.address.bits()) return prefix.address.text();
  return prefix.text();
}

void print_metrics(Output& out, const net::Route& route) {
  if (route.metrics.empty()) return;
  out.begin_array("metrics");
  out.begin_object();
  for (const auto& [number, value] : route.metrics) {
    const bool locked = number < 32 && (route.locked_metrics >> number & 1) != 0;
    const char* name = nullptr;
    for (const Metric& metric : metric_names)
      if (metric.number == number) name = metric.name;
    const std::string text = name != nullptr ? name : fmt::format("metric {}", number);
    out.number(text.c_str(), fmt::format("{} {}{{}} ", text, locked ? "lock " : ""), value);
  }
  out.end_object();
  out.end_array();
}

}  // namespace

void print_route(Session& s, const net::Route& route, const Asked& asked) {
  Output& out = s.out;
  if (route.type != RTN_UNICAST && !asked.type) out.string("type", "{} ", name_of(Names::route_type, route.type));
  out.string("dst", "{} ", prefix_text(route.destination, true));
  if (route.source.address) out.string("from", "from {} ", prefix_text(route.source, false));
  if (route.next_hop_id) out.number("nhid", "nhid {} ", *route.next_hop_id);
  if (route.tos != 0) out.string("tos", "tos {} ", fmt::format("0x{:02x}", route.tos));
  const bool several = route.hops.size() > 1;
  if (!several && !route.hops.empty()) {
    const net::NextHop& hop = route.hops.front();
    if (!asked.gateway) print_gateway(out, hop.gateway, route.family);
    if (hop.link != 0 && !asked.link) out.string("dev", "dev {} ", s.links.name(hop.link));
  }
  if (!route.cached) {
    if (route.table != RT_TABLE_MAIN && asked.table != route.table) out.string("table", "table {} ", name_of(Names::table, route.table));
    if (route.protocol != RTPROT_BOOT && !asked.protocol) out.string("protocol", "proto {} ", name_of(Names::protocol, route.protocol));
    if (route.scope != RT_SCOPE_UNIVERSE && !asked.scope) out.string("scope", "scope {} ", name_of(Names::scope, route.scope));
  } else if (route.table != RT_TABLE_MAIN && route.table != 0) {
    out.string("table", "table {} ", name_of(Names::table, route.table));
  }
  if (route.preferred_source && !asked.source) out.string("prefsrc", "src {} ", route.preferred_source.text());
  if (route.metric && !asked.metric) out.number("metric", "metric {} ", *route.metric);
  print_flags(out, route.flags);
  if (route.user) out.number("uid", "uid {} ", *route.user);
  if (route.cached && route.family == AF_INET) {
    out.line();
    out.words("    cache ");
    out.begin_array("cache");
    std::string_view before = "<";
    for (const HopFlag& flag : cache_flags) {
      if ((route.flags & flag.bit) == 0) continue;
      out.words(std::exchange(before, ","));
      out.element(flag.name);
    }
    if (before == ",") out.words("> ");
    out.end_array();
  }
  if (route.expires_seconds) out.number("expires", "expires {}sec ", *route.expires_seconds);
  if (route.error != 0) out.number("error", "error {} ", static_cast<std::uint32_t>(route.error));
  print_metrics(out, route);
  if (route.input_link != 0) out.string("iif", "iif {} ", s.links.name(route.input_link));
  constexpr std::string_view preferences[] = {"medium", "high", "invalid", "low"};  // RFC 4191 section 2.1
  if (route.preference) out.string("pref", "pref {}", preferences[*route.preference & 3]);
  if (several) {
    out.begin_array("nexthops");
    for (const net::NextHop& hop : route.hops) {
      out.begin_object();
      out.line();
      out.words("\tnexthop ");
      print_gateway(out, hop.gateway, route.family);
      out.string("dev", "dev {} ", s.links.name(hop.link));
      out.number("weight", "weight {} ", hop.weight);
      print_flags(out, hop.flags);
      out.end_object();
    }
    out.end_array();
  }
}

}  // namespace cmds::ip
