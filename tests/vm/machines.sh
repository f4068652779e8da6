#!/usr/bin/env bash
# The other machine types and consoles; a share that is read-only; two processors; --fast; modules that come by themselves.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit
echo 'given by the host' >"$share/given"

# Each pair once. Under hvc0 init starts without any open descriptor.
for machine in "microvm ttyS0" "microvm hvc0" "q35 hvc0" "pc hvc0"; do
  read -r kind console <<<"$machine"
  script --machine "$kind" --console "$console" --share "$share:host-code:ro" <<'RUN'
cat /mnt/host/given
echo lost > /mnt/host/new
echo status $? of the write
mount
exit 4
RUN
  expect_status 4
  expect_last_word "status 4 is the guest's"
  expect "^given by the host" "/mnt/host/new.*Read-only file system" "^status 1 of the write" "host-code.* /mnt/host "
  [ ! -e "$share/new" ] || complain "the read-only share was written to"
  [ "$failures" -eq 0 ] || echo "with --machine $kind --console $console"
  checked
done

# The kernel asks for modules by alias, through /sbin/modprobe.
script --cpus 2 --fast --net user <<'RUN'
cat /sys/devices/system/cpu/online
echo told to the kernel > /dev/kmsg
dmesg
mkdir -p /dev/net
mknod /dev/net/tun c 10 200
cat < /dev/net/tun
lsmod
cat /proc/sys/kernel/modprobe
ls /sys/class/net
RUN
expect "^0-1" "told to the kernel" "^tun " "^/sbin/modprobe" "eth0" "^virtio_net "
checked

# A module given by path lies in /, with what it needs; the names that flat images use are there too.
module=$(find "$SOURCE_DIR/build/vm/debian/lib/modules" -name xfrm_interface.ko)
script --module "$module" <<'RUN'
set -e
insmod /nf_defrag_ipv6.ko
modprobe /xfrm_interface.ko || insmod /xfrm_interface.ko
lsmod
RUN
expect_status 0
expect "^nf_defrag_ipv6 " "^xfrm_interface " "^tunnel6 "
checked
