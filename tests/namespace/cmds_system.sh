#!/usr/bin/env bash
# Commands that change or watch the system, in a mount and process namespace of their own: mount, umount, ps, dmesg, exec,
# wait, and endless commands that are stopped.
set -u
MYINIT=${MYINIT:?}
if [ "${1-}" != inside ]; then
  unshare -mpf --mount-proc true 2>/dev/null || { echo "skip: no namespaces to be had"; exit 77; }
  exec unshare -mpf --mount-proc "$0" inside
fi
work=$(mktemp -d)
trap 'cd /; umount -lq "$work"; rmdir "$work"' EXIT
mount -t tmpfs tmpfs "$work" || { echo "skip: no mounts to be had"; exit 77; }
cd "$work" || exit 1
failed=0
# expect STATUS PATTERN COMMAND…: the status, and the pattern somewhere in what it printed (stdout and stderr).
expect() {
  local status=$1 pattern=$2; shift 2
  local text; text=$("$@" 2>&1 < /dev/null); local got=$?
  if [ $got != "$status" ]; then echo "FAIL: $*: status $got, expected $status: $text"; failed=1
  elif ! grep -qE -- "$pattern" <<<"$text"; then echo "FAIL: $*: no /$pattern/ in: $text"; failed=1; fi
}
m() { "$MYINIT" "$@"; }

# --- mount ---
expect 0 '^Attempting to mount tmpfs at .*/a/b/c \(type: tmpfs, options: size=1m,ro,nosuid\)' m mount -o size=1m,ro -t tmpfs tmpfs "$work/a/b/c" -o nosuid
expect 0 "tmpfs on $work/a/b/c type tmpfs \(ro,nosuid,relatime,size=1024k" m mount
expect 1 'Read-only file system' m touch "$work/a/b/c/x"
expect 0 'Successfully mounted' m mount -o remount,rw "$work/a/b/c"
expect 0 '^$' m touch "$work/a/b/c/x"
expect 0 "on $work/a/b/c type tmpfs \(rw" m mount
expect 0 'Successfully mounted' m mount --bind -o ro "$work/a/b/c" "$work/bound"
expect 1 'Read-only file system' m touch "$work/bound/y"
echo text > file
expect 0 'Successfully mounted' m mount --bind "$work/file" "$work/other/file"
expect 0 '^text$' m cat "$work/other/file"
expect 0 'Successfully mounted' m mount --make-private "$work/bound"
expect 1 'mount: Mount failed: errno 19 - No such device \(the kernel has no file system nosuchfs' m mount -t nosuchfs none "$work/n"
expect 1 "mount: Mount failed: errno 2 - No such file or directory \(/nosuchdevice does not exist\)" m mount -t ext4 /nosuchdevice "$work/n"
expect 1 'Mount failed' m mount /dev/null "$work/n"
expect 2 'missing TARGET' m mount nosuch
expect 2 'unknown option' m mount --nosuch
expect 2 'missing SOURCE' m mount -o ro
expect 1 'not a directory|Not a directory' m mount -t tmpfs tmpfs "$work/file/below"
expect 0 '/proc already mounted' m mount proc
expect 1 'Failed to mount 9p filesystem: errno [0-9]+ - .*\(' m mount 9p
expect 0 'Successfully mounted tmpfs at' m mount -t tmpfs "$work/short"
expect 0 'Successfully unmounted' m umount "$work/other/file" "$work/bound" "$work/short/"
(cd "$work/a/b/c" && exec sleep 30) & holder=$!
sleep 0.3
expect 1 'umount: .*/a/b/c: in use' m umount "$work/a/b/c"
expect 0 'Successfully unmounted' m umount -l "$work/a/b/c"
kill $holder
expect 1 'nothing is mounted there' m umount "$work/a"
expect 2 'missing TARGET' m umount
expect 1 'No such file' m umount /nosuch

# --- ps: state and full command line ---
bash -c 'exec -a "two words" sleep 31' &
sleep 0.3
expect 0 "^ +$! +$$ S two words 31\$" m ps
expect 0 '^ +PID +PPID S CMD$' m ps aux
kill $!
# A zombie has no command line; its name stands in brackets.
python3 - <<'PY' &
import os, time
if os.fork() == 0: os._exit(0)
time.sleep(3)
PY
sleep 0.8
expect 0 ' Z \[python3\]' m ps -ef

