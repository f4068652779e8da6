#!/usr/bin/env bash
# The nat46 harness's flow: IPv4 goes into tap0 and out to the translator, its IPv6 comes back and leaves by tap1, to a router
# that is a fake host. A TUN interface stands in for the translator: what it would say is injected into it. Captures on all sides
# are compared with what is expected, but for the times; the translator is deleted under its capture.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit

ether='{"layertype":"ether","dst":"02:00:00:00:00:AA","src":"02:00:00:00:00:01","etype":2048}'
ip() { # ip TTL CHECKSUM
  echo '{"layertype":"Ip","version":4,"ihl":5,"tos":0,"len":33,"id":7,"flags":{"reserved":false,"dont_fragment":false,"more_fragments":false,"fragment_offset":0},"ttl":'"$1"',"proto":17,"chksum":'"$2"',"src":"192.168.1.2","dst":"198.51.100.9","options":[]}'
}
udp='{"layertype":"Udp","sport":5000,"dport":6000,"len":13,"chksum":42274},{"layertype":"raw","data":[104,101,108,108,111]}'
ip6() { # ip6 HOP-LIMIT
  echo '{"layertype":"Ipv6","version_class":1610612736,"payload_length":13,"next_header":17,"hop_limit":'"$1"',"src":"2001:db8:46::c0a8:102","dst":"64:ff9b::c633:6409"}'
}
udp6='{"layertype":"Udp","sport":5000,"dport":6000,"len":13,"chksum":30499},{"layertype":"raw","data":[104,101,108,108,111]}'
line() { # line DIRECTION LAYER...
  local layers
  layers=$(IFS=,; echo "${*:2}")
  echo "{\"direction\":\"$1\",\"layers\":[$layers]}"
}
stamped() { sed 's/^{/{"timestamp_us":1700000000000000,/'; }
line rx "$ether" "$(ip 64 36574)" "$udp" | stamped > "$share/in.jsonl"
{ line rx "$(ip6 63)" "$udp6"; echo; } | stamped > "$share/translated.jsonl"

script <<'RUN'
ifconfig lo up
mknod /dev/net/tun c 10 200
tap add tap0
ifconfig tap0 192.168.1.1 netmask 255.255.255.0
ifconfig tap0 up promisc
ifconfig tap0 hw ether 02:00:00:00:00:AA
tap add tap1
ifconfig tap1 fe80::2/64
ifconfig tap1 hw ether 02:00:00:00:00:BB
ifconfig tap1 up promisc
fakehost add tap1 fe80::1 mac 02:00:00:00:00:01 icmp router
tap add nat46dev tun
ifconfig nat46dev up
echo 1 >/proc/sys/net/ipv4/conf/all/forwarding
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
ip -6 route add ::/0 via fe80::1 dev tap1
ip route add 0.0.0.0/0 dev nat46dev
sleep 2
ping -c 3 fe80::1%tap1
capture start nat46dev /mnt/host/nat46dev.jsonl filter 'udp'
capture start nat46dev /mnt/host/nat46dev.pcapng
capture start tap0 /mnt/host/tap0.jsonl filter 'udp'
capture start tap1 /mnt/host/tap1.jsonl filter 'udp'
inject /mnt/host/in.jsonl tap0
inject /mnt/host/translated.jsonl nat46dev
tap del nat46dev
capture stop all
fakehost show
RUN
expect_status 0
expect "Detected L3 interface" "Using TAP device file descriptor for tap0" "Stopped capture on nat46dev .2 packets captured." "had ended: the interface is gone" \
  "3 received" "[1-9] resolved, 3 echoes"
shown() { # shown FILE LINE...: the capture has these lines, in this order
  local file=$1
  shift
  diff <(printf '%s\n' "$@") <(jq -c 'del(.timestamp_us)' "$share/$file") || complain "$file is not what was expected"
}
shown nat46dev.jsonl "$(line tx "$(ip 63 36830)" "$udp")" "$(line rx "$(ip6 63)" "$udp6")"
shown tap0.jsonl "$(line rx "$ether" "$(ip 64 36574)" "$udp")"
shown tap1.jsonl "$(line tx '{"layertype":"ether","dst":"02:00:00:00:00:01","src":"02:00:00:00:00:BB","etype":34525}' "$(ip6 62)" "$udp6")"
"$BUILD_DIR/myinit" pcap2json "$share/nat46dev.pcapng" "$work/lines" > /dev/null || complain "the pcapng file of an interface that was deleted is not whole"
grep -q '198.51.100.9' "$work/lines" || complain "nothing of the flow in the pcapng file"
checked
