#include "ip_names.h"

#include <fmt/format.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <span>

#include "ip.h"

namespace cmds::ip {

namespace {

struct Name {
  std::uint32_t number;
  std::string_view text;
};

constexpr Name tables[] = {{RT_TABLE_LOCAL, "local"}, {RT_TABLE_MAIN, "main"}, {RT_TABLE_DEFAULT, "default"}, {0, "all"}};
constexpr Name protocols[] = {{RTPROT_UNSPEC, "unspec"},  {RTPROT_REDIRECT, "redirect"}, {RTPROT_KERNEL, "kernel"}, {RTPROT_BOOT, "boot"},
                              {RTPROT_STATIC, "static"},  {RTPROT_GATED, "gated"},       {RTPROT_RA, "ra"},         {RTPROT_MRT, "mrt"},
                              {RTPROT_ZEBRA, "zebra"},    {RTPROT_BIRD, "bird"},         {RTPROT_BABEL, "babel"},   {RTPROT_DNROUTED, "dnrouted"},
                              {RTPROT_XORP, "xorp"},      {RTPROT_NTK, "ntk"},           {RTPROT_DHCP, "dhcp"},     {RTPROT_KEEPALIVED, "keepalived"},
                              {RTPROT_BGP, "bgp"},        {RTPROT_ISIS, "isis"},         {RTPROT_OSPF, "ospf"},     {RTPROT_RIP, "rip"},
                              {RTPROT_EIGRP, "eigrp"},    {RTPROT_OPENR, "openr"}};
constexpr Name scopes[] = {{RT_SCOPE_UNIVERSE, "global"}, {RT_SCOPE_SITE, "site"}, {RT_SCOPE_LINK, "link"}, {RT_SCOPE_HOST, "host"},
                           {RT_SCOPE_NOWHERE, "nowhere"}, {RT_SCOPE_UNIVERSE, "universe"}};
constexpr Name route_types[] = {{RTN_UNSPEC, "none"},           {RTN_UNICAST, "unicast"},         {RTN_LOCAL, "local"},
                                {RTN_BROADCAST, "broadcast"},   {RTN_ANYCAST, "anycast"},         {RTN_MULTICAST, "multicast"},
                                {RTN_BLACKHOLE, "blackhole"},   {RTN_UNREACHABLE, "unreachable"}, {RTN_PROHIBIT, "prohibit"},
                                {RTN_THROW, "throw"},           {RTN_NAT, "nat"},                 {RTN_XRESOLVE, "xresolve"},
                                {RTN_BROADCAST, "brd"}};
constexpr Name states[] = {{NUD_INCOMPLETE, "INCOMPLETE"}, {NUD_REACHABLE, "REACHABLE"}, {NUD_STALE, "STALE"}, {NUD_DELAY, "DELAY"},
                           {NUD_PROBE, "PROBE"},           {NUD_FAILED, "FAILED"},       {NUD_NOARP, "NOARP"}, {NUD_PERMANENT, "PERMANENT"},
                           {NUD_NONE, "NONE"}};

std::span<const Name> table_of(Names names) {
  switch (names) {
    case Names::table: return tables;
    case Names::protocol: return protocols;
    case Names::scope: return scopes;
    case Names::route_type: return route_types;
    case Names::neighbor_state: break;
  }
  return states;
}

bool equal_but_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string name_of(Names names, std::uint32_t number) {
  for (const Name& name : table_of(names))
    if (name.number == number) return std::string(name.text);
  return std::to_string(number);
}

reactor::Result<std::uint32_t> number_of(Names names, std::string_view text, std::uint32_t most) {
  for (const Name& name : table_of(names))
    if (equal_but_case(name.text, text)) return name.number;
  auto number = shell::parse_number(text, text, 0, most);
  if (!number) return wrong_word(fmt::format("'{}' is neither a name nor a number", text));
  return static_cast<std::uint32_t>(*number);
}

}  // namespace cmds::ip
