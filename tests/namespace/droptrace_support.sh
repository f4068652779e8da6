#!/usr/bin/env bash
# kconfig tracing tells what is so: with tracefs mounted and without, on a machine that has less, and without a configuration.
NEEDS="gzip"
. "$SOURCE_DIR/tests/namespace/lib_drops.sh" || exit 1
grep -q debugfs /proc/filesystems || { echo "skip: this kernel has no debugfs"; exit 77; }

run() { # run STATUS LINE: its output is in $WORK/out and $WORK/err
  timeout 60 "$MYINIT" -c "$2" > "$WORK/out" 2> "$WORK/err"
  local status=$?
  check "status $status of: $2" test $status = "$1"
}
shows() { # shows LINE...: whole lines, in this order
  printf '%s\n' "$@" > "$WORK/wanted"
  grep -xF -f "$WORK/wanted" "$WORK/out" > "$WORK/found"
  check "$(printf '%s\n' "$@" '-- is not what is in:'; cat "$WORK/out" "$WORK/err")" cmp -s "$WORK/found" "$WORK/wanted"
}

# ---- this kernel ----
mount -t sysfs sysfs /sys  # that of this namespace; nothing is mounted in it
cat /proc/self/mounts > "$WORK/before"
run 0 'kconfig tracing'
check "looking mounts nothing" diff "$WORK/before" /proc/self/mounts
check "nor does it complain" test ! -s "$WORK/err"
shows "✓ /proc/kallsyms: $(grep -c trace /proc/kallsyms) symbols with \"trace\"" '✓ debugfs: supported' '✓ tracefs: supported' \
  '✓ /sys/kernel/debug: there' '✗ /sys/kernel/debug/tracing: not there' \
  '✗ /sys/kernel/tracing: there, but tracefs is not mounted on it' \
  '✗ skb:kfree_skb: not known before tracefs is mounted (droptrace start does that)'
run 0 'droptrace start; droptrace stop'  # as it said
umount /sys/kernel/tracing

mount -t tracefs tracefs /sys/kernel/tracing
run 0 'kconfig tracing'
reasons=$(grep -o 'reason, {.*' /sys/kernel/tracing/events/skb/kfree_skb/format | grep -o '"[A-Z0-9_]*"' | wc -l)
event="there, with $reasons reasons"
[ "$reasons" != 0 ] || event="there, without reasons (they came with Linux 5.17)"
shows '✗ /sys/kernel/debug/tracing: not there' '✓ /sys/kernel/tracing: there, with tracefs' "✓ skb:kfree_skb: $event"
mount -t debugfs debugfs /sys/kernel/debug
ls /sys/kernel/debug/tracing/ > /dev/null  # mounts tracefs there
run 0 'kconfig tracing'
shows '✓ /sys/kernel/debug: there' '✓ /sys/kernel/debug/tracing: there, with tracefs' '✓ /sys/kernel/tracing: there, with tracefs'
umount /sys/kernel/tracing
run 0 'kconfig tracing'
shows '✓ /sys/kernel/debug/tracing: there, with tracefs' '✗ /sys/kernel/tracing: there, but tracefs is not mounted on it' \
  "✓ skb:kfree_skb: $event"
umount /sys/kernel/debug/tracing /sys/kernel/debug

# ---- a kernel with less: only what these files say, and no configuration ----
case $BUILD_DIR in */asan) finish ;; esac  # the sanitizers end without a /proc of their process
mkdir "$WORK/proc" "$WORK/empty"
mkdir -p "$WORK/proc/sys/kernel"
echo 0 > "$WORK/proc/sys/kernel/ftrace_enabled"
printf 'nodev\tsysfs\nnodev\tmytracefs\n\text4\n' > "$WORK/proc/filesystems"
printf '%s\n' '0000000000000000 T trace_one' '0000000000000000 t two' '0000000000000000 t my_trace' > "$WORK/proc/kallsyms"
config=$WORK/proc/config.gz
mount --bind "$WORK/empty" /boot 2> /dev/null
mount --bind "$WORK/empty" /lib/modules 2> /dev/null
mount --bind "$WORK/proc" /proc
lacking=('✗ /proc/sys/kernel/ftrace_enabled: 0 (function tracing is off; droptrace does not need it)'
  '✓ /proc/kallsyms: 2 symbols with "trace", addresses hidden (kernel.kptr_restrict)'
  '✗ debugfs: not in /proc/filesystems (droptrace does not need it)' '✗ tracefs: not in /proc/filesystems (CONFIG_TRACING is off)'
  '✗ skb:kfree_skb: not there')
run 1 'kconfig tracing'
shows "${lacking[@]}"
run 1 'kconfig NET'
check "without a configuration it says so" grep -q "^kconfig: the kernel's configuration is nowhere" "$WORK/err"
shows "${lacking[@]}"
run 1 'kconfig'
shows "${lacking[@]}"

# ---- and one with a configuration ----
printf '%s\n' CONFIG_NET=y CONFIG_FTRACE=y '# CONFIG_TUN is not set' | gzip > "$config"
run 0 'kconfig NET'
check "another option is all that is asked for" test "$(cat "$WORK/out")" = CONFIG_NET=y
for name in CONFIG_FTRACE FTRACE; do
  run 0 "kconfig $name"
  shows CONFIG_FTRACE=y "${lacking[@]}"
done
run 1 'kconfig FTRACE TUN'
shows CONFIG_FTRACE=y 'CONFIG_TUN is not set' "${lacking[@]}"
printf '%s\n' CONFIG_NET=y '# CONFIG_FTRACE is not set' | gzip > "$config"
run 1 'kconfig FTRACE'
shows 'CONFIG_FTRACE is not set' "${lacking[@]}"
umount /proc
finish
