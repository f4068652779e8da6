#!/bin/bash
# capture: what is in the file, in every format, with tcpdump and tshark as readers.
NEEDS="tcpdump tshark jq ping tcpreplay"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
pair v0 v1
ip link set lo up
frames in.pcap 100

# The packet of the very next command is in the file; what comes after stop is not.
"$MYINIT" -c 'capture start v0 a.pcap; inject in.pcap v0 count 1; capture stop v0; inject in.pcap v0 count 5' > out || fail "capture: status $?"
same "packets of the next command" 1 "$(tcpdump -nr a.pcap 2>/dev/null | wc -l)"
contains "start" out '^Started capture on v0 -> a.pcap \(format: pcap\) \(unlimited\)$'
contains "stop" out '^Stopped capture on v0 \(1 packets captured\)$'

# Several files of one interface, each with its rules; formats by word and by ending; directions.
"$MYINIT" -c '
capture start v0 all.pcapng
capture start v0 word.bin pcapng tx
capture start v0 rx.jsonl rx
capture start v1 peer.jsonl
capture start v0 cut.pcap snaplen 50
capture start v0 five.pcap 5
capture start v0 some.pcap filter "udp and ip[28:4] < 7"
inject in.pcap v0
inject in.pcap v1 count 3
sleep 0.3
capture show
capture stop all' > out 2> err || { fail "several captures: status $?"; cat err; }
same "all.pcapng" 103 "$(tshark -r all.pcapng 2>/dev/null | wc -l)"
same "sent only" 100 "$(tshark -r word.bin 2>/dev/null | wc -l)"
same "received only" 3 "$(wc -l < rx.jsonl)"
same "direction rx" '"rx"' "$(jq -c .direction rx.jsonl | sort -u)"
same "the peer's directions" '"rx" "tx"' "$(jq -c .direction peer.jsonl | sort -u | xargs -d '\n')"
same "snaplen" "50 64" "$(tshark -r cut.pcap -T fields -e frame.cap_len -e frame.len 2>/dev/null | sort -u | xargs)"
same "count" 5 "$(tcpdump -nr five.pcap 2>/dev/null | wc -l)"
same "filter" 10 "$(tcpdump -nr some.pcap 2>/dev/null | wc -l)"
contains "show" out '^v0 +all.pcapng +pcapng +103 +unlimited$'
contains "count ends" out 'had ended: 5 packets'
"$MYINIT" -c 'capture start v0 five.pcap 5; inject in.pcap v0; sleep 0.3; capture start v0 five.pcap 5' > out 2> err
contains "count ends, and is told" err '^Capture on v0 ended: 5 packets'
# pcapng: interface, direction and statistics as another program sees them.
capinfos -l all.pcapng 2>/dev/null > info || true
same "pcapng interface" v0 "$(tshark -r all.pcapng -T fields -e frame.interface_name 2>/dev/null | sort -u)"
same "pcapng directions" "1 2" "$(tshark -r all.pcapng -T fields -e frame.packet_flags_direction 2>/dev/null | sort -u | sed 's/^0x0*//' | xargs)"
# Bytes and order are those of the file.
tshark -r in.pcap -T fields -e data.data 2>/dev/null > sent
tshark -r word.bin -T fields -e data.data 2>/dev/null > seen
cmp -s sent seen || fail "order or bytes differ"

# VLAN tags that the kernel keeps beside the packet are in the file again, and `vlan` finds them.
cat > tagged.jsonl <<'J'
{"timestamp_us":1,"data":"0200000000010200000000028100a00508060001080006040001020000000002c0000201000000000000c0000202"}
{"timestamp_us":1,"data":"02000000000102000000000208060001080006040001020000000002c0000203000000000000c0000204"}
J
"$MYINIT" -c 'capture start v1 vlan.pcap filter "vlan 5 and arp"; capture start any any.pcapng filter arp
capture start v1 novlan.pcap filter "not vlan"; capture start v1 vlan.jsonl snaplen 17; inject tagged.jsonl v0; capture stop all' > out 2>&1
same "vlan" 1 "$(tcpdump -enr vlan.pcap 2>/dev/null | grep -c 'vlan 5, p 5.*who-has 192.0.2.2')"
same "vlan, the bytes" "$(head -1 tagged.jsonl | jq -r .data)" "$(tshark -r vlan.pcap -T json -x 2>/dev/null | jq -r '.[0]._source.layers.frame_raw[0]')"
same "not vlan" 1 "$(tcpdump -enr novlan.pcap 2>/dev/null | grep -c 'who-has 192.0.2.4')"
same "snaplen counts the tag" 17 "$(jq -r '.data // ([.layers[] | tostring] | join(""))' vlan.jsonl | head -1 | python3 -c 'import sys; t = sys.stdin.read(); print(17 if "raw" in t or len(t.strip()) == 34 else t)')"
same "any: link type" 210 "$(tshark -r any.pcapng -T fields -e frame.encap_type 2>/dev/null | sort -u)"
same "any: sent, without a tag" 1 "$(tshark -r any.pcapng -Y 'arp and not vlan and sll.pkttype == 4' 2>/dev/null | wc -l)"

