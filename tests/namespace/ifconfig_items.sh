#!/usr/bin/env bash
# ifconfig, arp, route and sysctl; what they did is read back with iproute2.
set -u
[ "$(id -u)" = 0 ] && command -v ip >/dev/null && command -v jq >/dev/null && [ -e /dev/net/tun ] || exit 77
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
failed=0
run() { unshare -n "$MYINIT" "$work/lines" > "$work/out" 2> "$work/err"; }
is() { # is NAME FILE JQ-CONDITION
  jq -e "$3" "$work/$2" > /dev/null || { echo "FAILED: $1"; jq -c . "$work/$2"; failed=1; }
}
says() { # says NAME FILE REGEX
  grep -qE -- "$3" "$work/$2" || { echo "FAILED: $1: no '$3' in $2"; sed 's/^/    /' "$work/$2"; failed=1; }
}

# The lines of the nat46 harness, and the mixed forms.
cat > "$work/lines" <<E2
ifconfig lo 127.0.0.1 netmask 255.0.0.0
ifconfig lo ::1/128
ifconfig lo up
tap add tap0
tap add tap1
sysctl -w net.ipv6.conf.tap0.accept_dad=0
ifconfig tap0 192.168.1.1 netmask 255.255.255.0 up promisc
ifconfig tap0 2001:db8::1/64
ifconfig tap0 hw ether 02:00:00:AB:CD:EF
exec ip -j addr > $work/first
ifconfig tap0 192.168.1.2
exec ip -j addr show tap0 > $work/replaced
ifconfig tap0 192.168.1.3/25 2001:db8::5 mtu 1400 -promisc -arp allmulti nonsense down
echo status \$? > $work/status
exec ip -j addr show tap0 > $work/second
ifconfig tap0 300.1.1.1 1.2.3.4/33 2001:db8::1/129
ifconfig tap0 arp -allmulti up add 10.0.0.1/8 add 2001:db8:1::1/64 del 2001:db8::5 del 10.9.9.9
exec ip -j addr show tap0 > $work/third
ifconfig tap1 inet 192.0.2.65/26 inet6 add 2001:db8:7::1/64 inet6 2001:db8:8::1
ifconfig tap1 inet6 del 2001:db8:8::1
exec ip -j addr show tap1 > $work/families
ifconfig tap1 inet 2001:db8::1
ifconfig tap1 inet6 add 192.0.2.1
ifconfig tap1 del 192.0.2.65
ifconfig tap0 ether 02-00-00-00-00-07 netmask 255.255.0.0
exec ip -j addr show tap0 > $work/mask
ifconfig tap1 netmask 255.255.255.0
ifconfig tap0 192.0.2.1 netmask 255.0.255.0
ifconfig tap0 192.0.2.1 broadcast 192.0.2.127 netmask 255.255.255.128
ifconfig tap0 mtu
ifconfig tap1 mtu 5
ifconfig nothing up
ifconfig nothing
ifconfig sixteen-bytes-xx up
ifconfig tap0 > $work/shown
ifconfig > $work/all
ifconfig -a > $work/all-a
ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev tap0
arp -n > $work/arp
ip route add default via 192.0.2.9
ip route add unreachable 10.66.0.0/16
route -n > $work/routes
route > $work/routes-names
sysctl -w net.ipv4.ip_forward=1 net/ipv6/conf/all/forwarding = 1
sysctl net.ipv4.ip_forward net/ipv4/conf/tap0/forwarding > $work/settings
sysctl net.ipv4.nothing
sysctl net.ipv4.nothing=1
sysctl net.ipv4.ip_forward=x
sysctl ../version
sysctl -w net.ipv4.ip_forward
exec cat /proc/sys/net/ipv4/ip_forward > $work/forward
E2
run
tap0='[.[] | select(.ifname == "tap0")][0]'
is "loopback has both addresses" first '[.[] | select(.ifname == "lo")][0] | [.addr_info[] | .local] == ["127.0.0.1", "::1"]'
is "127.0.0.1 is of scope host" first '.[0].addr_info[0].scope == "host" and .[0].addr_info[0].prefixlen == 8'
is "several items in one line" first "$tap0 | (.flags | contains([\"UP\", \"PROMISC\"])) and .addr_info[0].local == \"192.168.1.1\" and .addr_info[0].prefixlen == 24 and .addr_info[0].broadcast == \"192.168.1.255\""
is "IPv6 with its length" first "$tap0 | [.addr_info[] | select(.local == \"2001:db8::1\") | .prefixlen] == [64]"
is "a MAC address in upper case, while up" first "$tap0 | .address == \"02:00:00:ab:cd:ef\""
is "a new IPv4 address replaces the old one" replaced '[.[0].addr_info[] | select(.family == "inet") | .local] == ["192.168.1.2"]'
is "a line of many items, one of them wrong" second '.[0] | .mtu == 1400 and (.flags | contains(["NOARP", "ALLMULTI"])) and (.flags | contains(["UP"]) | not) and (.flags | contains(["PROMISC"]) | not)'
is "with a length in place of the netmask" second '[.[0].addr_info[] | select(.family == "inet") | [.local, .prefixlen]] == [["192.168.1.3", 25]]'
says "a wrong item gives status 2" status "^status 2$"
is "inet and inet6" families '[.[0].addr_info[] | [.local, .prefixlen]] == [["192.0.2.65", 26], ["2001:db8:7::1", 64]]'
is "add and del" third '[.[0].addr_info[] | .local] | contains(["192.168.1.3", "10.0.0.1", "2001:db8:1::1"]) and (contains(["2001:db8::5"]) | not)'
is "a netmask alone" mask '[.[0].addr_info[] | select(.family == "inet") | [.local, .prefixlen]] | contains([["192.168.1.3", 16]])'
for line in "^ifconfig: Unknown option: nonsense" "'2001:db8::1' is not an IPv4 address" "'192.0.2.1' is not an IPv6 address" "'300.1.1.1' is not an IP address" "'1.2.3.4/33': the prefix length must be 0 to 32" \
  "'2001:db8::1/129': the prefix length must be 0 to 128" "delete 10.9.9.9: Cannot assign requested address" "tap1: has no IPv4 address" \
  "'255.0.255.0' is not a netmask" "mtu needs a value" "^ifconfig: change tap1: .*[Mm]inimum|^ifconfig: change tap1: .*Invalid argument" "^ifconfig: nothing: No such device" \
  "sixteen-bytes-xx: interface names have at most 15 bytes" "^sysctl: net.ipv4.nothing: No such file" "set net.ipv4.nothing: No such file" \
  "set net.ipv4.ip_forward: Invalid argument" "sysctl: ../version: not the name of a setting" "-w needs KEY=VALUE"; do
  says "message" err "$line"
