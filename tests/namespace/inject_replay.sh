#!/bin/bash
# inject: what arrives is what the file says, with tcpdump on the other end.
NEEDS="tcpdump tshark jq"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
pair v0 v1
frames in.pcap 1000

received() { # received FILE COUNT COMMAND...: what comes out of v1 meanwhile; waits for so many packets
  local file=$1 count=$2 tries=0; shift 2
  : > tcpdump.err
  tcpdump -i v1 -Q in -B 16384 -U -w "$file" 2> tcpdump.err &
  local dump=$!
  until grep -q listening tcpdump.err; do sleep 0.05; done
  "$@" > out 2> err; status=$?
  until [ "$(tcpdump -nr "$file" 2> /dev/null | wc -l)" -ge "$count" ] || [ $((tries += 1)) -gt 50 ]; do sleep 0.1; done
  kill -INT $dump; wait $dump
}
payloads() { tshark -r "$1" -T fields -e data.data 2> /dev/null; }

received got.pcap 1000 "$MYINIT" inject in.pcap v0 topspeed verify
same "status" 0 $status
cmp -s <(payloads in.pcap) <(payloads got.pcap) || fail "bytes or order differ"
contains "last line" out '^Injection complete: 1000 packets sent$'
contains "proof" out 'v0 counted 1000 more packets transmitted'
contains "verify" out 'verified: 1000 packets seen, in order'

# bypass: past the queueing discipline, which is said, since captures on this interface see nothing of it.
received got.pcap 1000 "$MYINIT" -c 'capture start v0 own.pcap; inject in.pcap v0 topspeed bypass; capture stop all'
same "bypass: status" 0 $status
cmp -s <(payloads in.pcap) <(payloads got.pcap) || fail "bypass: bytes or order differ"
contains "bypass is told" out 'captures on it do not see these packets'
same "bypass: seen by a capture on the interface" 0 "$(tcpdump -nr own.pcap 2>/dev/null | wc -l)"

# fix: a capture's wrong checksums are mended on the way.
frames good.pcap 3
python3 - <<'PY'
data = bytearray(open("good.pcap", "rb").read())
for i in range(3):
    at = 24 + i * (16 + 64) + 16 + 24  # IP's checksum
    data[at] ^= 0x55
open("wrong.pcap", "wb").write(data)
PY
received got.pcap 3 "$MYINIT" inject wrong.pcap v0 topspeed fix
same "IP checksums after fix" "good good good" "$(tshark -o ip.check_checksum:TRUE -r got.pcap -T fields -e ip.checksum.status 2> /dev/null | sed 's/^1$/good/' | xargs)"
received got.pcap 3 "$MYINIT" inject wrong.pcap v0 topspeed
same "IP checksums without" "0 0 0" "$(tshark -o ip.check_checksum:TRUE -r got.pcap -T fields -e ip.checksum.status 2> /dev/null | xargs)"

# loop, count, filter, rates.
received got.pcap 2500 "$MYINIT" inject in.pcap v0 topspeed loop 3 count 2500
same "loop and count" 2500 "$(tcpdump -nr got.pcap 2> /dev/null | wc -l)"
received got.pcap 10 "$MYINIT" inject in.pcap v0 filter 'ip[28:4] >= 990' pps 100
same "filter" 10 "$(tcpdump -nr got.pcap 2> /dev/null | wc -l)"
span() { tshark -r "$1" -T fields -e frame.time_epoch 2> /dev/null | sed -n '1p;$p' | xargs | awk '{printf "%.2f", $2 - $1}'; }
# Rough bounds: how well times are kept on a quiet machine is measured by bench/traffic.
between() { awk -v v="$2" -v a="$3" -v b="$4" 'BEGIN { exit !(v >= a && v <= b) }' || fail "$1: $2 is not in $3..$4"; }
between "pps 100" "$(span got.pcap)" 0.05 0.3
"$MYINIT" inject in.pcap v0 filter tcp > out 2> err
same "status when the filter leaves nothing" 1 $?
contains "that filter" err '^inject: No packets found in file that match the filter$'
"$MYINIT" inject nosuch.pcap v0 > out 2> err
same "status without a file" 1 $?
! grep -q 'Injection' out || fail "a file that is not there: $(cat out)"
received got.pcap 1000 "$MYINIT" inject in.pcap v0 mbps 1.024
between "mbps: 999 frames of 64 bytes" "$(span got.pcap)" 0.35 1
frames slow.pcap 11 0.1
received got.pcap 11 "$MYINIT" inject slow.pcap v0
between "original timing" "$(span got.pcap)" 0.7 1.6
received got.pcap 11 "$MYINIT" inject slow.pcap v0 speed 4
between "speed 4" "$(span got.pcap)" 0.15 0.6
frames gap.pcap 2 12
received got.pcap 2 "$MYINIT" inject gap.pcap v0 maxgap 0.2 verify
same "maxgap" 0 $status
between "maxgap" "$(span got.pcap)" 0.1 0.6

