# Shared by the VM tests: . "$SOURCE_DIR/tests/vm/lib.sh"
# Every boot takes two to three seconds, so a test asks one machine as much as it can.
set -u # no pipefail: grep -q leaves its pipe early
: "${SOURCE_DIR:?is set by ctest}"
work=$(mktemp -d)
trap 'end_boot; rm -rf "$work"' EXIT
share=$work/share # the guest's /mnt/host
mkdir "$share"
status='' runner='' failures=0

# The runner as the tests want it: the same kernel and speed everywhere, no user network, and an end.
runner_words=("$SOURCE_DIR/initrd/boot" --kernel debian --accel tcg --net none --timeout 100)
# By default init begins on epoll and takes io_uring after the first commands. What looks like a variable on the kernel command line is
# one of init's environment.
[ "${MYINIT_BACKEND-default}" = default ] || runner_words+=(--append "MYINIT_BACKEND=$MYINIT_BACKEND")

# boot OPTION...: runs a VM to its end. Its output is in $work/out, what boot said in $work/err, its status in $status.
boot() {
  "${runner_words[@]}" "$@" >"$work/out" 2>"$work/err" </dev/null
  status=$?
}

# script [OPTION...] <<LINES: boots with the lines as the script, on $share unless told otherwise.
script() {
  cat >"$work/script.run"
  case " $* " in *" --share "*) ;; *) set -- --share "$share" "$@" ;; esac
  boot --script "$work/script.run" "$@"
}

# start_boot OPTION...: the same in the background, with a console to type at: type, wait_for, end_boot.
start_boot() {
  rm -f "$work/keys"
  mkfifo "$work/keys"
  "${runner_words[@]}" "$@" >"$work/out" 2>"$work/err" <"$work/keys" &
  runner=$!
  exec 7>"$work/keys"
}

# type TEXT: to the console of the VM; \r is the Enter key.
type() {
  printf "$1" >&7
}

# console: what it printed, without what is for a terminal only.
console() {
  sed -E 's/\x1b(\[[0-9;?]*[@-~]|.)//g; s/\r//g' "$work/out"
}

# wait_for PATTERN: until a line of the console matches, 60 s at most, and while the VM is there.
wait_for() {
  local tries=600
  until console | grep -qaE -- "$1"; do
    tries=$((tries - 1))
    if [ $tries -eq 0 ] || ! kill -0 "$runner" 2>/dev/null; then
      complain "waited for '$1' and it did not come"
      return 1
    fi
    sleep 0.1
  done
}

# finish_boot: waits for the end of the VM in the background; $status.
finish_boot() {
  exec 7>&-
  { wait "$runner"; } 2>/dev/null # without bash's word on a killed one
  status=$?
  runner=
}

end_boot() {
  [ -z "$runner" ] || { kill "$runner" && wait "$runner"; } 2>/dev/null
}

# The process of this test's QEMU: a child of the runner. Status 1 when there is none yet.
qemu_process() {
  local child
  for child in $(cat "/proc/$runner/task/$runner/children" 2>/dev/null); do
    grep -qs '^qemu' "/proc/$child/comm" && echo "$child" && return
  done
  return 1
}

# is_running PID: zombies are not.
is_running() {
  grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

complain() {
  failures=$((failures + 1))
  echo "FAILED: $1"
}

expect_status() {
  [ "$status" = "$1" ] || complain "status $status instead of $1"
}

# expect PATTERN...: each is on a line of the console.
expect() {
  local pattern
  for pattern; do
    console | grep -qaE -- "$pattern" || complain "the console has no line with: $pattern"
  done
}

expect_not() {
  local pattern
  for pattern; do
    ! console | grep -qaE -- "$pattern" || complain "the console has a line with: $pattern"
  done
}

# expect_in_order PATTERN...: on lines one after another.
expect_in_order() {
  local pattern at=0 next
  for pattern; do
    next=$(console | awk -v at="$at" -v pattern="$pattern" 'NR > at && $0 ~ pattern { print NR; exit }')
    [ -n "$next" ] || { complain "the console has no line with: $pattern, behind line $at"; return; }
    at=$next
  done
}

# expect_said PATTERN...: boot said it; expect_last_word: as its last line.
expect_said() {
  local pattern
  for pattern; do
    grep -qE -- "$pattern" "$work/err" || complain "boot did not say: $pattern"
  done
}

expect_last_word() {
  tail -n 1 "$work/err" | grep -qE -- "$1" || complain "boot's last line is not: $1"
}

# checked: after the expectations of each boot; shows what there was to see when one failed.
checked() {
  [ "$failures" -eq 0 ] && return
  echo "--- console"
  console | tail -n 60
  echo "--- boot"
  tail -n 60 "$work/err"
  exit 1
}
