#include <catch2/catch.hpp>

#include "cmds/runner.h"

namespace {

struct Case {
  const char* line;
  int status;
};

// What dash's test says, but for the last lines.
constexpr Case cases[] = {
    {"test", 1}, {"test ''", 1}, {"test a", 0}, {"test -f", 0}, {"test !", 0}, {"test -n a", 0}, {"test -n ''", 1}, {"test -z ''", 0}, {"test -z a", 1},
    {"test a = a", 0}, {"test a == a", 0}, {"test a = b", 1}, {"test a != b", 0}, {"test a '<' b", 0}, {"test b '<' a", 1}, {"test b '>' a", 0},
    {"test 1 -eq 1", 0}, {"test 1 -eq 01", 0}, {"test 1 -ne 2", 0}, {"test -1 -lt 0", 0}, {"test 2 -gt 10", 1}, {"test 10 -ge 10", 0}, {"test 3 -le 2", 1}, {"test +3 -eq 3", 0},
    {"test 9223372036854775807 -gt 9223372036854775806", 0},
    {"test ! a", 1}, {"test ! ''", 0}, {"test ! a = b", 0}, {"test ! ! a", 0}, {"test a -a b", 0}, {"test a -a ''", 1}, {"test '' -o b", 0}, {"test '' -o ''", 1},
    {"test '(' a ')'", 0}, {"test '(' '' ')'", 1}, {"test '(' a = b ')' -o c = c", 0}, {"test a = a -a '(' b = c -o d = d ')'", 0}, {"test ! '(' a = a ')'", 1},
    {"test -e /proc", 0}, {"test -d /proc", 0}, {"test -f /proc", 1}, {"test -e /nosuch", 1}, {"test -L /proc/self", 0}, {"test -h /proc/self", 0}, {"test -c /dev/null", 0},
    {"test -s /dev/null", 1}, {"test -r /proc/version", 0}, {"test -x /proc", 0}, {"test -p /dev/null", 1}, {"test -b /dev/null", 1}, {"test -S /dev/null", 1},
    {"test /proc -ef /proc/.", 0}, {"test /nosuch -nt /proc", 1}, {"test /proc -nt /nosuch", 0}, {"test /nosuch -ot /proc", 0},
    {"test = = =", 0}, {"test -f = -f", 0}, {"test ! = !", 0}, {"test '(' = '('", 0},
    {"[ a = a ]", 0}, {"[ a = b ]", 1}, {"[ ]", 1}, {"[ ']' ]", 0},
    {"test 1 -eq x", 2}, {"test 1 -eq ''", 2}, {"test 99999999999999999999 -eq 1", 2}, {"test a b", 2}, {"test a b c", 2}, {"test a = b c d", 2}, {"test '(' a = a -o", 2}, {"[ a", 2}, {"test -t x", 2},
};

}  // namespace

TEST_CASE("test says of each expression what POSIX says") {
  for (const Case& c : cases) {
    INFO(c.line);
    const test::Ran ran = test::run(c.line);
    CHECK(ran.status == c.status);
    CHECK(ran.err.empty() == (c.status != 2));
  }
}

TEST_CASE("brackets and negations without end are no way to the end of the stack") {
  std::string deep = "test";
  for (int i = 0; i < 50'000; ++i) deep += " '('";
  CHECK(test::run(deep + " a").status == 2);
  std::string negated = "test";
  for (int i = 0; i < 50'000; ++i) negated += " !";
  CHECK(test::run(negated + " a = a").status == 0);
}
