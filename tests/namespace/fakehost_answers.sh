#!/bin/bash
# fakehost: the kernel, arping, ping, ndisc6, rdisc6 and tcpdump as peers, on a veth and on a TAP.
NEEDS="ping arping ndisc6 rdisc6 tcpdump"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
ip link add v0 type veth peer name v1
echo 1 > /proc/sys/net/ipv6/conf/v1/disable_ipv6   # only fake hosts live there
ip link set v0 address 02:00:00:00:00:aa
for end in v0 v1; do ip link set $end up; done
ip addr add 192.0.2.1/24 dev v0
ip -6 addr add 2001:db8::1/64 dev v0 nodad
until ip -6 addr show dev v0 scope link -tentative | grep -q fe80; do sleep 0.1; done

cat > hosts.run <<'H'
fakehost add v1 192.0.2.10 mac 02:00:00:00:00:10 icmp
fakehost add v1 192.0.2.11-192.0.2.20 mac 02:00:00:00:00:11 icmp
fakehost add v1 192.0.2.64/28 mac 02:00:00:00:00:64
fakehost add v1 192.0.2.21 icmp delay 80
fakehost add v1 192.0.2.22 icmp loss 100
fakehost add v1 192.0.2.23 mac 02:00:00:00:00:23 unreachable 13
fakehost add v1 192.0.2.24 mac 02:00:00:00:00:24 ttl-exceeded
fakehost add v1 192.0.2.25 mac 02:00:00:00:00:25 icmp mtu 1000
fakehost add v1 192.0.2.26 nodefend
fakehost add v1 192.0.2.27 icmp log
fakehost add v1 2001:db8::10 mac 02:00:00:00:00:10 icmp
fakehost add v1 2001:db8::11 mac 02:00:00:00:06:11 icmp router
fakehost add v1 2001:db8::25 mac 02:00:00:00:06:25 icmp mtu 1280
fakehost add v1 2001:db8::24 mac 02:00:00:00:06:24 ttl-exceeded
fakehost add v1 2001:db8::bad
fakehost add v1 fe80::1 mac 02:00:00:00:06:01 icmp router ra prefix 2001:db8:7::/64 lifetime 600 mtu 1400
exec touch ready
sleep 200
H
"$MYINIT" hosts.run > out 2> err &
until [ -e ready ]; do sleep 0.1; kill -0 $! 2>/dev/null || { cat err; exit 1; }; done
contains "start" out '^Started fake host responder on v1$'
contains "add" out '^Added fake host 192.0.2.10 on v1 \(will respond to ARP, ICMP\)$'

# Address resolution: who is there, who is not, with which MAC address; probes.
mac_of() { arping -c 1 -w 2000000 -i v0 "$1" 2>/dev/null | grep -oE '([0-9a-f]{2}:){5}[0-9a-f]{2}' | head -1; }
arping -V 2>&1 | grep -qi iputils && mac_of() { arping -c 1 -w 2 -I v0 "$1" | grep -oiE '([0-9a-f]{2}:){5}[0-9a-f]{2}' | head -1 | tr A-F a-f; }
same "arp" 02:00:00:00:00:10 "$(mac_of 192.0.2.10)"
same "arp, a range" 02:00:00:00:00:11 "$(mac_of 192.0.2.15)"
same "arp, its end" 02:00:00:00:00:11 "$(mac_of 192.0.2.20)"
same "arp, a prefix" 02:00:00:00:00:64 "$(mac_of 192.0.2.79)"
same "arp, nobody" "" "$(mac_of 192.0.2.80)"
same "ndp" "02:00:00:00:06:11" "$(ndisc6 -q -1 2001:db8::11 v0 | tr A-F a-f)"
ndisc6 -1 -w 500 2001:db8::99 v0 > ndisc && fail "ndp: somebody who is nobody"
# Duplicate addresses: the kernel sees that ::10 is taken (its probe has source ::), and that nobody else is.
echo 1 > /proc/sys/net/ipv6/conf/v0/accept_dad
ip -6 addr add 2001:db8::bad/64 dev v0
ip -6 addr add 2001:db8::77/64 dev v0
for i in $(seq 40); do ip -6 addr show dev v0 | grep -q dadfailed && break; sleep 0.1; done
same "duplicate address" 1 "$(ip -6 addr show dev v0 | grep -c '2001:db8::bad.*dadfailed')"
same "no duplicate" 0 "$(ip -6 addr show dev v0 | grep -c '2001:db8::77.*dadfailed')"
ip -6 addr del 2001:db8::bad/64 dev v0

