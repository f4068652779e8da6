#include "proto/json_in.h"

#include <bit>

#include "proto/text.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace proto {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 63));
    out += static_cast<char>(0x80 | (code >> 6 & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

// A problem quotes the text that is read, which must not steer a terminal, nor fill it.
std::string for_messages(std::string text) {
  constexpr std::size_t most = 4000;  // bytes: the longest list of known names has half of it
  if (text.size() > most) {
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.replace(end, text.npos, "…");
  }
  const bool foreign = !is_utf8({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool upper_control = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (upper_control) text[i + 1] = '?';
    if (c < 0x20 || c == 0x7f || upper_control || (foreign && c >= 0x80)) text[i] = '?';
  }
  return text;
}

}  // namespace

bool JsonIn::fail(std::string what) {
  if (!failed_) problem_ = for_messages(std::move(what));
  failed_ = true;
  return false;
}

bool JsonIn::blame(std::string_view where) {
  problem_.insert(0, std::string(where) + ": ");
  return false;
}

bool JsonIn::fail_expected(char c) {
  const char found = peek();
  if (found == '\0') return fail(std::string("the text ends where '") + c + "' should be");
  return fail(std::string("expected '") + c + "', found '" + found + "'");
}

bool JsonIn::any_number(std::uint64_t& value, std::uint64_t max) {
  const char* start = mark();
  std::uint64_t sum = 0;
  bool over = false;
  while (at_ != end_ && is_digit(*at_)) {
    const auto digit = static_cast<unsigned>(*at_++ - '0');
    over |= __builtin_mul_overflow(sum, 10, &sum);
    over |= __builtin_add_overflow(sum, digit, &sum);
  }
  if (at_ == start) return fail(left() > 0 && *at_ == '-' ? "a negative number" : "not a number");
  if (at_ != end_ && (*at_ == '.' || *at_ == 'e' || *at_ == 'E')) return fail("not a whole number");
  if (*start == '0' && at_ - start > 1) return fail("a number with leading zeros");
  if (over || sum > max) return fail(std::string(start, at_) + " is out of range 0-" + std::to_string(max));
  value = sum;
  return true;
}

bool JsonIn::integer(std::int64_t& value, std::int64_t min, std::int64_t max) {
  const bool negative = take('-');
  if (negative && (at_ == end_ || !is_digit(*at_))) return fail("not a number");
  std::uint64_t size = 0;
  if (!number(size)) return false;
  const std::uint64_t limit = negative ? 0 - static_cast<std::uint64_t>(min) : static_cast<std::uint64_t>(max);
  if (size > limit) return fail((negative ? "-" : "") + std::to_string(size) + " is out of range");
  value = static_cast<std::int64_t>(negative ? 0 - size : size);
  return true;
}

bool JsonIn::boolean(bool& value) {
  peek();
  value = take_text("true");
  return value || take_text("false") || fail("neither true nor false");
}

bool JsonIn::hex4(unsigned& value) {
  value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = at_ == end_ ? -1 : hex_digit(*at_++);
    if (digit < 0) return fail("a bad \\u escape");
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return true;
}

// RFC 8259 section 8.1.
bool JsonIn::check_utf8(std::string_view value) {
  return is_utf8({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()}) || fail("a string that is not UTF-8");
}

// From what is no plain character of a string that began at `start`.
bool JsonIn::escaped_string(const char* start, std::string_view& value) {
  scratch_.assign(start, at_);
  while (at_ != end_) {
    const char c = *at_++;
    if (c == '"') {
      value = scratch_;
      return check_utf8(value);
    }
    if (static_cast<unsigned char>(c) < 32) return fail("a control character in a string");
    if (c != '\\') {
      scratch_ += c;
      continue;
    }
    if (at_ == end_) break;
    const char kind = *at_++;
    static constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (const auto i = names.find(kind); i != names.npos) {
      scratch_ += meanings[i];
      continue;
    }
    unsigned code = 0, low = 0;
    if (kind != 'u') return fail("a bad escape in a string");
    if (!hex4(code)) return false;
    if (code >= 0xd800 && code < 0xdc00) {
      if (!take_text("\\u") || !hex4(low) || low < 0xdc00 || low > 0xdfff) return fail("half a surrogate pair");
      code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
      return fail("half a surrogate pair");
    }
    append_utf8(scratch_, code);
  }
  return fail("a string without its end");
}

// The start of a byte list as every writer makes it, up to its ']' or to where it is less plain (blanks, no number, the end
// of the text): one to three digits and then ',' or ']'. Returns the characters taken, whole elements.
// 64 characters at a time, a bit for each: where elements stop and whether all is plain is found for all of them at once, so
// that no element waits for the one before.
#if defined(__SSE2__)
static std::size_t fast_bytes(std::string_view text, Wire& out, bool& ended) {
  constexpr std::size_t width = 64, most_elements = width / 2;
  auto bits = [](__m128i mask) { return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(mask))); };
  std::size_t at = 0;
  while (text.size() - at >= width + 4) {
    const char* here = text.data() + at;
    std::uint64_t stops = 0, closes = 0, zeros = 0, digits = 0;
    for (unsigned i = 0; i < width; i += 16) {
      const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(here + i));
      const __m128i value = _mm_sub_epi8(part, _mm_set1_epi8('0'));
      stops |= bits(_mm_cmpeq_epi8(part, _mm_set1_epi8(','))) << i;
      closes |= bits(_mm_cmpeq_epi8(part, _mm_set1_epi8(']'))) << i;
      zeros |= bits(_mm_cmpeq_epi8(part, _mm_set1_epi8('0'))) << i;
      digits |= bits(_mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value)) << i;
    }
    const std::uint64_t close = closes & (0 - closes);
    if (close != 0) stops = (stops & (close - 1)) | close;
    if (stops == 0) return at;
    const std::uint64_t used = ~std::uint64_t{0} >> std::countl_zero(stops);  // up to the last stop
    const std::uint64_t starts = (stops << 1 | 1) & used, others = used & ~stops;
    const bool plain = (others & ~digits) == 0 && (starts & stops) == 0 &&              // only digits, at least one
                       (others & others >> 1 & others >> 2 & others >> 3) == 0 &&       // three at most
                       (starts & zeros & (others >> 1)) == 0;                           // "0" alone, no leading zero
    if (!plain) return at;
    std::uint8_t* to = out.need(most_elements + 1);
    std::uint32_t all = 0;
    unsigned start = 0;
    for (; stops != 0; stops &= stops - 1) {
      const auto stop = static_cast<unsigned>(std::countr_zero(stops));
      std::uint32_t word;
      std::memcpy(&word, here + start, 4);
      // The digits, moved so that the last of them is the highest byte.
      word = (word << ((start - stop) * 8 & 31)) & 0x0f0f0f00u;
      const std::uint32_t value = (word >> 8 & 0xff) * 100 + (word >> 16 & 0xff) * 10 + (word >> 24);
      all |= value;
      *to++ = static_cast<std::uint8_t>(value);
      start = stop + 1;
    }
    if (all > 255) return at;
    out.end(to);
    at += start;
    if (close != 0) {
      ended = true;
      return at;
    }
  }
  return at;
}
#else
static std::size_t fast_bytes(std::string_view, Wire&, bool&) { return 0; }
#endif

