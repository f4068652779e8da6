#!/bin/bash
# oside in tmux: capture, change destination and port of one packet, compute, save, inject; the receiver sees exactly that packet.
NEEDS="tmux tcpdump python3 gzip"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
PATH=/usr/bin:$PATH  # where the distribution has its scapy
python3 -c "import scapy.all" 2> /dev/null || { echo "skip: scapy is not installed"; exit 77; }
pair v0 v1
frames in.pcap 3

server="oside-$$"
tm() { tmux -L "$server" "$@"; }
trap 'rc=$?; tm kill-server 2> /dev/null; kill $(jobs -p) 2> /dev/null; wait 2> /dev/null; rm -rf "$WORK"; exit $rc' EXIT
edit() { # edit FILE: the editor on a screen of its own; its status goes to the file "status"
  rm -f status
  tm -f /dev/null new-session -d -x 100 -y 30 "'$MYINIT' oside '$1' 2> err; echo \$? > status"
  sees "oside $1"
}
keys() { tm send-keys "$@"; }
sees() { # sees TEXT: it comes to stand on the screen
  for _ in $(seq 100); do
    tm capture-pane -p 2> /dev/null | grep -qF -- "$1" && return
    sleep 0.1
  done
  fail "not on the screen: $1"
  tm capture-pane -p
}
leave() {
  keys q
  for _ in $(seq 50); do [ -s status ] && break; sleep 0.1; done
  same "status" 0 "$(cat status)"
}
listen() { # listen FILE: frames that come out of v1
  : > tcpdump.err
  tcpdump -i v1 -Q in -U -w "$1" 2> tcpdump.err &
  dump=$!
  until grep -q listening tcpdump.err; do sleep 0.05; done
}
heard() { # heard FILE COUNT: its frames in hex, a line each
  for _ in $(seq 50); do [ "$(tcpdump -nr "$1" 2> /dev/null | wc -l)" -ge "$2" ] && break; sleep 0.1; done
  kill -INT "$dump"; wait "$dump"
  python3 - "$1" 2> /dev/null <<'PY'
import sys
from scapy.all import rdpcap
for packet in rdpcap(sys.argv[1]): print(bytes(packet).hex())
PY
}

"$MYINIT" -c 'capture start v1 cap.jsonl; inject in.pcap v0 topspeed; sleep 0.3; capture stop v1' > out 2>&1
same "captured" 3 "$(wc -l < cap.jsonl)"
cp cap.jsonl before.jsonl

edit cap.jsonl
sees "packet 1/3"
keys n Right
keys Down Down Down Down Down Down Down Down Down Down
sees ">    dst                192.0.2.2"
keys e C-u; keys -l "198.51.100.7"; keys Enter
sees ">    dst                198.51.100.7"
sees "wrong, should be"
keys Right Down
sees ">    dport              5001"
keys e C-u; keys -l "0x1f90"; keys Enter
sees ">    dport              8080"
keys f
sees "Lengths, checksums and automatic fields are computed"
keys s Enter
sees "3 packets saved to cap.jsonl"
listen one.pcap
keys i; sees "Inject on interface:"; keys -l "v0"; keys Enter
sees "64 bytes transmitted on v0"
leave

expected=$(python3 - 2> /dev/null <<'PY'
from scapy.all import rdpcap, Ether, IP, UDP
frames = [bytes(p) for p in rdpcap("in.pcap")]
changed = Ether(frames[1])
changed[IP].dst, changed[UDP].dport = "198.51.100.7", 8080
del changed[IP].chksum, changed[UDP].chksum
frames[1] = bytes(changed)
for frame in frames: print(frame.hex())
PY
)
same "injected from the editor" "$(sed -n 2p <<< "$expected")" "$(heard one.pcap 1)"
listen got.pcap
"$MYINIT" inject cap.jsonl v0 topspeed > out 2>&1
same "received after the save" "$expected" "$(heard got.pcap 3)"
same "the other lines" "$(sed -n '1p;3p' before.jsonl)" "$(sed -n '1p;3p' cap.jsonl)"
"$MYINIT" json2pcap cap.jsonl cap.pcap > out 2>&1
same "converted" "$expected" "$(python3 -c '
from scapy.all import rdpcap
for p in rdpcap("cap.pcap"): print(bytes(p).hex())' 2> /dev/null)"

# The same in a pcap: only that packet's bytes differ.
edit in.pcap
sees "packet 1/3"
keys End Right Down Down Down Down Down Down
sees ">    ttl                64"
keys e C-u; keys -l "9"; keys Enter
sees ">    ttl                9"
keys s Enter
sees "3 packets saved to in.pcap"
leave
frames again.pcap 3
same "changed bytes of the pcap" 1 "$(cmp -l in.pcap again.pcap | wc -l)"

# A packed one is saved by another name.
gzip -k again.pcap
edit again.pcap.gz
sees "packet 1/3"
keys d; sees "packet 1/2"
keys s; sees "Save as: again.pcap"
keys C-u; keys -l "plain.pcap"; keys Enter
sees "2 packets saved to plain.pcap"
leave
same "unpacked, without the first" "$(tail -c +105 again.pcap | md5sum)" "$(tail -c +25 plain.pcap | md5sum)"

# Into a TAP of ours the kernel receives it.
tm -f /dev/null new-session -d -x 100 -y 30 "'$MYINIT' -c 'tap add tap9; ip link set tap9 up; oside again.pcap'"
sees "packet 1/3"
: > tcpdump.err
tcpdump -i tap9 -Q in -U -w tap.pcap udp 2> tcpdump.err &
dump=$!
until grep -q listening tcpdump.err; do sleep 0.05; done
keys i; sees "Inject on interface:"; keys -l "tap9"; keys Enter
sees "64 bytes received by tap9"
same "received by the TAP" "$(sed -n 1p <<< "$expected")" "$(heard tap.pcap 1)"
keys i C-u; keys -l "lo0"; keys Enter
sees "lo0: No such device"
keys q

# What it cannot edit it says, with a status.
"$MYINIT" oside nothing.pcap > out 2> err < /dev/null; same "no file" 1 $?
contains "no file" err 'oside: .*nothing.pcap: No such file'
"$MYINIT" oside in.pcap > out 2> err < /dev/null; same "no terminal" 1 $?
contains "no terminal" err 'oside: it needs a terminal'
finish
