#!/usr/bin/env bash
# The set-up of the nat46 harness in a VM: two TAPs, addresses of both families, routes, MAC addresses, forwarding; read back
# as ip -j gives it. Then the kinds of interfaces that Debian's kernel has as modules, and how iproute2 itself sees them.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit

modules=$(find "$SOURCE_DIR/build/vm/debian/lib/modules" -name '*.ko*' | grep -E '/(dummy|8021q|garp|mrp|stp|llc|bridge|ifb|vxlan|udp_tunnel|ip6_udp_tunnel|gre|ip_gre|ip_tunnel|ip6_gre|ip6_tunnel|tunnel6|vrf|veth)\.ko' | sed 's/^/--module /')
script $modules <<'RUN'
ls /
ifconfig lo 127.0.0.1 netmask 255.0.0.0
ifconfig lo ::1/128
ifconfig lo up
ifconfig nat46dev up
mknod /dev/net/tun c 10 200
tap add tap0
ifconfig tap0 192.168.1.1 netmask 255.255.255.0
ifconfig tap0 2001:db8:1::1/64
ifconfig tap0 hw ether 02:00:00:00:00:AA
ifconfig tap0 up promisc
tap add tap1
ifconfig tap1 192.168.2.1 netmask 255.255.255.0
ifconfig tap1 fe80::2/64
ifconfig tap1 2001:db8:2::1/64
ifconfig tap1 up promisc
ifconfig tap1 hw ether 02:00:00:00:00:BB
echo 1 >/proc/sys/net/ipv4/conf/all/forwarding
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
ip -6 route add ::/0 via fe80::1 dev tap1
ip route add 0.0.0.0/0 dev tap0
ifconfig
ping -c 1 192.168.1.1
ip -j addr > /mnt/host/addr.json
ip -j route > /mnt/host/route.json
ip -j -6 route > /mnt/host/route6.json
sysctl net.ipv4.conf.all.forwarding net.ipv6.conf.all.forwarding > /mnt/host/forwarding
ip link add d0 type dummy
ip link set d0 up
ip addr add 192.0.2.1/24 dev d0
ip -6 addr add 2001:db8::1/64 dev d0 nodad
ip link add v0 type veth peer name v1
ip link add br0 type bridge stp_state 1
ip link set v1 master br0
ip link add link d0 name d0.10 type vlan id 10
ip link add ifb7 type ifb
ip link add vx0 type vxlan id 100 dstport 4789 local 192.0.2.1 remote 192.0.2.2
ip link add g0 type gre local 192.0.2.1 remote 192.0.2.2 key 5 ttl 64
ip link add g1 type gretap local 192.0.2.1 remote 192.0.2.3
ip link add g2 type ip6gre local 2001:db8::1 remote 2001:db8::2
ip link add g3 type ip6gretap local 2001:db8::1 remote 2001:db8::3
ip link add vrf0 type vrf table 100
ip link set v0 vrf vrf0
ip -j link > /mnt/host/link.json
ip link del v1
ip link del d0
ip -j link > /mnt/host/left.json
tap del tap0
tap show
RUN
expect_status 0
holds() { # holds NAME FILE JQ-CONDITION
  jq -e "$3" "$share/$2" > /dev/null 2>&1 || { complain "$1"; head -c 3000 "$share/$2"; echo; }
}
expect "ifconfig: nat46dev: No such device" "Successfully created TAP interface 'tap1'" "^1 packets transmitted, 1 received"
of() { printf '[.[] | select(.ifname == "%s")][0]' "$1"; }
holds "tap0: MAC, flags, IPv4" addr.json "$(of tap0) | .address == \"02:00:00:00:00:aa\" and (.flags | contains([\"UP\", \"PROMISC\"])) and ([.addr_info[] | select(.family == \"inet\") | [.local, .prefixlen, .broadcast]] == [[\"192.168.1.1\", 24, \"192.168.1.255\"]])"
holds "tap1: IPv6" addr.json "$(of tap1) | [.addr_info[] | select(.family == \"inet6\") | .local] | contains([\"fe80::2\", \"2001:db8:2::1\"])"
holds "lo" addr.json "$(of lo) | [.addr_info[].local] == [\"127.0.0.1\", \"::1\"]"
holds "the IPv4 default route" route.json 'any(.[]; .dst == "default" and .dev == "tap0" and .scope == "link")'
holds "the IPv6 default route" route6.json 'any(.[]; .dst == "default" and .gateway == "fe80::1" and .dev == "tap1")'
[ "$(grep -c ' = 1$' "$share/forwarding")" = 2 ] || complain "forwarding is not on"
holds "every kind" link.json '[.[].ifname] | contains(["d0", "v0", "v1", "br0", "d0.10", "ifb7", "vx0", "g0", "g1", "g2", "g3", "vrf0"])'
holds "a vlan on its interface" link.json "$(of d0.10) | .link == \"d0\""
holds "masters" link.json "($(of v1) | .master == \"br0\") and ($(of v0) | .master == \"vrf0\")"
holds "tunnels" link.json "$(of g0) | .link_type == \"gre\" and .address == \"192.0.2.1\" and .broadcast == \"192.0.2.2\""
holds "what stood on a deleted interface is gone" left.json '[.[].ifname] | contains(["d0"]) or contains(["d0.10"]) or contains(["v0"]) | not'
expect "^tap1 +TAP"
checked
