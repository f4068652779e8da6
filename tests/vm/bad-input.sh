#!/usr/bin/env bash
# Bad input: each gets a clear error, and PID 1 lives to say so.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit
{ printf 'echo '; head -c 1000000 /dev/zero | tr '\0' 'y'; printf ' > /mnt/host/long\n'; } >"$share/long.run"
# The same garbage every time.
/usr/bin/python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(200000))' >"$share/garbage.run"
printf 'echo one\0two\necho three\n' >"$share/nul.run"
echo 'run /mnt/host/startup.run' >"$share/startup.run" # ends itself and all that called it
printf 'echo "never closed\necho x >\n| |\n' >"$share/syntax.run"
script --memory 384M --add "$(command -v busybox):/bin/busybox" <<'RUN'
run /mnt/host/long.run
run /mnt/host/garbage.run
echo lived through garbage
run /mnt/host/nul.run
echo lived through NUL
run /mnt/host/syntax.run
echo lived through syntax: $?
run /mnt/host
echo status of a folder: $?
exec /bin/busybox dd if=/dev/zero of=/tmp/full bs=1M
echo more > /tmp/more
echo status with /tmp full: $?
rm /tmp/full
echo again > /tmp/more && cat /tmp/more
exit 11
RUN
expect_status 11
expect "^lived through garbage" "startup\.run: scripts run each other more than [0-9]+ deep" "^three" \
  "^lived through NUL" "syntax\.run:[1-3]:" "^lived through syntax: 2" "/mnt/host.: Is a directory" "^status of a folder: [1-9]" \
  "/tmp/more.*No space left" "^status with /tmp full: 1" "^again"
[ "$(stat -c %s "$share/long")" = 1000001 ] || complain "the line of 1 MB did not arrive"
checked

# The console: an end of file, a line without end, and garbage typed in; the prompt comes back each time.
start_boot --share none --append "myinit.autoexec=0 myinit.poweroff=off"
if wait_for "^> "; then
  type '\004' && sleep 1
  type 'echo after the end of file\r' && wait_for "^after the end of file"
  head -c 20000 /dev/zero | tr '\0' 'z' >&7
  type '\003\r\rsleep 0\r'
  head -c 3000 "$share/garbage.run" | tr -d '\004\003\032\023\021\034' >&7
  type '\003\r\recho alive $((\r' && sleep 1
  type '\003\r\recho really alive\r' && wait_for "^really alive"
  type 'poweroff 6\r'
fi
finish_boot
expect_status 6
expect "PID 1|end of input|end of file"
checked
