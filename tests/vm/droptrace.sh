#!/usr/bin/env bash
# droptrace on Debian's 6.1: the event has other fields and other numbers for the reasons than newer kernels, and tracefs is not
# mounted, or is.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit
busybox=$(command -v busybox) || exit 77

script --add "$busybox:/busybox" <<'RUN'
ip link set lo up
tap add tap0
ip link set tap0 up
ip addr add 192.0.2.1/24 dev tap0
droptrace start iface file /mnt/host/drops.jsonl
exec /busybox nc 127.0.0.1 9
exec /busybox nc ::1 9
exec /busybox ping -c 1 127.0.0.1
echo 0 > /proc/sys/net/ipv4/neigh/tap0/mcast_solicit
exec /busybox ping -c 1 -W 1 192.0.2.77
droptrace show
droptrace summary
droptrace stop
ls /sys/kernel/tracing/instances
cat /sys/kernel/tracing/events/skb/kfree_skb/enable
droptrace start 1 stack filter reason=NO_SOCKET comm=busybox file /mnt/host/stack.jsonl
exec /busybox nc 127.0.0.1 9
exec /busybox nc 127.0.0.1 9
droptrace stop
RUN
expect_status 0
expect '^[0-9.]+ +busybox +[0-9]+ +0 +lo +IPv4 +tcp_v4_rcv\+0x[0-9a-f]+ +NO_SOCKET' \
  '^[0-9.]+ +busybox +[0-9]+ +0 +lo +IPv6 +tcp_v6_rcv\+0x[0-9a-f]+ +NO_SOCKET' \
  '^[0-9.]+ +busybox +[0-9]+ +0 +[^ ]+ +IPv4 +[a-z_]+\+0x[0-9a-f]+ +NEIGH_FAILED' \
  '^ +[0-9]+  NO_SOCKET +no socket is bound' '^Tracing stopped. 1 packets captured$'
jq -s -e '(map(.reason) | (index("NO_SOCKET") != null) and (index("NEIGH_FAILED") != null)) and all(.timestamp_us > 1000000)' "$share/drops.jsonl" \
  > /dev/null || complain "the file lacks something: $(cat "$share/drops.jsonl")"
jq -s -e 'length == 1 and .[0].stack[0] == .[0].location and (.[0].stack | length > 5)' "$share/stack.jsonl" > /dev/null ||
  complain "the stack: $(cat "$share/stack.jsonl")"
checked
