#!/usr/bin/env bash
# TAP and TUN interfaces as the kernel and iproute2 see them; frames that nobody reads do not stall their sender.
NEEDS="ip jq ping"
. "$SOURCE_DIR/tests/namespace/lib_net.sh" || exit 1
[ -e /dev/net/tun ] || { echo "skip: no /dev/net/tun"; exit 77; }

has() { grep -qE -- "$1" "$WORK/$2" || { echo "  no '$1' in:"; sed 's/^/    /' "$WORK/$2"; return 1; }; }

cat > "$WORK/lines" <<E2
tap add tap0 mac 02:00:00:00:00:01
tap add tap1 queues 4
tap add tun0 tun
exec ip -j -d link > $WORK/links
mknod /dev/net/tun c 10 200
tap add tap0
tap add sixteen-bytes-xx
tap add tapx mac nonsense
tap add tapx queues 0
tap add tapx mac 01:00:00:00:00:01
exec ip -j link > $WORK/links-after
ip link set tap0 up
ip addr add 192.0.2.1/24 dev tap0
ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev tap0
exec ping -q -f -l 3000 -c 3000 -W 1 -s 1000 192.0.2.2 > $WORK/flood
tap show > $WORK/shown
tap del tap1
exec ip -o link > $WORK/links-left
tap del tap1
tap del lo
tap add tap1 persist
E2
unshare -n "$MYINIT" "$WORK/lines" > "$WORK/out" 2> "$WORK/err"

kind() { jq -e "[.[] | select(.ifname == \"$1\")][0] | $2" "$WORK/$3" > /dev/null; }
check "tap0 has its MAC address" kind tap0 '.address == "02:00:00:00:00:01" and .linkinfo.info_data.type == "tap"' links
check "tap1 has several queues" kind tap1 '.linkinfo.info_data.multi_queue == true and .linkinfo.info_data.numqueues == 4' links
check "tun0 is a TUN interface" kind tun0 '.linkinfo.info_data.type == "tun" and .link_type == "none"' links
check "the script lines of old work" has "Device node /dev/net/tun already exists" out
check "a second one of the name is refused" has "^tap: tap0: File exists" err
check "a name of 16 bytes is refused" has "^tap: sixteen-bytes-xx: interface names have at most 15 bytes" err
check "a bad MAC is refused" has "'nonsense' is not a MAC address" err
check "a multicast MAC is refused" has "^tap: change tapx: .*Cannot assign requested address" err
check "what was refused left nothing behind" sh -c "! grep -q tapx '$WORK/links-after'"
check "an echo request for each was taken" has "^3000 packets transmitted" flood
check "unread frames are counted" awk '$1 == "tap0" && $6 >= 1000 { found = 1 } END { exit !found }' "$WORK/shown"
check "a deleted one is gone when del returns" sh -c "! grep -q tap1 '$WORK/links-left'"
check "deleting it again names it" has "^tap: tap1: No such device" err
check "other interfaces are not touched" has "^tap: lo: not a TAP or TUN interface" err

cat > "$WORK/lines" <<E2
exec ip tuntap add dev left0 mode tap
tap add left1 persist
exec $MYINIT tap del left0
exec ip -o link > $WORK/persist
tap del left1
E2
unshare -n "$MYINIT" "$WORK/lines" > "$WORK/out" 2> "$WORK/err"
check "one that was left behind by another program is deleted" sh -c "! grep -q left0 '$WORK/persist'"
check "a persistent one is there" has "left1" persist
[ $failed = 0 ] || { sed 's/^/err: /' "$WORK/err"; sed 's/^/out: /' "$WORK/out"; }
finish
