#!/usr/bin/env bash
# droptrace leaves tracefs as it was: after a thousand starts, after a signal, after a crash, and beside a second trace.
# What the ring lost is counted: rows and losses are together what the kernel counted.
. "$SOURCE_DIR/tests/namespace/lib_drops.sh" || exit 1

wait_for() { # wait_for CONDITION...
  for _ in $(seq 200); do "$@" && return 0; sleep 0.05; done
  return 1
}
ip link set lo up
mount -t tracefs tracefs /sys/kernel/tracing
cd /sys/kernel/tracing
# Everything that says how tracing is set up, and no instance of ours. Others on this machine may trace meanwhile: theirs stays out.
state() {
  for file in current_tracer trace_clock buffer_percent tracing_on trace_options tracing_cpumask set_event set_event_pid \
    events/skb/enable events/skb/kfree_skb/{enable,filter,trigger} events/skb/consume_skb/enable \
    events/net/{netif_receive_skb,net_dev_queue}/enable; do
    echo "$file: $(cat $file)"
  done
}
ours() { ls instances | grep -c "^myinit-$1\$"; }
gone() { [ "$(ours "$1")" = 0 ]; }
there() { [ "$(ours "$1")" = 1 ]; }
state > "$WORK/before"

# Most of a start is the kernel's: the ring's memory, patching the event in, waiting for all CPUs. So the sanitizers get a part of
# the thousand only.
case $BUILD_DIR in */asan) rounds=100 ;; *) rounds=1000 ;; esac
rounds=${DROPTRACE_ROUNDS:-$rounds}
{
  for i in $(seq "$rounds"); do
    echo "droptrace start $([ $((i % 4)) = 0 ] && echo iface stack) filter reason=NO_SOCKET"
    echo 'droptrace stop'
  done
} > "$WORK/many"
echo "ls /proc/self/fd > $WORK/fds-after" >> "$WORK/many"
sed -i "1i ls /proc/self/fd > $WORK/fds-before" "$WORK/many"
timeout 800 "$MYINIT" "$WORK/many" > "$WORK/out" 2> "$WORK/err"
check "each of $rounds starts and stops works" test "$(grep -c '^Tracing stopped' "$WORK/out")" = "$rounds"
check "without a complaint" test ! -s "$WORK/err"
check "no descriptor is left" test "$(wc -l < "$WORK/fds-before")" = "$(wc -l < "$WORK/fds-after")"

# A signal: what poweroff and Ctrl-C do.
"$MYINIT" -c 'droptrace start iface; sleep 60' > /dev/null & pid=$!
check "an instance of its own" wait_for there $pid
check "the events are on there only" wait_for grep -qsx 1 "instances/myinit-$pid/events/skb/kfree_skb/enable"
check "and not in the global buffer" grep -qx 0 events/skb/kfree_skb/enable
# A second of us, and a third that starts after the crash of the first.
"$MYINIT" -c 'droptrace start; sleep 60' > /dev/null & second=$!
check "a second one has its own" wait_for there $second
kill $second; wait $second
check "a signal removes it" gone $second
check "and leaves the first alone" there $pid
kill -KILL $pid; wait $pid 2> /dev/null
check "a crash leaves it" there $pid
"$MYINIT" -c 'droptrace start; droptrace stop' > /dev/null
check "the next start removes it" gone $pid

# Losses: the reader is held while a flood goes on.
no_ports() { awk '/^Udp:/ && $2 != "InDatagrams" { print $3 }' /proc/net/snmp; }
begin=$(no_ports)
mkfifo "$WORK/lines"
"$MYINIT" < "$WORK/lines" > "$WORK/lost" & pid=$!
exec 7> "$WORK/lines"
echo "droptrace start filter reason=NO_SOCKET comm=flood" >&7
wait_for grep -qsx 1 "instances/myinit-$pid/events/skb/kfree_skb/enable"
kill -STOP $pid
sent=250000  # the ring begins with 4 MB, 95,000 of these
python3 "$drops" --comm=flood flood $sent
kill -CONT $pid
echo "droptrace stop" >&7
exec 7>&-
wait $pid
dropped=$(($(no_ports) - begin))
read -r shown lost <<< "$(sed -n 's/^Tracing stopped. \([0-9]*\) packets captured\(, \([0-9]*\) events lost.*\)\?$/\1 \3/p' "$WORK/lost")"
check "the flood was dropped" test "$dropped" -ge $sent
check "some of it was lost" test "${lost:-0}" -gt 0
check "rows and losses are all of it: $shown + ${lost:-0} = $dropped" test $((shown + ${lost:-0})) = "$dropped"

state > "$WORK/after"
check "tracefs is as it was" diff "$WORK/before" "$WORK/after"
finish
