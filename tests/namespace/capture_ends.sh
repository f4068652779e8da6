#!/bin/bash
# capture: how it ends when nobody says stop. The file is whole, the reason is told.
NEEDS="tcpdump tcpreplay"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
pair v0 v1
frames in.pcap 2000

# The interface is deleted while packets are queued: all of them are in the file.
"$MYINIT" -c 'capture start v1 gone.pcap; inject in.pcap v0 topspeed; exec ip link del v0; sleep 0.3; capture show; capture stop all' > out 2> err
same "packets before the end of the interface" 2000 "$(tcpdump -nr gone.pcap 2>/dev/null | wc -l)"
contains "reason" err 'the interface is gone'
pair v0 v1

# It only goes down: the capture waits for its return.
"$MYINIT" -c 'capture start v1 down.pcap; inject in.pcap v0 count 10; exec ip link set v1 down; sleep 0.2; exec ip link set v1 up; sleep 0.2
inject in.pcap v0 count 7; capture stop all' > out 2> err || fail "down and up: status $?"
same "down and up" 17 "$(tcpdump -nr down.pcap 2>/dev/null | wc -l)"
# And one that starts on an interface that is down.
ip link set v1 down
"$MYINIT" -c 'capture start v1 late.pcap filter udp; exec ip link set v1 up; sleep 0.2; inject in.pcap v0 count 3; capture stop all' > out 2> err || fail "late: status $?"
same "started while down" 3 "$(tcpdump -nr late.pcap 2>/dev/null | wc -l)"

# The end of the program (power-off goes the same way), and a signal.
"$MYINIT" -c 'capture start v1 end.pcap; inject in.pcap v0 count 4' > out 2> err
same "end of the program" 4 "$(tcpdump -nr end.pcap 2>/dev/null | wc -l)"
"$MYINIT" -c 'capture start v1 int.pcap; inject in.pcap v0 count 6; sleep 30' > out 2> err &
sleep 1.5
kill -INT $!
wait $!
same "interrupted" 6 "$(tcpdump -nr int.pcap 2>/dev/null | wc -l)"

# Killed: what had come 200 ms before is readable.
for format in pcap pcapng jsonl; do
  "$MYINIT" -c "capture start v1 kill.$format; inject in.pcap v0 pps 2000; sleep 30" > /dev/null 2>&1 &
  victim=$!
  sleep 2
  kill -9 $victim
  wait $victim 2> /dev/null
  case $format in
    jsonl) python3 -c 'import json,sys; n=[json.loads(l) for l in open("kill.jsonl")]; print(len(n))' > count || fail "kill.jsonl is broken" ;;
    *) tcpdump -nr kill.$format 2> err | wc -l > count; grep -q truncated err && fail "kill.$format ends inside a record" ;;
  esac
  [ "$(cat count)" -ge 1500 ] || fail "kill.$format: $(cat count) packets only"
done

# A packet is in the file within 10 ms at low rates (40 here: the machine may be busy).
"$MYINIT" -c 'capture start v1 low.pcap; inject in.pcap v0 count 1; sleep 0.04; exec stat -c %s low.pcap; capture stop all' > out 2> err
contains "low rate" out '^104$'

# More than the buffer holds, while the program stands still: what is lost is told, in the status and in a pcapng file too.
frames flood.pcap 60000
for format in pcap pcapng; do
  mkfifo go
  "$MYINIT" -c "capture start v1 lost.$format buffer 1; cat go; capture stop all" > out 2> err &
  sleep 0.5
  kill -STOP $!
  "$MYINIT" inject flood.pcap v0 topspeed > /dev/null || fail "flood: status $?"
  kill -CONT $!
  echo > go
  wait $! && fail "lost packets: status 0"
  rm go
  contains "lost packets" err '[0-9]+ packets were lost; give it a larger buffer'
  lost=$(grep -oE '[0-9]+ packets were lost' err | cut -d ' ' -f 1)
  same "$format: kept and lost" 60000 $(($(tcpdump -nr lost.$format 2>/dev/null | wc -l) + lost))
done
# The interface statistics block at the end: isb_ifdrop (option 5, 8 bytes).
same "lost packets in pcapng" "$lost" "$(python3 -c 'import struct; d = open("lost.pcapng", "rb").read()[-200:]; at = d.rindex(b"\5\0\10\0"); print(struct.unpack("<Q", d[at + 4:at + 12])[0])')"

# A full disk: the file ends at a record boundary, and the status says so.
mkdir small && mount -t tmpfs -o size=64k tmpfs small || { echo "skip: no tmpfs"; exit 77; }
for format in pcap pcapng jsonl; do
  "$MYINIT" -c "capture start v1 small/full.$format; inject in.pcap v0 topspeed; sleep 0.2; capture stop all" > out 2> err && fail "full disk: status 0"
  contains "full disk" err 'No space left on device'
  case $format in
    jsonl) python3 -c 'import json; [json.loads(l) for l in open("small/full.jsonl")]; assert open("small/full.jsonl").read().endswith("}\n")' || fail "full.jsonl is broken" ;;
    *) tcpdump -nr small/full.$format > lines 2> err; grep -q truncated err && fail "full.$format ends inside a record"
       [ "$(wc -l < lines)" -ge 100 ] || fail "full.$format: $(wc -l < lines) packets only" ;;
  esac
  rm small/*
done
umount small
finish
