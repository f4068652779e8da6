// The numbers of command lines: whole ones, fractions, times, sizes.
#include <catch2/catch.hpp>

#include "shell/command.h"

using namespace shell;
using namespace std::chrono_literals;

TEST_CASE("fractions are decimal digits with a point, and nothing else") {
  struct Case {
    const char* text;
    double value;
  };
  for (const Case& c : {Case{"0", 0}, {"7", 7}, {".5", 0.5}, {"5.", 5}, {"0.1", 0.1}, {"0.3", 0.3}, {"-2.25", -2.25}, {"000012.500", 12.5},
                        {"123456789.012345", 123456789.012345}, {"1.0000000000000000000000000000000000000000", 1},
                        {"0.00000000000000000000000000000000000000001", 0}}) {
    INFO(c.text);
    const auto value = parse_fraction(c.text, "it", -1e12, 1e12);
    REQUIRE(value);
    CHECK(*value == c.value);
  }
  for (const std::string text : {"", ".", "-", "-.", "1e3", "0x10", " 1", "1 ", "+1", "1.2.3", "--1", "inf", "nan", "1,5"}) {
    INFO(text);
    CHECK_FALSE(parse_fraction(text, "it", -1e12, 1e12));
  }
  CHECK_FALSE(parse_fraction("100.5", "it", 0, 100));
  CHECK_FALSE(parse_fraction(std::string(400, '9'), "it", 0, 1e12));
}

TEST_CASE("times have units and end at a hundred years") {
  CHECK(*parse_duration("0.25", "it") == 250ms);
  CHECK(*parse_duration("3ms", "it") == 3ms);
  CHECK(*parse_duration("1.5us", "it") == 1500ns);
  CHECK(*parse_duration("20ns", "it") == 20ns);
  CHECK(*parse_duration("2m", "it") == 2min);
  CHECK(*parse_duration("1.5h", "it") == 90min);
  for (const char* text : {"", "s", "ms", "-1", "-1s", "1d", "1 s", "999999999999h"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text, "it"));
  }
}

TEST_CASE("sizes have binary units and fit 63 bits") {
  CHECK(*parse_size("0", "it") == 0);
  CHECK(*parse_size("64k", "it") == 65536);
  CHECK(*parse_size("2MB", "it") == 2 << 20);
  CHECK(*parse_size("1G", "it") == 1 << 30);
  for (const char* text : {"", "k", "B", "-1", "1.5k", "1T", "99999999999G"}) {
    INFO(text);
    CHECK_FALSE(parse_size(text, "it"));
  }
}