# rewrite: the checksums follow.
received got.pcap 3 "$MYINIT" inject in.pcap v0 count 3 rewrite smac=02:00:00:00:0a:01 dmac=02:00:00:00:0a:02 src=203.0.113.9 dst=198.51.100.7
same "rewrite" "02:00:00:00:0a:01 02:00:00:00:0a:02 203.0.113.9 198.51.100.7 1" \
  "$(tshark -o ip.check_checksum:TRUE -r got.pcap -T fields -e eth.src -e eth.dst -e ip.src -e ip.dst -e ip.checksum.status 2> /dev/null | sort -u | xargs)"

# JSONL, layered and hex, with a bad line in between: it is named, the others go out, the status says so.
cat > lines.jsonl <<'J'
{"timestamp_us":1000000,"layers":[{"layertype":"ether","dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","etype":2048},{"layertype":"Ip","version":4,"ihl":"<auto>","tos":0,"len":"<auto>","id":1,"flags":"DF","ttl":64,"proto":17,"chksum":"<auto>","src":"192.0.2.1","dst":"192.0.2.2","options":[]},{"layertype":"Udp","sport":5000,"dport":5001,"len":"<auto>","chksum":"<auto>"},{"layertype":"raw","data":[97,98,99]}]}
{"timestamp_us":1000000,"layers":[{"layertype":"nothing"}]}
{"timestamp_us":1000100,"direction":"rx","data":"02000000000102000000000288cc02070400"}
J
received got.pcap 2 "$MYINIT" inject lines.jsonl v0
same "a bad line" 1 $status
contains "a bad line" err 'line 2'
same "lines" "02000000000102000000000208004500001f000140004011b6c9c0000201c000020213881389000b9060616263 02000000000102000000000288cc02070400" \
  "$(tshark -r got.pcap -T json -x 2> /dev/null | jq -r '.[]._source.layers.frame_raw[0]' | xargs)"

# What cannot be sent is counted and told.
frames big.pcap 3 0 3000
"$MYINIT" inject big.pcap v0 > out 2> err; same "over the MTU" 1 $?
contains "over the MTU" err 'Message too long; the MTU of v0 is 1500'
ip link set v0 down
"$MYINIT" inject in.pcap v0 > out 2> err; same "down" 1 $?
contains "down" err 'Network is down'
ip link set v0 up
ip link set v1 down   # the other end drops everything: the interface's own counters prove it
"$MYINIT" inject in.pcap v0 topspeed > out 2> err; same "dropped by the device" 1 $?
ip link set v1 up
"$MYINIT" inject nofile v0 > out 2> err; same "no file" 1 $?
"$MYINIT" inject in.pcap v9 2> err; same "no interface" 1 $?
"$MYINIT" inject in.pcap v0 speed 0 2> err; same "bad rate" 2 $?
printf '' > empty.pcap
"$MYINIT" inject empty.pcap v0 > out 2> err; same "an empty file" 1 $?

# timing-report: a line per packet; the first at 0, all close to their time.
"$MYINIT" inject slow.pcap v0 timing-report t.txt > /dev/null || fail "timing-report: status $?"
same "timing-report" 11 "$(grep -vc '^#' t.txt)"
same "due times" "0 1000000000" "$(grep -v '^#' t.txt | sed -n '1p;$p' | awk '{print $2}' | xargs)"

# An interrupt ends it.
frames long.pcap 100 1
"$MYINIT" inject long.pcap v0 > out 2> err & sleep 0.7; kill -INT $!; wait $!; same "interrupted" 130 $?
finish