done
for line in "^tap0:$" "^  HWaddr: 02:00:00:00:00:07$" "^  Flags: UP BROADCAST RUNNING MULTICAST$" "^  inet addr: 192.0.2.1$" "^  Mask: 255.255.255.128$" "^  MTU: 1400$" \
  "^  inet6 addr: 2001:db8:1::1/64$" "^  RX packets:[0-9]+ bytes:[0-9]+ errors:0 dropped:0 fifo:0 frame:0 compressed:0 multicast:0$" \
  "^  TX packets:[0-9]+ bytes:[0-9]+ errors:0 dropped:[0-9]+ fifo:0 collisions:0 carrier:0 compressed:0$"; do
  says "display" shown "$line"
done
says "the list has a heading" all "^Network interfaces:$"
says "and all interfaces" all "^lo:$"
for line in "^lo:$" "^tap0:$" "^tap1:$"; do says "-a: those that are down, too" all-a "$line"; done
for line in "Setting IPv4 address 192.168.1.1 with netmask 255.255.255.0 on tap0" "Successfully set IPv4 address on tap0" "Bringing interface tap0 up..." \
  "Successfully brought interface tap0 up" "Enabling promiscuous mode on tap0..." "Successfully enabled promiscuous mode on tap0" \
  "Setting IPv6 address 2001:db8::1/64 on tap0" "Successfully set IPv6 address on tap0" "Setting MAC address 02:00:00:AB:CD:EF on tap0..." \
  "Successfully set MAC address 02:00:00:AB:CD:EF on tap0"; do
  says "line" out "^$line$"
done
says "arp" arp "^192.0.2.9 +ether +02:00:00:00:00:09 +CM +tap0$"
says "route -n" routes "^0.0.0.0 +192.0.2.9 +0.0.0.0 +UG +0 +0 +0 tap0$"
says "route, unreachable" routes "^10.66.0.0 +- +255.255.0.0 +! +0 +0 +0 (-|lo)$"
says "route" routes-names "^default +192.0.2.9 "
says "sysctl reads" settings "^net.ipv4.ip_forward = 1$"
says "sysctl with slashes" settings "^net.ipv4.conf.tap0.forwarding = 1$"
says "sysctl writes" forward "^1$"
exit $failed