// The same one by one, for short lists and the ends of long ones.
static std::size_t plain_bytes(std::string_view text, Wire& out, bool& ended) {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::uint8_t* to = out.need(text.size() / 2 + 1);
  for (; end - at >= 4; ++at) {
    const char* const start = at;
    unsigned value = 0;
    for (unsigned digit = 0; at - start < 3 && (digit = static_cast<unsigned char>(*at - '0')) < 10; ++at) value = value * 10 + digit;
    ended = *at == ']';
    if (at == start || value > 255 || (*start == '0' && at - start > 1) || (!ended && *at != ',')) {
      ended = false;
      at = start;
      break;
    }
    *to++ = static_cast<std::uint8_t>(value);
    if (ended) {
      ++at;
      break;
    }
  }
  out.end(to);
  return static_cast<std::size_t>(at - text.data());
}

bool JsonIn::bytes(Wire& out) {
  if (!expect('[')) return false;
  if (take(']')) return true;
  bool ended = false;
  at_ += fast_bytes({at_, left()}, out, ended);
  if (!ended) at_ += plain_bytes({at_, left()}, out, ended);
  if (ended) return true;
  do {
    std::uint64_t value = 0;
    if (!number(value, 255)) return false;
    out.push(static_cast<std::uint8_t>(value));
  } while (take(','));
  return expect(']');
}