# Echo, all sizes; fragments both ways; the checksum is right for odd lengths, or ping would not count it.
for size in 0 1 7 56 1472 1473 5000 60000; do
  ping -q -c 2 -i 0.1 -W 2 -s $size 192.0.2.10 > ping.out || fail "ping -s $size"
  ping -q -c 2 -i 0.1 -W 2 -s $size 2001:db8::10 > ping.out || fail "ping -6 -s $size"
done
ping -q -c 1 -W 2 192.0.2.13 > /dev/null || fail "ping into a range"
ping -q -c 1 -W 2 fe80::1%v0 > /dev/null || fail "ping the link-local one"
ping -q -c 1 -W 1 192.0.2.70 > /dev/null && fail "a host without icmp answers"
ping -q -c 2 -i 0.1 -W 1 192.0.2.22 > /dev/null && fail "loss 100"
rtt=$(ping -c 2 -i 0.2 -W 2 192.0.2.21 | sed -n 's/.*time=\([0-9.]*\).*/\1/p' | tail -1)
awk -v r="$rtt" 'BEGIN { exit !(r >= 79 && r < 200) }' || fail "delay 80: $rtt ms"
ping -c 1 -W 2 192.0.2.27 > /dev/null; sleep 0.2
contains "log, arp" err 'ARP: Who has 192.0.2.27\? Tell 192.0.2.1 - Responding with MAC'
contains "log, echo" err '^ICMP Echo: 192.0.2.1 -> 192.0.2.27 - Responding$'

# Errors, as the kernel tells them to ping.
ping -c 1 -W 2 192.0.2.23 > ping.out; contains "unreachable" ping.out 'Packet filtered'
ping -c 1 -W 2 192.0.2.24 > ping.out; contains "time exceeded" ping.out 'Time to live exceeded'
ping -c 1 -W 2 2001:db8::24 > ping.out; contains "time exceeded" ping.out 'Time exceeded'
ping -c 1 -W 2 -M do -s 1200 192.0.2.25 > ping.out 2>&1; contains "fragmentation needed" ping.out '[Ff]rag.*needed.*1000|mtu *= *1000'
ping -c 1 -W 2 -s 900 192.0.2.25 > /dev/null || fail "below the path MTU"
ping -c 3 -i 0.2 -W 2 -s 1400 2001:db8::25 > ping.out 2>&1
contains "packet too big, then fragments" ping.out '1408 bytes from 2001:db8::25'
ip -6 route get 2001:db8::25 > route; contains "path MTU" route 'mtu 1280'
# What is sent through a fake router gets its errors, too.
ip route add 198.51.100.0/24 via 192.0.2.24
ping -c 1 -W 2 198.51.100.9 > ping.out; contains "through the router" ping.out 'From 192.0.2.24.*Time to live exceeded'

# The router: its flag, its advertisement, an address from it; never implied by `router`.
ip neigh get fe80::1 dev v0 2>/dev/null | grep -q router || fail "no router flag in the kernel's table: $(ip neigh get fe80::1 dev v0)"
rdisc6 -1 v0 > rdisc || fail "rdisc6"
contains "prefix" rdisc 'Prefix +: 2001:db8:7::/64'
contains "lifetime" rdisc 'Router lifetime +: +600'
contains "mtu" rdisc 'MTU +: +1400'
contains "from" rdisc 'from fe80::1'
same "one router only" 1 "$(grep -c '^ from' rdisc)"
for i in $(seq 30); do ip -6 addr show dev v0 | grep -q '2001:db8:7:' && break; sleep 0.1; done
ip -6 addr show dev v0 > addresses
contains "autoconfigured" addresses '2001:db8:7:0?:'
ip -6 route show default > routes
contains "default route" routes 'via fe80::1 dev v0'
finish
