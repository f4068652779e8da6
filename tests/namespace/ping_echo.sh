#!/usr/bin/env bash
# ping against the kernel's own stack in other network namespaces: a router between us and the far host.
#   us 10.0.0.2 -- 10.0.0.1 router 10.1.0.1 -- 10.1.0.2 far      (IPv6: 2001:db8:0::/64 and 2001:db8:1::/64)
set -u
[ "$(id -u)" = 0 ] && command -v ip >/dev/null && command -v tcpdump >/dev/null && command -v python3 >/dev/null || exit 77
work=$(mktemp -d); us=ping-us-$$ router=ping-rt-$$ far=ping-far-$$
dns=
trap '[ -z "$dns" ] || kill $dns 2>/dev/null; for n in $us $router $far; do ip netns del $n 2>/dev/null; done; rm -rf "$work"' EXIT
failed=0
for n in $us $router $far; do
  ip netns add $n || exit 77
  ip netns exec $n sh -c 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad; echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad'
  ip -n $n link set lo up
done
ip -n $us link add u0 type veth peer name r0 netns $router
ip -n $far link add f0 type veth peer name r1 netns $router
for part in "$us u0 10.0.0.2/24 2001:db8::2/64" "$router r0 10.0.0.1/24 2001:db8::1/64" "$router r1 10.1.0.1/24 2001:db8:1::1/64" "$far f0 10.1.0.2/24 2001:db8:1::2/64"; do
  set -- $part
  ip -n $1 addr add $3 dev $2; ip -n $1 addr add $4 dev $2; ip -n $1 link set $2 up
done
ip -n $us route add default via 10.0.0.1; ip -n $us route add default via 2001:db8::1
ip -n $far route add default via 10.1.0.1; ip -n $far route add default via 2001:db8:1::1
ip netns exec $router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit'
ip -n $router link set r1 mtu 1300; ip -n $far link set f0 mtu 1300
ip -n $router route add unreachable 10.2.0.0/16; ip -n $router route add prohibit 10.3.0.0/16
ip -n $router route add unreachable 2001:db8:2::/64; ip -n $router route add prohibit 2001:db8:3::/64
far_link_local=$(ip -n $router -j addr show r0 | jq -r '.[0].addr_info[] | select(.scope == "link") | .local')

ours() { ip netns exec $us timeout 20 "$MYINIT" ping "$@" > "$work/out" 2>&1; status=$?; }
says() { # says NAME STATUS REGEX...
  local name=$1 expected=$2; shift 2
  [ $status = "$expected" ] || { echo "FAILED: $name: status $status"; failed=1; sed 's/^/    /' "$work/out"; }
  for regex; do
    grep -qE -- "$regex" "$work/out" || { echo "FAILED: $name: no '$regex' in"; failed=1; sed 's/^/    /' "$work/out"; }
  done
}
ours 10.1.0.2 -c 3 -i 0.05
says "IPv4 over a router" 0 "^PING 10.1.0.2 \(10.1.0.2\) with 3 packets$" "^64 bytes from 10.1.0.2: icmp_seq=2 ttl=63 time=[0-9.]+ ms$" \
  "^3 packets transmitted, 3 received, 0.0% packet loss$" "^rtt min/avg/max/mdev = "
ours 2001:db8:1::2 2 -i 0.05
says "IPv6 over a router" 0 "^64 bytes from 2001:db8:1::2: icmp_seq=1 hlim=63 "
ours "$far_link_local%u0" 2 -i 0.05
says "link-local with its interface" 0 "^64 bytes from $far_link_local: icmp_seq=0 hlim=64 "
ours localhost 1
says "localhost, which no server is asked for" 0 "^PING localhost \(127.0.0.1\) with 1 packets$" "^1 packets transmitted, 1 received"
ours -6 localhost 1
says "localhost by IPv6" 0 "^PING localhost \(::1\) with 1 packets$"
ours "$far_link_local" 1
says "link-local without one" 1 "which interface"
ours "$far_link_local%nothing" 1
says "an unknown zone" 1 "^ping: nothing: No such device"
ours 10.0.0.99 -c 1 -W 5
says "nobody there" 1 "^From 10.0.0.2 icmp_seq=0 Destination Host Unreachable$" "^1 packets transmitted, 0 received, \+1 errors, 100.0% packet loss$"
ours 10.2.0.1 -c 1
says "unreachable" 1 "^From 10.0.0.1 icmp_seq=0 Destination Host Unreachable$"
ours 10.3.0.1 -c 1
says "prohibited" 1 "^From 10.0.0.1 icmp_seq=0 Packet filtered$"
ours 10.1.0.2 -c 1 -t 1
says "TTL" 1 "^From 10.0.0.1 icmp_seq=0 Time to live exceeded$"
ours 2001:db8:1::2 -c 1 -t 1
says "hop limit" 1 "^From 2001:db8::1 icmp_seq=0 Time exceeded: Hop limit$"
ours 2001:db8:2::1 -c 1
says "IPv6 unreachable" 1 "^From 2001:db8::1 icmp_seq=0 Destination unreachable: "
ours 2001:db8:3::1 -c 1
says "IPv6 prohibited" 1 "^From 2001:db8::1 icmp_seq=0 Destination unreachable: Administratively prohibited$"
ours 2001:db8:1::2 -c 2 -s 1400 -i 0.2
says "a smaller MTU on the way" 0 "^From 2001:db8::1 icmp_seq=0 Packet too big: mtu=1300$" "^1408 bytes from 2001:db8:1::2: icmp_seq=1 "
ours 10.1.0.2 -c 2 -s 30000 -i 0.05
says "fragments" 0 "^30008 bytes from 10.1.0.2: icmp_seq=1 "
ours 10.1.0.2 -c 1 -I 10.99.9.9
says "not our address" 1 "^ping: send from 10.99.9.9: Cannot assign requested address"
ours 10.1.0.2 -c 1 -I u0 -s 0
says "by an interface, without data" 0 "^8 bytes from 10.1.0.2: icmp_seq=0 "
ours 10.1.0.2 -c 500 -f -q
says "flood" 0 "^500 packets transmitted, 500 received, 0.0% packet loss$"
ours -c x 10.1.0.2
says "a bad count" 2 "'x' is not a number"