// The rest of a list of plain numbers without blanks, as byte lists are written; else takes nothing.
bool JsonIn::skip_numbers() noexcept {
  const char* start = at_;  // of a number
  for (const char* at = at_; at != end_; ++at) {
    if (is_digit(*at)) continue;
    if (at == start || (*start == '0' && at - start > 1)) return false;
    if (*at == ',') {
      start = at + 1;
      continue;
    }
    if (*at != ']') return false;
    at_ = at + 1;
    return true;
  }
  return false;
}

// RFC 8259 section 6.
bool JsonIn::skip_number() {
  const auto digits = [&] {
    const char* const start = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != start;
  };
  const auto take_one = [&](std::string_view of) { return at_ != end_ && of.find(*at_) != of.npos && (++at_, true); };
  take_one("-");
  if (!take_one("0") && !digits()) return fail("not a JSON value");
  if (take_one(".") && !digits()) return fail("a number without digits behind its point");
  if (!take_one("eE")) return true;
  take_one("+-");
  return digits() || fail("a number without digits in its exponent");
}

bool JsonIn::skip() {
  // Iterative: the kinds of the open brackets are the bits of `kinds`.
  std::uint64_t kinds = 0;
  int open = 0;
  for (;;) {
    const char c = peek();
    std::string_view text;
    bool ignored = false;
    if (c == '{' || c == '[') {
      if (++open > 60) return fail("nested too deeply");
      kinds = kinds << 1 | (c == '{');
      ++at_;
      if (c == '[' && skip_numbers()) {
        kinds >>= 1;
        --open;
      } else if (c == '{' ? peek() != '}' : peek() != ']') {
        if (c == '{' && (!string(text) || !expect(':'))) return false;
        continue;
      }
    } else if (c == '"') {
      if (!string(text)) return false;
    } else if (c == 't' || c == 'f') {
      if (!boolean(ignored)) return false;
    } else if (c == 'n') {
      if (!take_text("null")) return fail("not a JSON value");
    } else if (!skip_number()) {
      return false;
    }
    for (;;) {
      if (open == 0) return true;
      if (take(',')) {
        if ((kinds & 1) && (!string(text) || !expect(':'))) return false;
        break;
      }
      if (!expect(kinds & 1 ? '}' : ']')) return false;
      kinds >>= 1;
      --open;
    }
  }
}

bool JsonIn::skip(std::string_view& text) {
  const char* const start = mark();
  if (!skip()) return false;
  text = {start, static_cast<std::size_t>(at_ - start)};
  return true;
}

bool JsonIn::finish() {
  return peek() == '\0' && at_ == end_ ? true : fail("more text after the end");
}

bool parse_decimal(std::string_view text, std::uint64_t& value, std::uint64_t max) noexcept {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.size() > 20) return false;
  std::uint64_t sum = 0;
  for (const char c : text) {
    if (!is_digit(c) || __builtin_mul_overflow(sum, 10, &sum) ||
        __builtin_add_overflow(sum, static_cast<unsigned>(c - '0'), &sum))
      return false;
  }
  if (sum > max) return false;
  value = sum;
  return true;
}

bool parse_hex(std::string_view text, Wire& out) {
  if (text.size() % 2 != 0) return false;
  std::uint8_t* to = out.need(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    *to++ = static_cast<std::uint8_t>(high << 4 | low);
  }
  out.end(to);
  return true;
}

}  // namespace proto