# --- dmesg ---
echo "<4>cmds-test warning $$" > /dev/kmsg 2>/dev/null && {
  expect 0 "^\[ *[0-9]+\.[0-9]{6}\] cmds-test warning $$\$" m dmesg 5
  expect 0 "cmds-test" m dmesg -l warn 20
  [ "$(m dmesg -l emerg 1000000 | grep -c cmds-test)" = 0 ] || { echo "FAIL: dmesg -l shows other levels"; failed=1; }
  [ -z "$(m dmesg 0)" ] || { echo "FAIL: dmesg 0 prints"; failed=1; }
  [ "$(m dmesg 3 | wc -l)" = 3 ] || { echo "FAIL: dmesg 3"; failed=1; }
  [ "$(m dmesg | wc -l)" -le 100 ] || { echo "FAIL: dmesg prints more than 100 lines"; failed=1; }
  expect 0 '^\[[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\.[0-9]{6}\] ' m dmesg -T 1
  "$MYINIT" dmesg -w 0 > follow & follower=$!
  sleep 0.4; echo "cmds-test later $$" > /dev/kmsg; sleep 0.4
  kill -INT $follower; wait $follower; status=$?
  [ $status = 130 ] && grep -q "cmds-test later $$" follow || { echo "FAIL: dmesg -w: status $status"; cat follow; failed=1; }
  expect 0 '^$' m wait log "cmds-test l[a]ter $$" within 2s
}
expect 2 'is no level' m dmesg -l loud
expect 2 'is not a number' m dmesg x
expect 1 'not within 50ms; the last message is: ' m wait log nosuchmessage within 50ms

# --- endless commands end when they are stopped, with 130, and soon ---
stops() {
  "$MYINIT" "$@" > /dev/null 2> err & local job=$!
  sleep 0.4
  local begin=${EPOCHREALTIME/./}
  kill -INT $job; wait $job; local status=$?
  local ms=$(( (${EPOCHREALTIME/./} - begin) / 1000 ))
  [ $status = 130 ] || { echo "FAIL: $* ended with $status: $(cat err)"; failed=1; }
  [ $ms -lt 2000 ] || { echo "FAIL: $* took $ms ms to stop"; failed=1; }
}
mkfifo fifo; : > grows
stops cat /dev/zero
stops cat fifo
stops cat fifo /dev/zero
stops hexdump -v /dev/urandom
stops hexdump /dev/zero
stops wc /dev/zero
stops tail -f grows
stops tail /dev/zero
stops wait file nosuch
stops wait log nosuchmessage new
stops sleep 100
stops exec sleep 100
stops -c 'exec yes | grep n'
stops -c 'exec yes | sort'
stops -c 'exec yes | head -n 1000000000000'
stops -c 'cat /dev/zero | cat | cat'
stops cp /dev/zero /dev/null
pgrep -x yes > /dev/null && { echo "FAIL: a program outlived its exec"; failed=1; }

# --- tail -f sees what is added, and a file that begins anew ---
"$MYINIT" tail -f grows > followed 2>/dev/null & follower=$!
sleep 0.4; echo one >> grows; sleep 0.3; echo two >> grows; sleep 0.3; : > grows; sleep 0.3; echo 3 >> grows; sleep 0.4
kill -INT $follower; wait $follower
[ "$(tr '\n' ' ' < followed)" = 'one two 3 ' ] || { echo "FAIL: tail -f saw: $(cat followed)"; failed=1; }

# --- one file for both streams: what was printed first stands first ---
m -c 'echo one; cat nofile; echo two; ls nofile; echo three' > both 2>&1 < /dev/null
printf '%s\n' one 'cat: nofile: No such file or directory' two "ls: cannot access 'nofile': No such file or directory" three |
  diff - both || { echo "FAIL: the order of both streams in one file"; failed=1; }

# --- a full file system ---
mkdir full; mount -t tmpfs -o size=64k tmpfs full
expect 1 'No space left on device' m cp /dev/zero full/zero
expect 1 'No space left on device' m -c "cat /dev/zero > full/more"
# Room for a part: what is there is the beginning, and nothing else is called a success.
seq 30000 > long
half() {
  rm -f full/*
  head -c 8000 /dev/zero > full/filler
  expect 1 'No space left on device' "$@"
  cmp -s -n "$(stat -c %s full/cut)" full/cut long && [ -s full/cut ] || { echo "FAIL: not the beginning of the file after: $*"; failed=1; }
}
half m cp long full/cut
half m -c "cat long > full/cut"
half m -c "head -n 29000 long > full/cut"
cp long moved
expect 1 'No space left on device' m mv moved full/cut
cmp -s moved long || { echo "FAIL: a file that could not be moved is gone"; failed=1; }
umount full

# --- a directory where a file is wanted, and the other way round ---
for c in 'cat /' 'head /' 'tail /' 'wc /' 'sort /' 'hexdump /'; do expect "$( [ "$c" = 'sort /' ] && echo 2 || echo 1)" 'Is a directory' m $c; done
expect 2 'Is a directory' m grep x /
expect 1 'Not a directory' m ls file/below
expect 1 'Not a directory' m cd file

# --- one write for a control file ---
if command -v strace > /dev/null; then
  ASAN_OPTIONS=detect_leaks=0 MYINIT_BACKEND=epoll strace -f -e trace=write,writev,pwrite64,pwritev2 -o trace "$MYINIT" -c 'echo add nat46dev > target'
  [ "$(grep -c 'add nat46dev.*= 13$' trace)" = 1 ] || { echo "FAIL: echo > target: not one write"; cat trace; failed=1; }
  grep -q 'add nat46dev\\n' trace || { echo "FAIL: the newline is not in the same write"; failed=1; }
fi
[ "$(cat target)" = 'add nat46dev' ] || failed=1
exit $failed
