#!/bin/bash
# inject into a TAP of ours: the kernel receives it. The nat46 harness's flow, with the TAP's own captures as witness.
NEEDS="jq tcpdump"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
[ -c /dev/net/tun ] || { echo "skip: no /dev/net/tun"; exit 77; }
frames in.pcap 500
"$MYINIT" -c '
tap add tap0
exec ip link set tap0 up
capture start tap0 got.pcap rx
capture start tap0 got.jsonl rx
inject in.pcap tap0 topspeed verify
capture stop all' > out 2> err || { fail "status $?"; cat out err; }
contains "into the descriptor" out 'Using TAP device file descriptor for tap0'
contains "proof" out 'tap0 counted 500 more packets received'
same "received" 500 "$(tcpdump -nr got.pcap udp 2> /dev/null | wc -l)"
same "direction" 500 "$(grep -c '"direction":"rx"' got.jsonl)"
# What was captured can be injected, and gives the same lines again.
"$MYINIT" -c 'tap add tap0; exec ip link set tap0 up; capture start tap0 again.jsonl rx; inject got.jsonl tap0 topspeed; capture stop all' > out 2> err || fail "again: status $?"
cmp -s <(jq -c 'del(.timestamp_us)' got.jsonl) <(jq -c 'del(.timestamp_us)' again.jsonl) || fail "the second pass differs"
# Down: nothing is received, and that is said.
"$MYINIT" -c 'tap add tap0; inject in.pcap tap0' > out 2> err && fail "a TAP that is down: status 0"
contains "down" err 'Network is down'
finish
