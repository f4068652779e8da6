#!/usr/bin/env bash
# Every way to end that is not the script's: too late, crashed, hung, killed, never started.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit
busybox=(--add "$(command -v busybox):/bin/busybox")

# Too late. The silent console is no reason, the time limit is.
script --timeout 12 <<'RUN'
echo asleep
sleep 100
RUN
expect_status 124
expect_last_word "status 124 is boot's own: no end within 12 s"
expect "^asleep"
expect_said "the console's last lines" "\| asleep"
checked

# PID 1 crashes: what died and where from, on the console and to the host; what was written before is there. Before the status port
# is open, and when it is all there is.
for case in "0 0xea" "1 0x5555"; do
  rm -f "$share/before"
  script "${busybox[@]}" --append "myinit.debug_console=${case#* }" <<RUN
sleep ${case% *}
echo written before > /mnt/host/before
exec /bin/busybox kill -SEGV 1
sleep 5
RUN
  expect_status 126
  expect_last_word "status 126 is boot's own: .*crashed.*[Ss]egmentation"
  expect "PID 1 died: Segmentation fault" "backtrace.* 0x"
  grep -o "backtrace.*" "$work/out" | grep -oE "0x[0-9a-f]+" | xargs llvm-symbolizer-16 --obj="$MYINIT" >"$work/frames"
  grep -q "reactor::Loop::run(" "$work/frames" || complain "the backtrace does not lead to the loop: $(cat "$work/frames")"
  expect_not "Kernel panic"
  grep -q "written before" "$share/before" || complain "what was written before the crash is lost"
done
checked

# Somebody holds the share when the machine ends: it ends all the same, and nobody complains.
script "${busybox[@]}" <<'RUN'
exec /bin/busybox sh -c 'cd /mnt/host; trap "" TERM HUP; /bin/busybox setsid /bin/busybox sleep 1000 >/dev/null 2>&1 </dev/null &'
echo kept > /mnt/host/kept
poweroff 9
RUN
expect_status 9
expect_not "poweroff:"
grep -q kept "$share/kept" || complain "what was written before the end is lost"
checked

# The kernel panics.
script <<'RUN'
echo c > /proc/sysrq-trigger
RUN
expect_status 126
expect_last_word "status 126 is boot's own: .*Kernel panic - not syncing: sysrq triggered crash"
checked

# QEMU is stopped: no heartbeat, so the guest hangs. A stop shorter than that is none.
cat >"$work/script.run" <<'RUN'
echo up
sleep 100
RUN
start_boot --script "$work/script.run" --share "$share"
if wait_for "^up"; then
  kill -STOP "$(qemu_process)"
  sleep 5
  kill -CONT "$(qemu_process)"
  sleep 2
  kill -STOP "$(qemu_process)"
fi
begin=$SECONDS
finish_boot
expect_status 126
expect_last_word "status 126 is boot's own: the guest hangs: no heartbeat for 15 s"
[ $((SECONDS - begin)) -ge 13 ] || complain "the hang was seen after only $((SECONDS - begin)) s"
checked

# QEMU is killed, with init running and before it.
start_boot --script "$work/script.run" --share "$share"
wait_for "^up" && kill -KILL "$(qemu_process)"
finish_boot
expect_status 126
expect_last_word "status 126 is boot's own: .*killed by signal 9"
checked
start_boot --script "$work/script.run" --share "$share"
until process=$(qemu_process) || ! kill -0 "$runner"; do sleep 0.02; done
kill -KILL "$process"
finish_boot
expect_status 125
expect_last_word "status 125 is boot's own: init never started"
checked

# Boot itself is ended: QEMU ends with it, whether asked or killed.
for signal in TERM KILL; do
  start_boot --script "$work/script.run" --share "$share"
  wait_for "^up"
  process=$(qemu_process)
  kill -$signal "$runner"
  finish_boot
  expect_status $((128 + $(kill -l $signal)))
  sleep 0.3
  ! is_running "$process" || complain "QEMU is still there after SIG$signal to boot"
  checked
done
