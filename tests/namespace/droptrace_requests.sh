#!/usr/bin/env bash
# What droptrace start is asked: a request that is refused touches nothing, one that will show nothing is warned of.
set -u
[ "$(id -u)" = 0 ] && command -v ip > /dev/null && command -v python3 > /dev/null || exit 77
grep -q tracefs /proc/filesystems || exit 77
if [ "${1:-}" != inside ]; then exec unshare -mn "$0" inside; fi
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
drops=$SOURCE_DIR/tests/namespace/lib_drops.py
failed=0
check() { # check NAME CONDITION...
  local name=$1; shift
  if ! "$@"; then echo "FAILED: $name"; failed=1; fi
}
run() { # run STATUS LINE...: its output is in $work/out and $work/err
  local wanted=$1; shift
  printf '%s\n' "$@" > "$work/lines"
  timeout 60 "$MYINIT" "$work/lines" > "$work/out" 2> "$work/err"
  local status=$?
  check "status $status of: $*" test $status = "$wanted"
}
says() { check "$(printf '%s; said: ' "$1"; cat "$work/err")" grep -qE "$1" "$work/err"; }
shows() { check "$(printf '%s; shown: ' "$1"; cat "$work/out")" grep -qE "$1" "$work/out"; }
instances() { ls /sys/kernel/tracing/instances | grep -c '^myinit-'; }

ip link set lo up
mount -t tracefs tracefs /sys/kernel/tracing
before=$(instances)

# ---- refused ----
echo old > "$work/old.jsonl"
run 1 "droptrace start filter reason=NO_SUCH file $work/old.jsonl"
says 'reason=NO_SUCH: this kernel has no such reason'
check "a refused request leaves the file alone" grep -qx old "$work/old.jsonl"
run 1 "droptrace start filter reason=NO_SUCH file $work/new.jsonl"
check "and makes none" test ! -e "$work/new.jsonl"
run 1 "droptrace start file $work/none/new.jsonl"
says "^droptrace: open $work/none/new.jsonl: No such file or directory$"
check "nor is tracing's support the matter then" test -z "$(grep kconfig "$work/err")"
check "a file that cannot be made leaves nothing in tracefs" test "$(instances)" = "$before"
run 0 'droptrace start filter comm=odd' "exec $drops --comm=odd flood 3" 'droptrace stop' \
  'droptrace start filter reason=NO_SUCH' "droptrace start file $work/none/new.jsonl" 'droptrace show'
shows '^Showing 3 drops'
run 0 'droptrace start filter comm=odd' "droptrace start file $work/old.jsonl" "exec $drops --comm=odd flood 3" 'droptrace show'
says 'already running'
check "nor does a second start touch its file" grep -qx old "$work/old.jsonl"
shows '^Showing 3 drops'
run 0 'droptrace start filter comm=odd file '"$work/old.jsonl" "exec $drops --comm=odd flood 1" 'droptrace stop'
check "one that starts begins the file anew" test "$(grep -c timestamp_us "$work/old.jsonl") $(wc -l < "$work/old.jsonl")" = "1 1"
exit $failed
