#include "shell/glob.h"

#include <chrono>
#include <string>

#include <catch2/catch.hpp>

using shell::glob_match;

TEST_CASE("patterns match as in sh") {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const Case cases[] = {
      {"", "", true},           {"", "a", false},          {"a", "a", true},        {"a", "b", false},         {"a", "", false},
      {"*", "", true},          {"*", "abc", true},        {"a*", "abc", true},     {"*c", "abc", true},       {"*b", "abc", false},
      {"a*c", "abbbc", true},   {"a*b*c", "axbxc", true},  {"**", "a", true},       {"*a*a*", "banana", true}, {"?", "a", true},
      {"?", "", false},         {"?", "\xc3\xa9", true},   {"??", "\xc3\xa9", false}, {"?", "\xff", true},     {"[abc]", "b", true},
      {"[abc]", "d", false},    {"[a-c]x", "bx", true},    {"[!a-c]", "b", false},  {"[!a-c]", "d", true},     {"[^a]", "b", true},
      {"[]a]", "]", true},      {"[!]a]", "b", true},      {"[a-]", "-", true},     {"[", "[", true},          {"[a", "[a", true},
      {"a[b", "a[b", true},     {"\\*", "*", true},        {"\\*", "a", false},     {"a\\?", "a?", true},      {"[\\]]", "]", true},
      {"[a\\-z]", "m", false},  {"[a\\-z]", "-", true},    {"\\", "\\", true},      {"*.ko", "nat46.ko", true}, {"*.ko", ".ko", true},
      {"[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true},           {"usb:v*d[0-9]*", "usb:v1d2", true},
  };
  for (const Case& each : cases) {
    INFO(each.pattern << " " << each.text);
    CHECK(glob_match(each.pattern, each.text) == each.matches);
  }
}

TEST_CASE("a pattern of many stars does not explode") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(glob_match(pattern + "b", std::string(20'000, 'a')));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}

TEST_CASE("only unescaped signs make a pattern") {
  CHECK(shell::has_glob("a*"));
  CHECK(shell::has_glob("[a]"));
  CHECK_FALSE(shell::has_glob("a\\*"));
  CHECK_FALSE(shell::has_glob("a]"));
}
