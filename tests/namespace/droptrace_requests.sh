#!/usr/bin/env bash
# What droptrace is asked for: a start that is refused touches nothing, one that may find nothing is warned of, and show has as
# many rows as it was asked for.
. "$SOURCE_DIR/tests/namespace/lib_drops.sh" || exit 1

run() { # run STATUS LINE...: its output is in $WORK/out and $WORK/err, its number in $pid
  local wanted=$1; shift
  printf '%s\n' "$@" > "$WORK/lines"
  # The shell's number becomes that of what it executes; that of timeout is another.
  timeout 60 sh -c 'echo $$ > pid; exec "$MYINIT" ./lines' > "$WORK/out" 2> "$WORK/err"
  local status=$?
  pid=$(cat pid)
  check "status $status of: $*" test $status = "$wanted"
}
says() { check "$(printf '%s; said: ' "$1"; cat "$WORK/err")" grep -qE "$1" "$WORK/err"; }
shows() { check "$(printf '%s; shown: ' "$1"; cat "$WORK/out")" grep -qE "$1" "$WORK/out"; }

ip link set lo up
mount -t tracefs tracefs /sys/kernel/tracing

# ---- refused ----
echo old > "$WORK/old.jsonl"
run 1 "droptrace start filter reason=NO_SUCH file $WORK/old.jsonl"
says 'reason=NO_SUCH: this kernel has no such reason'
check "a refused request leaves the file alone" grep -qx old "$WORK/old.jsonl"
run 1 "droptrace start file $WORK/none/new.jsonl"
says "^droptrace: open $WORK/none/new.jsonl: No such file or directory$"
check "nor is tracing's support the matter then" test -z "$(grep kconfig "$WORK/err")"
check "a file that cannot be made leaves nothing in tracefs" test ! -e /sys/kernel/tracing/instances/myinit-$pid
run 0 'droptrace start filter comm=odd' "ls /sys/kernel/tracing/instances > $WORK/instances" "exec $drops --comm=odd flood 3" 'droptrace stop' \
  'droptrace start filter reason=NO_SUCH' "droptrace start file $WORK/none/new.jsonl" 'droptrace show'
shows '^Showing 3 drops'
check "one that starts has its instance there" grep -q " myinit-$pid\$" "$WORK/instances"
run 0 'droptrace start filter comm=odd' "droptrace start file $WORK/old.jsonl" "exec $drops --comm=odd flood 3" 'droptrace show'
says 'already running'
check "nor does a second start touch its file" grep -qx old "$WORK/old.jsonl"
shows '^Showing 3 drops'
run 0 'droptrace start filter comm=odd file '"$WORK/old.jsonl" "exec $drops --comm=odd flood 1" 'droptrace stop'
check "one that starts begins the file anew" test "$(grep -c timestamp_us "$WORK/old.jsonl") $(wc -l < "$WORK/old.jsonl")" = "1 1"

# ---- words ----
for key in iface reason proto comm; do
  run 2 "droptrace start filter $key"
  says "^droptrace: filter: '$key' lacks its value: $key=…"
done
run 2 'droptrace start filter'
says '^droptrace: filter: nothing after it'
run 2 'droptrace start filter stack'
says "^droptrace: filter: 'stack' is none of iface=, reason=, proto=, comm="
run 2 'droptrace start filter comm=odd reason'
says "^droptrace: filter: 'reason' lacks its value: reason=…"
run 2 'droptrace start stacks'
says "^droptrace: 'stacks' is none of COUNT, iface, stack, filter, file"
run 2 'droptrace start 0'
says '^droptrace: COUNT'
run 2 'droptrace start filter iface=a-name-that-is-too-long'
says '^droptrace: a-name-that-is-too-long: interface names have at most 15 bytes$'
run 0 'droptrace start filter reason=NO_SOCKET iface 5 stack comm=odd' 'droptrace stop'

# ---- interfaces ----
run 0 'droptrace start filter iface=nosuch0,lo' 'droptrace stop'
says '^droptrace: no interface nosuch0 in this network namespace'
check "lo is there" test -z "$(grep -w lo "$WORK/err")"

# ---- the rows that show counts ----
run 0 'droptrace start filter comm=odd' "exec $drops --comm=odd flood 5" \
  "exec $drops --comm=odd SOCKET_CLOSE SOCKET_CLOSE SOCKET_CLOSE SOCKET_CLOSE" 'droptrace stop' "droptrace show > $WORK/all" \
  "droptrace show 3 > $WORK/last" "droptrace show -q > $WORK/quiet" "droptrace show -q 3 > $WORK/quiet-last" \
  "droptrace show -f -q 2 > $WORK/quiet-followed"
rows() { # rows FILE COUNT ABNORMAL: what it shows, and that it counts them
  check "$1 has $2 rows" test "$(grep -cE '^[0-9]+\.[0-9]{6} ' "$WORK/$1")" = "$2"
  check "$1 has $3 that are not normal" test "$(grep -c ' NO_SOCKET$' "$WORK/$1")" = "$3"
  [[ $1 = *followed ]] || check "$1 says so" grep -qx "Showing $2 drops (buffer limited to last 1000, 9 total captured)" "$WORK/$1"
}
rows all 9 5
rows last 3 0
rows quiet 5 5
rows quiet-last 3 3
rows quiet-followed 2 2
finish
