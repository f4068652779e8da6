#include "net/trace_reasons.h"

#include <fmt/core.h>
#include <strings.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace net {

namespace {

constexpr DropReason kReasons[] = {
    {"NOT_SPECIFIED", "the code that dropped it gives no reason: look at the location", true},
    {"CONSUMED", "the packet was used up, not lost", true},
    {"QUEUE_PURGE", "a queue was emptied because its socket or device went away", true},
    {"SOCKET_CLOSE", "the socket was closed with data unread", true},
    {"UNIX_DISCONNECT", "a local (unix) socket was disconnected with data unread", true},
    {"UNIX_SKIP_OOB", "out-of-band data of a local (unix) socket was skipped", true},

    {"NO_SOCKET", "no socket is bound to that address and port: start the server, or check address, port and namespace"},
    {"SOCKET_FILTER", "a BPF filter on the socket refused it: check the program's filter"},
    {"SOCKET_RCVBUFF", "the socket's receive buffer is full: the program reads too slowly; raise net.core.rmem_max and SO_RCVBUF"},
    {"SOCKET_BACKLOG", "the socket's backlog is full while the program holds the socket: it reads too slowly"},
    {"PROTO_MEM", "the protocol's memory limit is reached: raise net.ipv4.udp_mem or tcp_mem"},
    {"NOMEM", "no memory for the packet: give the machine more"},

    {"OTHERHOST", "the destination MAC address is another host's: correct the sender, or take that address (`ifconfig IFACE hw ether MAC`); promisc shows such frames to captures and bridges, IP still drops them"},
    {"LOCAL_MAC", "the source MAC address is the interface's own: a loop, or a packet that came back"},
    {"MAC_INVALID_SOURCE", "the source MAC address is multicast or zero: check the sender"},
    {"UNHANDLED_PROTO", "nothing handles this EtherType: load the protocol's module, or check the frame's type"},
    {"UNICAST_IN_L2_MULTICAST", "an IP unicast packet came in a multicast frame: check the sender's MAC address"},
    {"DEV_HDR", "the device's header could not be read or made: the frame is shorter than its header"},
    {"DEV_READY", "the device is not ready: set it up (`ifconfig IFACE up`) and check its carrier"},
    {"TAP_FILTER", "a filter on the tap refused it: check the program that attached it"},
    {"TAP_TXFILTER", "the tap's address filter refused it: the reader asked for other MAC addresses"},
    {"FULL_RING", "the tap's or device's queue is full: nobody reads it fast enough (a tap without a reader fills up)"},

    {"IP_RPFILTER", "the reverse path check refused the source address: add a route to it, or sysctl net.ipv4.conf.{all,IFACE}.rp_filter=0"},
    {"IP_INHDR", "the IP header is wrong (version, header length, total length or TTL): check how the packet was made"},
    {"IP_CSUM", "the IPv4 header checksum is wrong: let it be computed (leave it out in JSON)"},
    {"UDP_CSUM", "the UDP checksum is wrong: let it be computed (leave it out in JSON)"},
    {"TCP_CSUM", "the TCP checksum is wrong: let it be computed (leave it out in JSON)"},
    {"ICMP_CSUM", "the ICMP checksum is wrong: let it be computed (leave it out in JSON)"},
    {"SKB_CSUM", "a checksum could not be computed or was wrong: let it be computed (leave it out in JSON)"},
    {"PKT_TOO_SMALL", "the packet is shorter than its headers say: check its length fields"},
    {"HDR_TRUNC", "a header is cut off: check the packet's length fields"},
    {"PKT_TOO_BIG", "it is larger than the MTU and must not be fragmented: raise the MTU, or send smaller packets"},
    {"IP_NOPROTO", "nothing handles this IP protocol number: load its module, or check the number"},
    {"INVALID_PROTO", "the protocol is not one that the receiver can take: check version and protocol fields"},
    {"IP_INADDRERRORS", "not for an address of ours, and forwarding is off: sysctl -w net.ipv4.ip_forward=1, or check addresses and routes"},
    {"IP_INNOROUTES", "there is no route for a packet that came in: add one, and for forwarding set net.ipv4.ip_forward=1"},
    {"IP_OUTNOROUTES", "there is no route to the destination: `ip route add`"},
    {"IP_LOCAL_SOURCE", "a packet came in with one of our own addresses as its source: check the sender, or accept_local=1"},
    {"IP_INVALID_SOURCE", "the source address must not be used as one (multicast, broadcast or zero): check the sender"},
    {"IP_LOCALNET", "a 127.x.x.x address on a real interface: sysctl net.ipv4.conf.IFACE.route_localnet=1, or another address"},
    {"IP_INVALID_DEST", "the destination address must not be used as one: check the packet"},
    {"IPV6DISABLED", "IPv6 is switched off on the interface: sysctl net.ipv6.conf.IFACE.disable_ipv6=0"},
    {"IPV6_BAD_EXTHDR", "an IPv6 extension header is wrong: check how the packet was made"},
    {"IPV6_NDISC_HOP_LIMIT", "a neighbour discovery message must have hop limit 255: check the sender"},
    {"IPV6_NDISC_BAD_CODE", "a neighbour discovery message must have ICMPv6 code 0: check the sender"},
    {"IPV6_NDISC_BAD_OPTIONS", "a neighbour discovery message has bad options: check the sender"},
    {"IPV6_NDISC_NS_OTHERHOST", "a neighbour solicitation asks for an address that is not ours", true},
    {"DUP_FRAG", "the same fragment came twice"},
    {"FRAG_REASM_TIMEOUT", "fragments of a packet did not all come in time: one was lost, or is filtered"},
    {"FRAG_TOO_FAR", "fragments came too far apart: packets overtake each other; see net.ipv4.ipfrag_max_dist"},

    {"NEIGH_FAILED", "nobody answers for the next hop's address: add a fakehost, a neighbour entry, or check the cable side"},
    {"NEIGH_QUEUEFULL", "too many packets wait for the next hop's MAC address: nobody answers for it; add a fakehost or a neighbour entry"},
    {"NEIGH_CREATEFAIL", "no neighbour entry could be made: the table is full (net.ipv4.neigh.default.gc_thresh3) or the address is odd"},
    {"NEIGH_DEAD", "the neighbour entry was removed while packets waited: the interface or its address changed"},

    {"NETFILTER_DROP", "a firewall rule dropped it: look at `nft list ruleset` or iptables -L -v"},
    {"SECURITY_HOOK", "a security module refused it: check its policy"},
    {"XFRM_POLICY", "no IPsec policy allows it: `ip xfrm policy`"},
    {"BPF_CGROUP_EGRESS", "a BPF program of the control group refused it"},
    {"XDP", "an XDP program dropped it: look at `ip link show IFACE`"},
    {"TC_INGRESS", "a tc filter dropped it on the way in: `tc filter show dev IFACE ingress`"},
    {"TC_EGRESS", "a tc filter dropped it on the way out: `tc filter show dev IFACE egress`"},
    {"QDISC_DROP", "the interface's queue is full or its discipline dropped it: send more slowly, or raise txqueuelen"},
    {"QDISC_OVERLIMIT", "the queue discipline's limit is reached: send more slowly, or raise its limit"},
    {"CPU_BACKLOG", "the CPU's receive queue is full: raise net.core.netdev_max_backlog"},
    {"RECURSION_LIMIT", "too many virtual devices on top of each other, or a loop of them"},

    {"TCP_FLAGS", "TCP flags that make no sense in this state: check how the packet was made"},
    {"TCP_RESET", "the peer reset the connection"},
    {"TCP_CLOSE", "data came for a TCP connection that is closed"},
    {"TCP_INVALID_SEQUENCE", "the TCP sequence number is outside the window: check the script's numbers"},
    {"TCP_INVALID_SYN", "a SYN came inside a connection: an old peer, or an injected packet"},
    {"TCP_OLD_DATA", "TCP data that was already received", true},
    {"TCP_OLD_SEQUENCE", "TCP data that was already received", true},
    {"TCP_OVERWINDOW", "TCP data beyond the receive window: the receiver reads too slowly, or the number is wrong"},
    {"TCP_ZEROWINDOW", "TCP data while the receive window is closed: the receiver reads too slowly"},
    {"TCP_LISTEN_OVERFLOW", "the listener's queue is full: raise its backlog and net.core.somaxconn"},
    {"TCP_RFC7323_PAWS", "the TCP time stamp went backwards: check the sender's time stamps"},
    {"TCP_MINTTL", "the TTL is below the socket's minimum (GTSM): check the number of hops"},

    {"VXLAN_INVALID_HDR", "the VXLAN header is wrong: check its flags"},
    {"VXLAN_VNI_NOT_FOUND", "no VXLAN device has this VNI: check the number"},
    {"BRIDGE_INGRESS_STP_STATE", "the bridge port is not forwarding yet: wait, or switch STP off"},
    {"NO_TX_TARGET", "a bridge, bond or tunnel has nowhere to send it: check its ports and its forwarding table"},
};

struct Protocol {
  std::uint16_t number;
  const char* name;
};
/// include/uapi/linux/if_ether.h; the first name of a number is the one shown.
constexpr Protocol kProtocols[] = {
    {0x0800, "IPv4"}, {0x0800, "ip"},   {0x86dd, "IPv6"},  {0x0806, "ARP"},  {0x8100, "VLAN"},  {0x88a8, "QinQ"}, {0x8847, "MPLS"},
    {0x8864, "PPPoE"}, {0x88cc, "LLDP"}, {0x0004, "802.2"}, {0x8035, "RARP"}, {0x88e5, "MACsec"},
};

}  // namespace

const DropReason* find_drop_reason(std::string_view name) {
  const auto* found = std::find_if(std::begin(kReasons), std::end(kReasons), [&](const DropReason& r) { return r.name == name; });
  return found == std::end(kReasons) ? nullptr : found;
}

bool is_normal_drop(std::string_view name) {
  const DropReason* reason = find_drop_reason(name);
  return reason != nullptr && reason->normal;
}

std::string protocol_name(std::uint16_t ethertype) {
  if (ethertype == 0) return "-";
  for (const Protocol& protocol : kProtocols)
    if (protocol.number == ethertype) return protocol.name;
  return fmt::format("0x{:04x}", ethertype);
}

std::optional<std::uint16_t> protocol_number(std::string_view name) {
  for (const Protocol& protocol : kProtocols)
    if (std::string_view(protocol.name).size() == name.size() && ::strncasecmp(protocol.name, name.data(), name.size()) == 0)
      return protocol.number;
  const bool hex = name.starts_with("0x");
  const auto digits = hex ? name.substr(2) : name;
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace net
