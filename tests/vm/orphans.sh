#!/usr/bin/env bash
# PID 1 reaps strangers, keeps its own children's statuses apart from them, and stays small.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit
cat >"$share/orphans.sh" <<'SH'
i=0
while [ $i -lt 2000 ]; do
  (/bin/busybox true & )
  i=$((i + 1))
done
exit 9
SH
cat >"$share/count.sh" <<'SH'
# Zombies that are left after 3 s at most: the last orphans may still be on their way.
left=1 tries=30
while [ $left -gt 0 ] && [ $tries -gt 0 ]; do
  left=$(/bin/busybox grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | /bin/busybox wc -l)
  tries=$((tries - 1))
  /bin/busybox usleep 100000
done
echo zombies $left
/bin/busybox grep VmRSS /proc/1/status
SH
script --add "$(command -v busybox):/bin/busybox" --timeout 200 <<'RUN'
exec /bin/busybox sh /mnt/host/orphans.sh
echo status $?
exec /bin/busybox sh /mnt/host/count.sh
RUN
expect_status 0
expect "^status 9" "^zombies 0"
memory=$(awk '/^VmRSS/ { print $2 }' "$work/out")
[ "${memory:-9999}" -le 4096 ] || complain "PID 1 has ${memory:-no known number of} KB resident"
checked
