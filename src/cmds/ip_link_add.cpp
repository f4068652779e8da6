// ip link add: the kinds of virtual interfaces and their own options, one table line each (ip-link(8)).
#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/if_tunnel.h>
#include <sys/socket.h>

#include "ip_link.h"

namespace cmds::ip {

namespace {

enum class Value {
  u8, u16, u32, be16, yes, no, address, device, key, vlan_protocol, port_range, tunnel_ttl, flow_label,
};

struct Option {
  std::string_view kinds;  // separated by spaces
  std::string_view word;
  Value value;
  std::uint16_t attribute;
  std::uint16_t attribute6 = 0;  // address: for IPv6, where it is another attribute
};

constexpr std::string_view kGre4 = "gre gretap", kGre6 = "ip6gre ip6gretap", kGre = "gre gretap ip6gre ip6gretap";

constexpr Option options[] = {
    {"vlan", "id", Value::u16, IFLA_VLAN_ID},
    {"vlan", "protocol", Value::vlan_protocol, IFLA_VLAN_PROTOCOL},
    {"bridge", "forward_delay", Value::u32, IFLA_BR_FORWARD_DELAY},
    {"bridge", "hello_time", Value::u32, IFLA_BR_HELLO_TIME},
    {"bridge", "max_age", Value::u32, IFLA_BR_MAX_AGE},
    {"bridge", "ageing_time", Value::u32, IFLA_BR_AGEING_TIME},
    {"bridge", "stp_state", Value::u32, IFLA_BR_STP_STATE},
    {"bridge", "priority", Value::u16, IFLA_BR_PRIORITY},
    {"bridge", "vlan_filtering", Value::u8, IFLA_BR_VLAN_FILTERING},
    {"bridge", "vlan_default_pvid", Value::u16, IFLA_BR_VLAN_DEFAULT_PVID},
    {"bridge", "mcast_snooping", Value::u8, IFLA_BR_MCAST_SNOOPING},
    {"bridge", "group_fwd_mask", Value::u16, IFLA_BR_GROUP_FWD_MASK},
    {"vrf", "table", Value::u32, IFLA_VRF_TABLE},
    {"vxlan", "id", Value::u32, IFLA_VXLAN_ID},
    {"vxlan", "vni", Value::u32, IFLA_VXLAN_ID},
    {"vxlan", "group", Value::address, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6},
    {"vxlan", "remote", Value::address, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6},
    {"vxlan", "local", Value::address, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6},
    {"vxlan", "dev", Value::device, IFLA_VXLAN_LINK},
    {"vxlan", "dstport", Value::be16, IFLA_VXLAN_PORT},
    {"vxlan", "srcport", Value::port_range, IFLA_VXLAN_PORT_RANGE},
    {"vxlan", "ttl", Value::tunnel_ttl, IFLA_VXLAN_TTL},
    {"vxlan", "hoplimit", Value::tunnel_ttl, IFLA_VXLAN_TTL},
    {"vxlan", "tos", Value::u8, IFLA_VXLAN_TOS},
    {"vxlan", "ageing", Value::u32, IFLA_VXLAN_AGEING},
    {"vxlan", "learning", Value::yes, IFLA_VXLAN_LEARNING},
    {"vxlan", "nolearning", Value::no, IFLA_VXLAN_LEARNING},
    {"vxlan", "proxy", Value::yes, IFLA_VXLAN_PROXY},
    {"vxlan", "udpcsum", Value::yes, IFLA_VXLAN_UDP_CSUM},
    {"vxlan", "noudpcsum", Value::no, IFLA_VXLAN_UDP_CSUM},
    {kGre, "remote", Value::address, IFLA_GRE_REMOTE, IFLA_GRE_REMOTE},
    {kGre, "local", Value::address, IFLA_GRE_LOCAL, IFLA_GRE_LOCAL},
    {kGre, "dev", Value::device, IFLA_GRE_LINK},
    {kGre, "key", Value::key, 0},
    {kGre, "ikey", Value::key, IFLA_GRE_IKEY},
    {kGre, "okey", Value::key, IFLA_GRE_OKEY},
    {kGre, "ttl", Value::tunnel_ttl, IFLA_GRE_TTL},
    {kGre, "hoplimit", Value::tunnel_ttl, IFLA_GRE_TTL},
    {kGre4, "tos", Value::u8, IFLA_GRE_TOS},
    {kGre4, "pmtudisc", Value::yes, IFLA_GRE_PMTUDISC},
    {kGre4, "nopmtudisc", Value::no, IFLA_GRE_PMTUDISC},
    {kGre4, "ignore-df", Value::yes, IFLA_GRE_IGNORE_DF},
    {kGre4, "noignore-df", Value::no, IFLA_GRE_IGNORE_DF},
    {kGre6, "encaplimit", Value::u8, IFLA_GRE_ENCAP_LIMIT},
    {kGre6, "flowlabel", Value::flow_label, IFLA_GRE_FLOWINFO},
};

// "csum", "iseq" and the like of GRE tunnels: bits of the flags of each direction.
struct GreFlag {
  std::string_view word;
  std::uint16_t bit;
  bool in, out;
};
constexpr GreFlag gre_flags[] = {{"seq", 0x1000, true, true},   {"iseq", 0x1000, true, false},  {"oseq", 0x1000, false, true},
                                 {"csum", 0x8000, true, true},  {"icsum", 0x8000, true, false}, {"ocsum", 0x8000, false, true}};
constexpr std::uint16_t kGreKey = 0x2000;

constexpr std::string_view kinds = " dummy veth bridge vlan ifb vxlan gre gretap ip6gre ip6gretap vrf ";

bool has_word(std::string_view list, std::string_view word) {
  return fmt::format(" {} ", list).find(fmt::format(" {} ", word)) != std::string::npos;
}

struct GreState {
  std::uint16_t in = 0, out = 0;
};

// A GRE key is a number or a dotted quad.
Result<std::uint32_t> parse_key(std::string_view text) {
  if (const auto address = net::parse_address(text, AF_INET)) return ntohl(net::leading<std::uint32_t>(address->bytes()));
  TRY(number, shell::parse_number(text, "key", 0, UINT32_MAX));
  return static_cast<std::uint32_t>(number);
}

Result<void> put_option(const Session& s, Words& words, std::string_view kind, const Option& option, net::NewLink& link, GreState& gre) {
  net::AttributeBuilder& data = link.data;
  switch (option.value) {
    case Value::u8: {
      TRY(number, words.number(0xff));
      data.add_u8(option.attribute, static_cast<std::uint8_t>(number));
      break;
    }
    case Value::u16: {
      TRY(number, words.number(0xffff));
      data.add_u16(option.attribute, static_cast<std::uint16_t>(number));
      break;
    }
    case Value::u32: {
      TRY(number, words.number());
      data.add_u32(option.attribute, number);
      break;
    }
    case Value::be16: {
      TRY(number, words.number(0xffff));
      data.add_be16(option.attribute, static_cast<std::uint16_t>(number));
      break;
    }
    case Value::yes: data.add_u8(option.attribute, 1); break;
    case Value::no: data.add_u8(option.attribute, 0); break;
    case Value::address: {
      TRY(text, words.value());
      if (text == "any") break;
      const int family = has_word(kGre4, kind) ? AF_INET : has_word(kGre6, kind) ? AF_INET6 : AF_UNSPEC;
      TRY(address, parse_address(text, family));
      data.add(address.family == AF_INET6 ? option.attribute6 : option.attribute, address.bytes());
      break;
    }
    case Value::device: {
      TRY(name, words.value());
      TRY(index, s.device(name));
      data.add_u32(option.attribute, static_cast<std::uint32_t>(index));
      break;
    }
    case Value::key: {
      TRY(text, words.value());
      TRY(key, parse_key(text));
      if (option.attribute != IFLA_GRE_OKEY) {
        data.add_be32(IFLA_GRE_IKEY, key);
        gre.in |= kGreKey;
      }
      if (option.attribute != IFLA_GRE_IKEY) {
        data.add_be32(IFLA_GRE_OKEY, key);
        gre.out |= kGreKey;
      }
      break;
    }
    case Value::vlan_protocol: {
      TRY(text, words.value());
      const bool outer = text == "802.1ad" || text == "802.1AD";
      if (!outer && text != "802.1q" && text != "802.1Q") return wrong_word(fmt::format("protocol: '802.1q' or '802.1ad', not '{}'", text));
      data.add_be16(option.attribute, outer ? ETH_P_8021AD : ETH_P_8021Q);
      break;
    }
    case Value::port_range: {
      TRY(low, words.number(0xffff));
      TRY(high, words.number(0xffff));
      data.add_value(option.attribute, ifla_vxlan_port_range{htons(static_cast<std::uint16_t>(low)), htons(static_cast<std::uint16_t>(high))});
      break;
    }
    case Value::tunnel_ttl: {
      TRY(text, words.value());
      if (text == "inherit") {
        data.add_u8(option.attribute, 0);
        break;
      }
      TRY(ttl, shell::parse_number(text, option.word, 0, 255));
      data.add_u8(option.attribute, static_cast<std::uint8_t>(ttl));
      break;
    }
    case Value::flow_label: {
      TRY(label, words.number(0xfffff));
      data.add_be32(option.attribute, label);
      break;
    }
  }
  return {};
}

}  // namespace

Result<void> parse_kind_options(const Session& s, Words& words, std::string_view kind, net::NewLink& link) {
  GreState gre;
  const bool is_gre = has_word(kGre, kind);
  if (has_word(kGre6, kind)) {
    // What iproute2 and RFC 2473 (section 6.6) start from; the kernel would take 0.
    link.data.add_u8(IFLA_GRE_TTL, 64);
    link.data.add_u8(IFLA_GRE_ENCAP_LIMIT, 4);
  }
  while (!words.done()) {
    if (kind == "veth" && words.is("peer")) {
      net::LinkChange& peer = link.peer.emplace();
      while (!words.done()) {
        TRY(known, parse_setting(s, words, peer));
        if (known) continue;
        if (peer.name) return tl::unexpected(words.unknown("veth peer"));
        TRY_VOID(net::check_link_name(words.peek()));
        peer.name = words.take();
      }
      break;
    }
    bool known = false;
    for (const GreFlag& flag : gre_flags)
      if (is_gre && words.is(flag.word)) {
        if (flag.in) gre.in |= flag.bit;
        if (flag.out) gre.out |= flag.bit;
        known = true;
        break;
      }
    for (const Option& option : options)
      if (!known && has_word(option.kinds, kind) && words.is(option.word)) {
        TRY_VOID(put_option(s, words, kind, option, link, gre));
        known = true;
        break;
      }
    if (!known) return tl::unexpected(words.unknown(kind));
  }
  if (gre.in != 0) link.data.add_u16(IFLA_GRE_IFLAGS, htons(gre.in));
  if (gre.out != 0) link.data.add_u16(IFLA_GRE_OFLAGS, htons(gre.out));
  return {};
}

Result<net::NewLink> parse_new_link(const Session& s, Words words) {
  net::NewLink link;
  while (!words.done()) {
    if (words.is("type")) {
      TRY(kind, words.value());
      if (!has_word(kinds, kind)) return wrong_word(fmt::format("unknown type '{}'; known:{}", kind, kinds.substr(0, kinds.size() - 1)));
      link.kind = kind;
      TRY_VOID(parse_kind_options(s, words, kind, link));
      break;
    }
    if (words.is("link")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      link.lower = index;
      continue;
    }
    TRY(known, parse_setting(s, words, link.settings));
    if (known) continue;
    words.is("dev");
    TRY(name, words.value());
    if (link.settings.name) return tl::unexpected(words.unknown("link add"));
    TRY_VOID(net::check_link_name(name));
    link.settings.name = name;
  }
  if (link.kind.empty()) return wrong_value("link add: 'type KIND' is missing");
  if (link.kind == "vlan" && link.lower == 0) return wrong_word("vlan: 'link IF' is missing");
  return link;
}

}  // namespace cmds::ip
