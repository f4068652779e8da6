#include "shell/utf8.h"

namespace shell {

Utf8 utf8_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {.code = lead, .length = 1, .valid = true};
  // RFC 3629: lead bytes C2-F4; overlong forms, surrogates and what is above U+10FFFF are invalid.
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const Utf8 invalid{.code = 0xfffd, .length = 1, .valid = false};
  if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return invalid;
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return invalid;
    code = code << 6 | (byte(at + i) & 0x3fU);
  }
  if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000) || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return invalid;
  return {.code = code, .length = length, .valid = true};
}

std::size_t utf8_before(std::string_view text, std::size_t at) {
  for (std::size_t length = 2; length <= 4 && length <= at; ++length)
    if (const Utf8 c = utf8_at(text.substr(0, at), at - length); c.valid && c.length == length) return at - length;
  return at - 1;
}

void utf8_append(std::string& text, char32_t code) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

}  // namespace shell
