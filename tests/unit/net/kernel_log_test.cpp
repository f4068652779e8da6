#include <catch2/catch.hpp>

#include "net/kernel_log.h"

using net::parse_kernel_message;

TEST_CASE("a record of /dev/kmsg: level, facility, sequence, time, text") {
  const auto m = parse_kernel_message("6,339,5140900,-;NET: Registered protocol family 10\n SUBSYSTEM=net\n DEVICE=+x\n");
  REQUIRE(m);
  CHECK(m->level == 6);
  CHECK(m->facility == 0);
  CHECK(m->sequence == 339);
  CHECK(m->time.count() == 5140900);
  CHECK(m->text == "NET: Registered protocol family 10");
  const auto user = parse_kernel_message("12,340,5690716,-;from a program\n");
  REQUIRE(user);
  CHECK(user->level == 4);
  CHECK(user->facility == 1);
  CHECK(parse_kernel_message("6,1,2,c,caller=T1;more fields")->text == "more fields");
}

TEST_CASE("escapes come back as UTF-8 and line ends, control characters stay escaped") {
  CHECK(parse_kernel_message("6,1,2,-;a\\x5cb")->text == "a\\b");
  CHECK(parse_kernel_message("6,1,2,-;gr\\xc3\\xb6\\xc3\\x9fer")->text == "größer");
  CHECK(parse_kernel_message("6,1,2,-;one\\x0atwo\\x0a")->text == "one\ntwo");
  CHECK(parse_kernel_message("6,1,2,-;\\x1b[2J")->text == "\\x1b[2J");
  CHECK(parse_kernel_message("6,1,2,-;\\x5")->text == "\\x5");
  CHECK(parse_kernel_message("6,1,2,-;\\xzz")->text == "\\xzz");
}

TEST_CASE("what is no record is none") {
  for (const char* text : {"", ";", "6;text", "6,1;text", "x,1,2,-;text", "6,1,2,-"}) {
    INFO(text);
    CHECK_FALSE(parse_kernel_message(text));
  }
}