# Nothing comes back: the far host drops echo requests.
ip netns exec $far sh -c 'echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all'
ours 10.1.0.2 -c 2 -i 0.05 -W 0.2
says "silence" 1 "^Request timeout for icmp_seq 0$" "^Request timeout for icmp_seq 1$" "^2 packets transmitted, 0 received, 100.0% packet loss$"
ip netns exec $far sh -c 'echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_all'

# All hosts on the link answer to one request: the router, and ourselves.
ours ff02::1%u0 -c 2 -i 0.3
says "duplicates" 0 "^64 bytes from fe80:.* icmp_seq=0 .* \(DUP!\)$" "^2 packets transmitted, 2 received, \+[1-9] duplicates, 0.0% packet loss$"

# Names, by a name server on our own loopback.
cat > "$work/dns.py" <<'E2'
import socket
import struct
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
while True:
    query, peer = server.recvfrom(512)
    end = query.index(0, 12) + 5  # behind the name's last label: type and class
    kind, = struct.unpack("!H", query[end - 4:end - 2])
    addresses = {1: socket.inet_aton("10.1.0.2"), 28: socket.inet_pton(socket.AF_INET6, "2001:db8:1::2")}
    known = query[12:end - 4] == b"\3far\4test\0"
    data = addresses.get(kind) if known else None
    head = query[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183, 1, 1 if data else 0, 0, 0)
    answer = struct.pack("!HHHIH", 0xc00c, kind, 1, 60, len(data)) + data if data else b""
    server.sendto(head + query[12:end] + answer, peer)
E2
echo 'nameserver 127.0.0.1' > "$work/resolv.conf"
ip netns exec $us timeout 120 python3 "$work/dns.py" & dns=$!
by_name() { ip netns exec $us unshare -m sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec timeout 20 "$@"' sh "$work/resolv.conf" "$MYINIT" ping "$@" > "$work/out" 2>&1; status=$?; }
for attempt in $(seq 50); do ip netns exec $us grep -q ':0035 ' /proc/net/udp && break; sleep 0.1; done
by_name -4 -c 1 far.test
says "a name, IPv4" 0 "^PING far.test \(10.1.0.2\) " "^64 bytes from 10.1.0.2: "
by_name -6 -c 1 far.test
says "a name, IPv6" 0 "^PING far.test \(2001:db8:1::2\) " "^64 bytes from 2001:db8:1::2: "
by_name -c 1 nosuch.test
says "a name that nobody knows" 1 "^ping: nosuch.test: "
kill $dns; wait $dns 2> /dev/null; dns=

# Many at once, some to a host that is silent: nobody takes the replies of another.
cat > "$work/lines" <<E2
ping -c 20 -i 0.02 -q 10.1.0.2 > $work/p1 &
ping -c 20 -i 0.02 -q 10.1.0.2 > $work/p2 &
ping -c 20 -i 0.02 -q 10.1.0.2 > $work/p3 &
ping -c 20 -i 0.02 -q -W 0.1 10.0.0.1 -t 1 > $work/p4 &
ping -c 5 -i 0.02 -q -W 0.1 10.0.0.98 > $work/p5
sleep 1
E2
ip netns exec $us timeout 30 "$MYINIT" "$work/lines"
for p in p1 p2 p3 p4; do
  cp "$work/$p" "$work/out"; status=0
  says "several at once: $p" 0 "^20 packets transmitted, 20 received, 0.0% packet loss$"
done
# An error is there when it happens, not with the end of the command. (Files get their text in larger pieces.)
unshare -n timeout -s KILL 2 "$MYINIT" ping -c 2 -i 30 198.51.100.1 2>&1 < /dev/null | cat > "$work/out"
status=0
says "an error at once" 0 "^ping: send to 198.51.100.1: Network is unreachable$"
ip netns exec $us timeout --foreground -s INT 1 "$MYINIT" ping -c 100000 -i 0.02 10.1.0.2 > "$work/out" 2>&1
status=0
says "Ctrl-C prints the statistics" 0 "^--- 10.1.0.2 ping statistics ---$" " 0.0% packet loss$"
exit $failed
