#!/bin/bash
# fakehost on a TAP of ours, where the kernel is the only peer; show, del, and what cannot be done; advertisements that repeat.
NEEDS="ping tcpdump"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
[ -c /dev/net/tun ] || { echo "skip: no /dev/net/tun"; exit 77; }
echo 1 > /proc/sys/net/ipv6/conf/default/accept_dad

cat > tap.run <<'R'
tap add tap0 mac 02:00:00:00:00:aa
exec ip addr add 192.0.2.1/24 dev tap0
exec ip link set tap0 up
exec ip -6 addr add 2001:db8::1/64 dev tap0 nodad
fakehost add tap0 192.0.2.10 icmp
fakehost add tap0 192.0.2.20-192.0.2.29 mac 02:00:00:00:00:20 icmp
fakehost add tap0 2001:db8:0:0::10 mac 02:00:00:00:00:10 icmp log
fakehost add tap0 2001:db8::60/124 mac 02:00:00:00:00:60 icmp
fakehost add tap0 2001:db8::bad mac 02:00:00:00:00:bd nodefend
fakehost add tap0 198.51.100.10 vlan 7 mac 02:00:00:00:00:07 icmp
fakehost add tap0 192.0.2.30 mac 02:00:00:00:00:30 icmp delay 30.5 loss 50
exec ping -q -c 3 -i 0.05 -W 2 192.0.2.10
exec ping -q -c 2 -i 0.05 -W 2 192.0.2.25
exec ping -q -c 1 -s 4000 -W 2 192.0.2.29
exec ping -q -c 2 -i 0.05 -W 2 2001:db8::10
exec ping -q -c 1 -s 4001 -W 2 2001:db8::6f
exec ip -6 addr add 2001:db8::bad/64 dev tap0
sleep 3
exec ip -6 addr show dev tap0
fakehost show
fakehost del tap0 192.0.2.20-192.0.2.29
exec ping -q -c 1 -W 1 192.0.2.25
fakehost del tap0 2001:db8::10
fakehost del tap0 all
fakehost show
exec ping -q -c 1 -W 1 192.0.2.10
fakehost add tap0 192.0.2.10 icmp
exec ping -q -c 1 -W 2 192.0.2.10
R
"$MYINIT" tap.run > out 2> err || fail "status $?"
same "replies" "3 received|2 received|1 received|2 received|1 received|0 received|0 received|1 received" \
  "$(grep -o '[0-9]* received' out | paste -sd '|')"
contains "an address nobody defends is taken" out 'inet6 2001:db8::bad/64 scope global *$'
contains "show" out '^tap0 +192.0.2.10 +02:00:00:00:00:AA +yes +no +IPv4 \(ARP\)$'
contains "show, echoes" out '^    1 resolved, 3 echoes, 0 errors, 0 advertisements$'
contains "show, a range" out '^tap0 +192.0.2.20-192.0.2.29 +02:00:00:00:00:20 +yes'
contains "show, a prefix" out '^tap0 +2001:db8::60-2001:db8::6f +02:00:00:00:00:60 +yes +no +IPv6 \(NDP\)$'
contains "show, a VLAN" out '^    0 resolved, .*, VLAN 7$'
contains "show, delay and loss" out 'delay 30.5 ms, loss 50%: 0 left out$'
contains "show, the interface" out '^    tap0: [0-9]+ frames heard, 0 malformed, 0 missed, 0 answers not sent$'
contains "log" err 'NS: Who has 2001:db8::10\? Tell [0-9a-f:]+ - Responding with MAC 02:00:00:00:00:10'
contains "log" err '^ICMPv6 Echo: 2001:db8::1 -> 2001:db8::10 - Responding$'
same "log is off unless asked for" 0 "$(grep -c 'ARP:' err)"
contains "del" out '^Removed fake host 192.0.2.20-192.0.2.29 from tap0$'
contains "del all" out '^Removed fake host 198.51.100.10 from tap0$'
contains "the last one" out '^Stopped fake host responder on tap0$'
contains "none is left" out '^No fake hosts configured$'

# What cannot be done is said, with a status.
pair v0 v1
refused() { # refused STATUS MESSAGE LINES
  "$MYINIT" -c "$3" > out 2> err; same "$3" "$1" $?
  contains "$3" err "$2"
}
refused 1 'there is such a fake host already' 'fakehost add v1 192.0.2.10; fakehost add v1 192.0.2.10'
refused 1 'fake host 192.0.2.0-192.0.2.255 has some of it already' 'fakehost add v1 192.0.2.0/24; fakehost add v1 192.0.2.10'
refused 1 'fake host 192.0.2.10 has some of it already' 'fakehost add v1 192.0.2.10; fakehost add v1 192.0.2.0/24'
refused 1 'No such device' 'fakehost add nope 192.0.2.10'
refused 1 'hint: `ip link` lists the interfaces' 'capture start nope x.pcap'
refused 1 'need an Ethernet interface' 'tap add t1 tun; fakehost add t1 192.0.2.10'
refused 1 'no such fake host on v1' 'fakehost add v1 192.0.2.10; fakehost del v1 192.0.2.11'
refused 1 'no fake hosts there' 'fakehost del v1 all'
refused 2 'not a host.s address' 'fakehost add v1 224.0.0.1'
refused 2 'not a host.s MAC address' 'fakehost add v1 192.0.2.10 mac 01:00:00:00:00:01'
refused 2 'loss' 'fakehost add v1 192.0.2.10 loss 101'
refused 2 'vlan' 'fakehost add v1 192.0.2.10 vlan 4095'
refused 2 'a value is missing' 'fakehost add v1 192.0.2.10 mac'
refused 2 "unknown word 'prefix'" 'fakehost add v1 fe80::1 prefix 2001:db8::/64'
refused 2 'from one link-local address' 'fakehost add v1 2001:db8::1 ra'
refused 2 'ends before it begins' 'fakehost add v1 192.0.2.10-192.0.2.9'

# Advertisements: one at once, one every 10 s, also without any option; none from a mere `router`.
"$MYINIT" -c '
capture start v0 ra.pcapng rx
fakehost add v1 fe80::1 mac 02:00:00:00:00:01 ra
fakehost add v1 fe80::2 mac 02:00:00:00:00:02 router
sleep 10.5
capture stop all' > out 2> err || fail "advertisements: status $?"
tcpdump -nvr ra.pcapng 'icmp6[0] == 134' > ra 2> /dev/null
same "advertisements" 2 "$(grep -c 'router advertisement' ra)"
same "of one router only" 2 "$(grep -c 'fe80::1 > ff02::1: .*router advertisement' ra)"
contains "lifetime" ra 'hop limit 64, .* router lifetime 1800s'
finish
