// UTF-8 for what is shown and typed: code points and the columns that they take on a terminal.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace shell {

struct Utf8 {
  char32_t code = 0xfffd;   // U+FFFD for an invalid byte
  std::size_t length = 0;   // bytes; 0 at the end of the text
  bool valid = false;
};

/// The character at `at`. An invalid or cut sequence is one byte long.
Utf8 utf8_at(std::string_view text, std::size_t at);

/// Start of the character that ends before `at` (> 0).
std::size_t utf8_before(std::string_view text, std::size_t at);

void utf8_append(std::string& text, char32_t code);

/// Columns that a terminal gives to a character: 0 (combining), 1 or 2. Control characters count as 0.
/// The C library's wcwidth needs a locale, which a static program in an empty initrd has not.
int char_width(char32_t code);

}  // namespace shell
