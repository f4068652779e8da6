#!/usr/bin/env bash
# A key in each countdown leads to the console; without settings the countdowns are 5 s and 10 s.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit
echo 'echo this is autoexec' >"$share/autoexec.run"

start_boot --share "$share"
wait_for "^5 seconds remaining" && type ' '
wait_for "^> " && type 'echo typed$UNSET at the prompt\r' && wait_for '^typed' && type 'poweroff\r'
finish_boot
expect_status 0
expect_in_order "^Checking for autoexec.run in 5 seconds" "^Skipped autoexec.run, entering interactive mode\." "^typed\\\$UNSET at the prompt"
# The key that skips is not typed at the prompt, and there is no second countdown.
expect_not "this is autoexec" "System will shutdown" "^>  echo"
checked

start_boot --share "$share" --append "myinit.autoexec=1"
wait_for "^10 seconds remaining" && type 'q'
wait_for "^> " && type 'poweroff 3\r'
finish_boot
expect_status 3
expect_in_order "^this is autoexec" "^System will shutdown in 10 seconds" "^Entering interactive mode\."
expect_not "Skipped" "q: "
checked
