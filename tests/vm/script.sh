#!/usr/bin/env bash
# --script: its status, arguments, variables and bytes arrive as they are; set -e; who ended the run.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit

long=$(head -c 100000 /dev/zero | tr '\0' 'x')
lines='one
two'
script --arg "a  b" --arg "it's \"q\" \$HOME *" --arg "$lines" --arg "$long" --env "GIVEN=x = 'y' \$z" --append "myinit.env.WORD=w" <<'RUN'
echo count $#
echo "$1" > /mnt/host/1
echo "$2" > /mnt/host/2
echo "$3" > /mnt/host/3
echo "$4" > /mnt/host/4
echo "$GIVEN" > /mnt/host/given
echo word $WORD
exit 7
echo not reached
RUN
expect_status 7
expect_last_word "status 7 is the guest's"
expect "^count 4" "^word w"
expect_not "not reached" "seconds remaining"
printf 'a  b\n' | cmp - "$share/1" && printf '%s\n' "it's \"q\" \$HOME *" | cmp - "$share/2" &&
  printf '%s\n' "$lines" | cmp - "$share/3" && printf '%s\n' "$long" | cmp - "$share/4" &&
  printf '%s\n' "x = 'y' \$z" | cmp - "$share/given" || complain "an argument or a variable has changed on its way"
checked

# Without set -e a failing line does not end a script, and the last line's status counts; a status of boot's own passes.
script <<'RUN'
nosuchcommand
cat /nosuchfile
echo went on after $?
poweroff 124
RUN
expect_status 124
expect_last_word "status 124 is the guest's"
expect "^went on after 1" "nosuchcommand" "/nosuchfile"
checked

# A run that is over before the status port is there, with a status that the debug port cannot tell.
script <<'RUN'
nosuchcommand
RUN
expect_status 127
expect_last_word "status 127 is the guest's: script"
checked

script <<'RUN'
echo before
set -e
false
echo behind
RUN
expect_status 1
expect "^before" "^/.myinit/script:3: status 1 ends the script \(set -e\)"
expect_not "^behind"
checked

# The last line on the port is with the host before QEMU ends: the exit device cannot say more than 100.
script <<'RUN'
poweroff 200
RUN
expect_status 200
expect_last_word "status 200 is the guest's: poweroff"
checked

# What takes long shows how far it is to a person only, not in a script's log.
/usr/bin/python3 -c '
import struct, sys
sys.stdout.buffer.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
for i in range(60000):
    sys.stdout.buffer.write(struct.pack("<IIII", i, 0, 60, 60) + bytes(60))
' >"$share/many.pcap"
script <<'RUN'
pcap2json /mnt/host/many.pcap /tmp/a.jsonl &
json2pcap --fix /mnt/host/many.pcap /tmp/b.pcap
wait
RUN
expect_status 0
expect "^Converted 60000 packets from /mnt/host/many.pcap to /tmp/a.jsonl$" "^Converted 60000 packets from /mnt/host/many.pcap to /tmp/b.pcap$"
expect_not "packets, .* MB"
checked

# Who opens a FIFO among the first commands waits for its other end, and nobody else does. (Where io_uring is refused, all wait.)
if [ "${MYINIT_BACKEND-}" != epoll ]; then
  script <<'RUN'
mknod /tmp/fifo p
echo through the fifo > /tmp/fifo &
cat /tmp/fifo
cat < /tmp/fifo &
echo and back > /tmp/fifo
wait
RUN
  expect_status 0
  expect "^through the fifo" "^and back"
  checked
fi

# The first commands run on epoll, since io_uring's set-up would delay them; what they began goes on when it takes over.
script <<'RUN'
ifconfig lo up
nc -l 5600 > /tmp/heard &
capture start lo /mnt/host/lo.pcap
ping -c 20 -i 0.05 127.0.0.1 > /tmp/pings &
sleep 0.3
reactor
echo over io_uring | nc 127.0.0.1 5600
wait
capture stop lo
cat /tmp/heard
tail -n 2 /tmp/pings
RUN
expect_status 0
backend=io_uring
[ "${MYINIT_BACKEND-}" != epoll ] || backend=epoll
expect "back end $backend" "^over io_uring" "20 packets transmitted, 20 received"
expect_not "in a moment"
# 20 requests and answers; on loopback each is seen twice.
(($(tcpdump -nr "$share/lo.pcap" icmp 2>/dev/null | wc -l) >= 40)) || complain "the capture lost packets"
checked

# A start that takes longer than it may is a failure, whatever the script's status.
script --append myinit.budget=1 <<'RUN'
true
RUN
expect_status 1
expect "boot: the first user command began after [0-9]+ ms; myinit.budget allows 1 ms"
checked

# The same without QEMU's debug console, which another host may not have: only the port is left, and is there from the first line on.
script --append myinit.debug_console=0x5555 <<'RUN'
test -e /sys/module/virtio_console && poweroff 201
RUN
expect_status 201
expect_last_word "status 201 is the guest's: poweroff"
checked

# And without the port, whose driver is refused here: longer than a silence may last.
script --append module_blacklist=virtio_console <<'RUN'
sleep 16
poweroff 202
RUN
expect_status 202
expect_last_word "status 202 is the guest's: poweroff"
expect "Failed to load module .*/virtio_console.ko"
checked

# What the devices at hand ask for is loaded (the driver of the status port beside the script), what is not there is not.
script <<'RUN'
wait file /sys/module/virtio_console within 10
lsmod
modprobe -n --bus virtio
modprobe --bus nosuchbus || echo no bus $?
RUN
expect_status 0
expect "^9pnet_virtio" "^virtio_console" "insmod /lib/modules/.*/virtio_console.ko" "modprobe: nosuchbus: no such bus" "^no bus 1"
expect_not "^virtio_net "
checked
