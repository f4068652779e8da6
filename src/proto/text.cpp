#include "proto/text.h"

#include "proto/address.h"
#include "proto/digits.h"

namespace proto {

char* put_byte_list(char* out, Bytes bytes) noexcept {
  *out++ = '[';
  if (bytes.empty()) {
    *out++ = ']';
    return out;
  }
  for (const std::uint8_t byte : bytes) {
    std::memcpy(out, byte_texts[byte].text, 4);  // digits and comma; what is too much is overwritten next
    out += byte_lengths[byte] + 1;
  }
  out[-1] = ']';
  return out;
}

char* put_hex(char* out, Bytes bytes) noexcept {
  static constexpr char digits[] = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *out++ = digits[byte >> 4];
    *out++ = digits[byte & 15];
  }
  return out;
}

void append_number(Text& out, std::uint64_t value) { out.end(put_u64(out.need(20), value)); }

void append_signed(Text& out, std::int64_t value) {
  if (value < 0) out.push('-');
  append_number(out, value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
}

void append_byte_list(Text& out, Bytes bytes) { out.end(put_byte_list(out.need(bytes.size() * 4 + 2), bytes)); }

void append_string(Text& out, std::string_view text) {
  out.push('"');
  for (const char c : text) {
    const char* names = "btn?fr";  // of U+0008 to U+000D; U+000B has none
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push('\\');
      out.push(c);
    } else if (code >= 8 && code <= 13 && code != 11) {
      out.push('\\');
      out.push(names[code - 8]);
    } else if (code < 32) {
      out.append("\\u00");
      out.push(static_cast<char>('0' + (code >> 4)));
      out.push("0123456789abcdef"[code & 15]);
    } else {
      out.push(c);
    }
  }
  out.push('"');
}

void append_string(Text& out, Bytes text) {
  append_string(out, std::string_view(reinterpret_cast<const char*>(text.data()), text.size()));
}

void append_ipv4(Text& out, const std::uint8_t* bytes) {
  out.push('"');
  out.end(put_ipv4(out.need(ipv4_text_max), bytes));
  out.push('"');
}

void append_ipv6(Text& out, const std::uint8_t* bytes) {
  out.push('"');
  out.end(put_ipv6(out.need(ipv6_text_max), bytes));
  out.push('"');
}

void append_mac(Text& out, const std::uint8_t* bytes) {
  out.push('"');
  out.end(put_mac(out.need(mac_text_max), bytes));
  out.push('"');
}

bool is_utf8(Bytes bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::uint8_t lead = bytes[i++];
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || bytes.size() - i < static_cast<std::size_t>(more)) return false;
    const std::uint8_t first = bytes[i];
    if ((lead == 0xe0 && first < 0xa0) || (lead == 0xed && first > 0x9f) || (lead == 0xf0 && first < 0x90) ||
        (lead == 0xf4 && first > 0x8f))
      return false;
    for (int k = 0; k < more; ++k)
      if ((bytes[i++] & 0xc0) != 0x80) return false;
  }
  return true;
}

}  // namespace proto