# Interfaces without an Ethernet header, and loopback with one.
"$MYINIT" -c 'capture start lo lo.jsonl; capture start lo lo.pcap rx; exec ping -c 1 127.0.0.1; capture stop all' > /dev/null 2>&1
same "loopback" "ether Ip Icmp" "$(jq -r '.layers[:3][].layertype' lo.jsonl | head -3 | xargs)"
same "loopback, once" 2 "$(tcpdump -nr lo.pcap 2>/dev/null | wc -l)"
if ip tuntap add dev tun7 mode tun 2>/dev/null; then
  ip addr add 203.0.113.1/24 dev tun7
  python3 - > /dev/null <<'PY' &
import fcntl, struct, os, time
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH", b"tun7", 0x1001))
time.sleep(20)
PY
  holder=$!
  ip link set tun7 up
  until ip link show tun7 | grep -q LOWER_UP; do sleep 0.05; done
  "$MYINIT" -c 'capture start tun7 tun.jsonl filter "icmp"; capture start tun7 tun.pcap filter "icmp"; exec ping -c 1 -W 1 203.0.113.2; capture stop all' > out 2>&1
  contains "tun" out 'Detected L3 interface'
  same "tun" "Ip Icmp" "$(jq -r '.layers[:2][].layertype' tun.jsonl | head -2 | xargs)"
  same "tun: pcap link type" 1 "$(tcpdump -r tun.pcap 2>&1 | grep -c 'link-type RAW')"
  same "tun: packets" 1 "$(tcpdump -nr tun.pcap 2>/dev/null | wc -l)"
  kill $holder
fi

# What an offload did to a frame is marked, in pcapng beside the packet.
ip link set lo mtu 1500
cat > tcp.py <<'PY'
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
other, _ = server.accept()
client.sendall(bytes(30000))
client.close()
while other.recv(65536): pass
PY
"$MYINIT" -c 'capture start lo off.pcapng filter tcp; capture start lo off.jsonl filter tcp; exec python3 tcp.py; capture stop all' > out 2>&1 || fail "offloads: status $?"
tshark -r off.pcapng -T fields -e frame.len -e frame.comment 2>/dev/null > marks
contains "merged" marks '^[0-9]{5}	segments merged by an offload; checksum left to the device$'
contains "a small one" marks '^[0-9]{2}	checksum left to the device$'
contains "told at the end" out 'with a checksum left to the device, [1-9][0-9]* merged by an offload'
ip link set lo mtu 65536

# Rotation: every file is whole; keep removes the oldest.
"$MYINIT" -c 'capture start v0 r.pcap rotate 1K keep 3; inject in.pcap v0; capture stop all' > out || fail "rotate: status $?"
same "rotate keeps" 3 "$(ls r*.pcap | wc -l)"
for f in r*.pcap; do tcpdump -nr "$f" > /dev/null 2>&1 || fail "$f is not whole"; done
same "rotate: last packet" "$(tshark -r in.pcap -T fields -e data.data 2>/dev/null | tail -1)" \
  "$(tshark -r "$(ls -v r.*.pcap | tail -1)" -T fields -e data.data 2>/dev/null | tail -1)"

# What cannot be done is said, with a status; the file of a capture that never was is not touched.
echo keep > old.pcap
for line in 'capture start nope old.pcap' "capture start v0 x.pcap filter 'tpc'" 'capture start v0 /nodir/x.pcap' 'capture stop v0'; do
  "$MYINIT" -c "$line" > out 2> err && fail "$line: status 0"
  [ -s err ] || fail "$line: no message"
done
same "untouched" keep "$(cat old.pcap)"
"$MYINIT" -c 'capture start v0 x.pcap 0' 2> /dev/null; same "bad count is wrong usage" 2 $?
"$MYINIT" -c 'capture start v0 x.pcap; capture start v0 ./x.pcap' > /dev/null 2> err; same "the same file twice" 1 $?
finish
