#!/usr/bin/env bash
# Twelve ways to lose a packet, each found by droptrace with the kernel's name for it, its interface and its code.
NEEDS="jq"
. "$SOURCE_DIR/tests/namespace/lib_drops.sh" || exit 1

mount -t sysfs sysfs /sys  # that of this namespace; tracefs is not mounted in it
ip link set lo up
ip link add dt0 type veth peer name dt1
ip link set dt0 up; ip link set dt1 up
ip addr add 192.0.2.1/24 dev dt0
cd /proc/sys/net
echo 1 > ipv4/conf/all/rp_filter; echo 1 > ipv4/conf/dt0/rp_filter
echo 1 > ipv6/conf/dt0/disable_ipv6
echo 0 > ipv4/neigh/dt0/mcast_solicit  # a neighbour that is not known has failed at once
cd /
received='OTHERHOST NO_SOCKET IP_CSUM IP_INHDR UDP_CSUM PKT_TOO_SMALL UNHANDLED_PROTO IP_RPFILTER IP_NOPROTO IPV6DISABLED'
local='SOCKET_RCVBUFF NEIGH_FAILED'

cat > "$WORK/lines" <<E2
droptrace start iface filter comm=odd* file $WORK/all.jsonl
exec $drops "--comm=odd -1 [0] x" $received $local
droptrace show > $WORK/show
droptrace summary > $WORK/summary
droptrace stop > $WORK/stop
droptrace start filter iface=dt0 reason=OTHERHOST,IP_CSUM proto=ip,arp comm=odd* file $WORK/some.jsonl
exec $drops "--comm=odd -1 [0] x" $received $local
droptrace stop
droptrace start stack filter reason=OTHERHOST,IP_CSUM comm=odd* file $WORK/stack.jsonl
exec $drops --comm=odd OTHERHOST IP_CSUM
droptrace stop
droptrace start 3 filter reason=OTHERHOST comm=odd* file $WORK/three.jsonl
exec $drops --comm=odd OTHERHOST OTHERHOST OTHERHOST OTHERHOST OTHERHOST
droptrace stop > $WORK/stop3
E2
timeout 60 "$MYINIT" "$WORK/lines" > "$WORK/out" 2> "$WORK/err" || fail "status $?"

rows() { jq -s -e "$2" "$WORK/$1" > /dev/null || { echo "  not so: $2"; head -c 3000 "$WORK/$1"; return 1; }; }
for reason in $received; do
  check "$reason came in on dt0" rows all.jsonl "[.[] | select(.reason == \"$reason\" and .iface == \"dt0\")] | length >= 1"
done
for reason in $local; do
  check "$reason" rows all.jsonl "[.[] | select(.reason == \"$reason\")] | length >= 1"
done
check "the code is named" rows all.jsonl '[.[] | select(.reason == "OTHERHOST")][0].location | test("^ip_rcv[a-z_.0-9]*\\+0x[0-9a-f]+$")'
check "a task's name may have spaces and dashes" rows all.jsonl 'all(.comm == "odd -1 [0] x")'
check "protocols have names, or numbers" rows all.jsonl '([.[] | select(.reason == "UNHANDLED_PROTO")][0].protocol == "0x88b5") and ([.[] | select(.reason == "IPV6DISABLED")][0].protocol == "IPv6")'
check "times ascend and are now" rows all.jsonl '([.[].timestamp_us] | . == sort) and ((now - .[0].timestamp_us / 1000000) | . >= 0 and . < 60)'
check "show has the rows" grep -qE '^[0-9]{10}\.[0-9]{6} +odd -1 \[0\] x +[0-9]+ +[0-9]+ +dt0 +IPv4 +ip_rcv[^ ]* +OTHERHOST$' "$WORK/show"
check "show ends with its count" grep -qE '^Showing ([0-9]+) drops \(buffer limited to last 1000, \1 total captured\)$' "$WORK/show"
check "the file has as many as stop says" grep -qx "Tracing stopped. $(wc -l < "$WORK/all.jsonl") packets captured" "$WORK/stop"
check "summary explains" grep -qE '^ +[0-9]+  OTHERHOST +the destination MAC address is another host' "$WORK/summary"
check "summary counts by place" grep -qE '^ +1  IP_RPFILTER +dt0 +ip_' "$WORK/summary"
check "a filter lets only its own pass" rows some.jsonl '(length == 2) and (map(.reason) | sort == ["IP_CSUM", "OTHERHOST"]) and all(.iface == "dt0")'
check "a stack begins at the location" rows stack.jsonl '(length == 2) and all(.stack[0] == .location and (.stack | length > 3))'
check "COUNT is exact" rows three.jsonl 'length == 3'
check "and stop tells it" grep -qx 'Tracing stopped. 3 packets captured' "$WORK/stop3"
check "tracefs was mounted" grep -qx "Mounted tracefs at /sys/kernel/tracing" "$WORK/out"
check "nothing went wrong" test -z "$(grep -v 'stopped after 3 packets' "$WORK/err")"
[ $failed = 0 ] || cat "$WORK/err" "$WORK/out" "$WORK/summary"
finish
