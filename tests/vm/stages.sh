#!/usr/bin/env bash
# The three stages with their scripts on a share, in the image, and nowhere; the status that comes back.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit

# From a share: the first folder's scripts win; a job of startup.run goes on during the countdown, whose length is set.
mkdir "$share/test-harness"
cat >"$share/test-harness/startup.run" <<'RUN'
echo this is startup
sleep 1 && echo the job of startup ends &
RUN
cat >"$share/test-harness/autoexec.run" <<'RUN'
echo this is autoexec
cat /proc/mounts > /mnt/host/mounts
false
RUN
echo 'echo the wrong startup' >"$share/startup.run"
echo 'echo the wrong autoexec' >"$share/autoexec.run"
boot --share "$share" --append "myinit.autoexec=2 myinit.poweroff=1"
expect_status 1
expect_last_word "status 1 is the guest's"
expect_in_order "^Executing /mnt/host/test-harness/startup.run\.\.\." "^Running script: /mnt/host/test-harness/startup.run" \
  "^this is startup" "^Checking for autoexec.run in 2 seconds\.\.\." "^Press any key to skip autoexec\." \
  "^2 seconds remaining\.\.\." "^the job of startup ends" \
  "^Executing /mnt/host/test-harness/autoexec.run\.\.\." "^this is autoexec" \
  "^System will shutdown in 1 seconds\.\.\." "^Press any key to enter interactive mode\." "^1 seconds remaining\.\.\."
expect_not "wrong"
grep -q '^host-code /mnt/host 9p .*msize=512000' "$share/mounts" || complain "the share is not mounted as it should be: $(cat "$share/mounts")"
checked

# From the image, with two more shares. A folder of a script's name is none.
rm -r "${share:?}"/*
mkdir -p "$share/test-harness/startup.run"
mkdir "$work/other"
echo 'echo second share' >"$work/other/there.run"
echo 'echo startup in the image' >"$work/startup.run"
echo 'run /mnt/more/there.run; true' >"$work/autoexec.run"
boot --share "$share" --share "$work/other:more" --add "$work/startup.run" --add "$work/autoexec.run:/autoexec.run" \
  --append "myinit.autoexec=0 myinit.poweroff=0"
expect_status 0
expect_in_order "^Executing /startup.run" "^startup in the image" "^Executing /autoexec.run" "^second share"
expect_not "seconds remaining"
checked

# poweroff ends all stages: no countdown after it, no other script.
echo 'poweroff 4' >"$work/startup.run"
boot --share none --add "$work/startup.run" --add "$work/autoexec.run" --append "myinit.autoexec=9 myinit.poweroff=9"
expect_status 4
expect "^Shutting down system now\.\.\."
expect_not "Checking for autoexec" "remaining" "/autoexec.run" "System will shutdown" "interactive"
checked

# From neither, and no share at all: the places looked at, then the console.
start_boot --share none --append "myinit.autoexec=0 myinit.poweroff=off"
wait_for "^> " && type 'poweroff 5\r'
finish_boot
expect_status 5
expect_last_word "status 5 is the guest's"
expect "^\.run is a script: run FILE\. help COMMAND tells more\.$" "[Nn]o startup.run.*/mnt/host/test-harness/startup.run, /mnt/host/startup.run, /startup.run" \
  "[Nn]o autoexec.run.*/mnt/host/test-harness/autoexec.run, /mnt/host/autoexec.run, /autoexec.run" \
  "mount: Failed to mount 9p" "^Entering interactive mode\."
checked
