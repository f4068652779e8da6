#include "shell/printable.h"

#include <fmt/format.h>

#include "shell/utf8.h"

namespace shell {

std::string printable(std::string_view text, std::size_t limit) {
  std::string result;
  std::size_t shown = 0;
  for (std::size_t at = 0; at < text.size(); ++shown) {
    if (shown == limit) return result + "…";
    const Utf8 c = utf8_at(text, at);
    if (!c.valid || c.code < 0x20 || (c.code >= 0x7f && c.code < 0xa0)) {
      for (std::size_t i = 0; i < c.length; ++i) result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at + i]));
    } else {
      result += text.substr(at, c.length);
    }
    at += c.length;
  }
  return result;
}

}  // namespace shell
