#!/usr/bin/env bash
# Kernel modules on a real kernel: insmod of packed files and parameters, what it says of failures, modprobe, and what looks
# at the machine: kconfig, lsmod, mount's word on a share that is not there.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit

# The kernel's own files first, to pack and to bend them here.
script <<'RUN'
set -e
cp /lib/modules/*/kernel/drivers/net/dummy.ko /lib/modules/*/kernel/drivers/net/ifb.ko /mnt/host
cp /lib/modules/*/kernel/drivers/net/vxlan/vxlan.ko /lib/modules/*/kernel/drivers/net/bonding/bonding.ko /mnt/host
RUN
expect_status 0
checked
cd "$share" || exit 1
zstd -q dummy.ko -o packed.ko.zst
xz -k dummy.ko && mv dummy.ko.xz other.ko.xz
gzip -k dummy.ko && mv dummy.ko.gz third.ko.gz
head -c 3000 packed.ko.zst >cut.ko.zst
# With symbol versions the kernel passes over the release; the options behind it count always.
sed 's/vermagic=[0-9]/vermagic=9/; s/ mod_unload / mod_unlaod /' ifb.ko >changed.ko
# Without its signature, which is one of the file as it was.
sed 's/~Module signature appended~/~Module signature cut off ~/' changed.ko >foreign.ko
echo text >text.ko
cd - >/dev/null || exit 1

script <<'RUN'
echo == packed
insmod /mnt/host/packed.ko
insmod /mnt/host/packed.ko.zst
rmmod dummy
insmod /mnt/host/other numdummies=3
ls -1 /sys/class/net | grep -c dummy
rmmod dummy
insmod /mnt/host/third.ko
rmmod dummy
echo == failures
insmod /mnt/host/cut.ko
insmod /mnt/host/text.ko
insmod /mnt/host/foreign.ko
insmod /mnt/host/changed.ko
insmod /mnt/host/nosuch.ko
insmod /mnt/host/vxlan.ko
modprobe -q tls
insmod /mnt/host/bonding.ko max_bonds=many
insmod /mnt/host/dummy.ko nosuch=1
insmod unix
echo == modprobe
modprobe dummy
modprobe vxlan
modprobe vxlan
modprobe -n vxlan
modprobe char-major-10-200
modprobe nosuchmodule
modprobe --bus pci
modprobe -q nosuchmodule
echo quiet $?
modprobe -q nosuchmodule veth || echo missing $?
modprobe -q bridge 8021q && echo both $?
modprobe -q tun ipvlan nosuch=1
modprobe --except x dummy
lsmod | sort | grep -E '^(veth|bridge|8021q|ipvlan) '
modprobe unix
rmmod udp_tunnel
rmmod nosuchmodule
modprobe -r vxlan
rmmod 9p
lsmod | head -n 3
echo == looking
kconfig TUN CONFIG_NET_9P
kconfig NOSUCH
mount -t 9p othertag /tmp/other
mount 9p
ps | grep kthreadd
dmesg -l err 3
echo == end
RUN
expect_status 0
expect "^Successfully loaded module: /mnt/host/packed.ko.zst" "^Module already loaded: /mnt/host/packed.ko.zst" \
  "^Successfully removed module: dummy" "^Successfully loaded module: /mnt/host/other.ko.xz" "^3$" \
  "^Successfully loaded module: /mnt/host/third.ko.gz"
expect "Failed to load module /mnt/host/cut.ko.zst: zstd: " "Failed to load module /mnt/host/text.ko: .*errno: 8 - Exec format error" \
  "hint: the file is not a kernel module" "Failed to load module /mnt/host/foreign.ko" "kernel: ifb: version magic '9" \
  "hint: the module is made for kernel 9.*, this is 6" "Module file '/mnt/host/nosuch.ko' not found" \
  "Failed to load module /mnt/host/vxlan.ko: unknown symbol.*errno: 2 - No such file" "kernel: vxlan: Unknown symbol " \
  "hint: what is missing, like udp_.*, is in modules .*ip6_udp_tunnel.*: load them first, or use modprobe" \
  "Failed to load module /mnt/host/changed.ko: its signature is refused" "hint: the file has been changed since it was signed" \
  "Failed to load module /mnt/host/bonding.ko: .*errno: 22 - Invalid argument" "kernel: .*invalid for parameter" \
  "hint: parameter max_bonds does not take that value" "kernel: dummy: unknown parameter 'nosuch' ignored" \
  "^Module unix is built into the kernel"
expect "^Module dummy is already loaded" "^Successfully loaded module: /lib/modules/.*/udp_tunnel.ko" \
  "^Successfully loaded module: /lib/modules/.*/vxlan.ko" "^Module vxlan is already loaded" "^insmod /lib/modules/.*/udp_tunnel.ko" \
  "/tun.ko|Module tun is already loaded" "modprobe: nosuchmodule: no such module" "modprobe: pci:v0000[^ ]*: no such module" "^quiet 1" "^missing 1" "^both 0" \
  "modprobe: kernel: ipvlan: unknown parameter 'nosuch' ignored" "modprobe: --except needs --bus" "^veth " "^bridge " "^8021q " "^ipvlan " "rmmod: udp_tunnel: in use by .*vxlan" \
  "rmmod: nosuchmodule: not loaded" "^Successfully removed module: vxlan" "^Successfully removed module: udp_tunnel" "rmmod: 9p: in use" \
  "^Module +Size Used by"
expect "^CONFIG_TUN=m" "^CONFIG_NET_9P=m" "^CONFIG_NOSUCH is not set" "the machine offers no share with tag othertag; it offers host-code" \
  "^/mnt/host already mounted" " 2 +0 S \[kthreadd\]" "^== end"
checked
