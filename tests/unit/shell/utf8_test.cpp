#include "shell/utf8.h"

#include <catch2/catch.hpp>

using namespace shell;

TEST_CASE("every code point survives the way to UTF-8 and back") {
  for (char32_t code = 0; code <= 0x10ffff; ++code) {
    if (code >= 0xd800 && code < 0xe000) continue;
    std::string text;
    utf8_append(text, code);
    const Utf8 c = utf8_at(text, 0);
    if (!c.valid || c.code != code || c.length != text.size() || utf8_before(text, text.size()) != 0) FAIL(static_cast<unsigned>(code));
  }
}

TEST_CASE("invalid UTF-8 is taken byte by byte") {
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5", "\xc3", "\xe4\xb8", "\xff"}) {
    const Utf8 c = utf8_at(text, 0);
    CHECK_FALSE(c.valid);
    CHECK(c.length == 1);
  }
  CHECK(utf8_before("a\x80", 2) == 1);
  CHECK(utf8_at("", 0).length == 0);
}

TEST_CASE("characters take the columns that a terminal gives them") {
  CHECK(char_width('a') == 1);
  CHECK(char_width('\t') == 0);
  CHECK(char_width(0x7f) == 0);
  CHECK(char_width(0xe9) == 1);
  CHECK(char_width(0x301) == 0);
  CHECK(char_width(0x200d) == 0);
  CHECK(char_width(0x4e2d) == 2);
  CHECK(char_width(0xac00) == 2);
  CHECK(char_width(0xff21) == 2);
  CHECK(char_width(0x1f600) == 2);
  CHECK(char_width(0x2500) == 1);
  CHECK(char_width(0xfffd) == 1);
}
