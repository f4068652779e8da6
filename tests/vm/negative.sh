#!/usr/bin/env bash
# The harness can fail: every expectation of lib.sh says so about a boot that must not pass.
. "${SOURCE_DIR:?is set by ctest}/tests/vm/lib.sh" || exit

script <<'RUN'
echo some words
exit 3
RUN
expect_status 3
checked

# must_fail COMMAND...: in a shell of its own, since checked ends it.
must_fail() {
  if (failures=0; "$@"; checked) >"$work/complaint"; then
    complain "passed: $*"
  elif ! grep -q "^FAILED: " "$work/complaint"; then
    complain "did not say why it failed: $*"
  fi
}
must_fail expect_status 0
must_fail expect "other words"
must_fail expect "some words" "other words"
must_fail expect_not "some words"
must_fail expect_in_order "some words" "some words"
must_fail expect_said "other words"
must_fail expect_last_word "status 0"
must_fail wait_for "other words"
checked
