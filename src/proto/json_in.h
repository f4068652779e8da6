#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "proto/buffer.h"

namespace proto {

/// Reads one JSON text front to back, value by value, without a document tree: whoever knows what comes asks for it.
/// Every call returns false once something was wrong; `problem` says what. Blanks between tokens are skipped,
/// nesting is limited, and nothing outside the text is touched.
/// A string_view that is handed out lives until the next string is read.
class JsonIn {
public:
  explicit JsonIn(std::string_view text) noexcept : at_(text.data()), end_(text.data() + text.size()) {}

  /// The next character that is not blank, without taking it; 0 at the end.
  char peek() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  bool take(char c) noexcept {
    if (peek() != c || c == '\0') return false;
    ++at_;
    return true;
  }
  bool expect(char c) { return take(c) || fail_expected(c); }
  /// Takes exactly this text if it comes next.
  bool take_text(std::string_view text) noexcept {
    if (left() < text.size() || std::memcmp(at_, text.data(), text.size()) != 0) return false;
    at_ += text.size();
    return true;
  }

  /// `member(key)` must read the value and return true, for each member.
  template <class F>
  bool object(F&& member) {
    if (!open('{')) return false;
    if (!take('}')) {
      do {
        std::string_view key;
        if (!string(key) || !expect(':') || !member(key)) return close(false);
      } while (take(','));
      if (!expect('}')) return close(false);
    }
    return close(true);
  }
  /// `element()` must read one value and return true, for each element.
  template <class F>
  bool array(F&& element) {
    if (!open('[')) return false;
    if (!take(']')) {
      do
        if (!element()) return close(false);
      while (take(','));
      if (!expect(']')) return close(false);
    }
    return close(true);
  }
  /// `"Name"` or `{"Name":value}`: calls `alternative(name, has_value)`, which reads the value if there is one.
  template <class F>
  bool variant(F&& alternative) {
    std::string_view name;
    if (peek() != '{') return string(name) && alternative(name, false);
    return open('{') && close(string(name) && expect(':') && alternative(name, true) && expect('}'));
  }
  /// `[a,b,…]` of exactly this many elements: `element(i)` reads each.
  template <class F>
  bool tuple(std::size_t count, F&& element) {
    std::size_t i = 0;
    if (!array([&] { return i < count ? element(i++) : fail("too many elements"); })) return false;
    return i == count || fail("too few elements");
  }

  bool number(std::uint64_t& value, std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
    return take_number(value, max) || any_number(value, max);
  }
  /// Takes a number in the form that writers put, with ',' or '}' behind; takes nothing if it is in another or larger.
  bool take_number(std::uint64_t& value, std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) noexcept {
    constexpr std::ptrdiff_t most = 19;  // digits that always fit 64 bits
    const char* at = at_;
    std::uint64_t sum = 0;
    while (at != end_ && at - at_ < most && static_cast<unsigned char>(*at - '0') < 10) sum = sum * 10 + static_cast<unsigned>(*at++ - '0');
    if (at == at_ || at == end_ || (*at != ',' && *at != '}') || (*at_ == '0' && at - at_ > 1) || sum > max) return false;
    value = sum;
    at_ = at;
    return true;
  }
  bool integer(std::int64_t& value, std::int64_t min, std::int64_t max);
  bool boolean(bool& value);
  bool string(std::string_view& value) {
    // Most have no escapes.
    if (take('"')) {
      const char* start = at_;
      unsigned char all = 0;
      while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 32) all |= static_cast<unsigned char>(*at_++);
      if (at_ != end_ && *at_ == '"') {
        value = {start, static_cast<std::size_t>(at_++ - start)};
        return all < 0x80 || check_utf8(value);
      }
      return escaped_string(start, value);
    }
    return fail("not a string");
  }
  /// A list of numbers 0-255, appended to `out`.
  bool bytes(Wire& out);
  /// Any value, checked for its syntax only.
  bool skip();
  /// The same; `text` is the value as it stands there, and lives as long as what is read.
  bool skip(std::string_view& text);
  /// Only blanks are left.
  bool finish();

  bool fail(std::string what);
  /// Says where it failed: puts "where: " before the problem.
  bool blame(std::string_view where);
  bool failed() const noexcept { return failed_; }
  const std::string& problem() const noexcept { return problem_; }

  /// The same for a text whose bytes lie, with zeros behind, in two words: what a reader knows to come mostly.
  struct Known {
    std::uint64_t word[2] = {};
    std::uint64_t mask[2] = {};
    std::uint32_t size = 0;  // 17 and above: not kept in the words
  };
  bool take_known(const Known& known, std::string_view text) noexcept {
    if (known.size > 16 || left() < 16) return take_text(text);
    std::uint64_t here[2];
    std::memcpy(here, at_, 16);
    if (((here[0] ^ known.word[0]) & known.mask[0]) != 0 || ((here[1] ^ known.word[1]) & known.mask[1]) != 0) return false;
    at_ += known.size;
    return true;
  }

  /// The place of the next value, to read it again later (`go_back`), or to cut its text out.
  const char* mark() noexcept {
    peek();
    return at_;
  }
  const char* position() const noexcept { return at_; }
  void go_back(const char* mark) noexcept { at_ = mark; }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

private:
  bool open(char c) {
    if (++depth_ > 64) return fail("nested too deeply");
    return expect(c);
  }
  bool close(bool good) noexcept {
    --depth_;
    return good;
  }
  bool fail_expected(char c);
  bool any_number(std::uint64_t& value, std::uint64_t max);
  bool escaped_string(const char* start, std::string_view& value);
  bool skip_numbers() noexcept;
  bool skip_number();
  bool hex4(unsigned& value);
  bool check_utf8(std::string_view value);

  const char* at_;
  const char* end_;
  int depth_ = 0;
  bool failed_ = false;
  std::string problem_, scratch_;
};

/// Decimal text, optionally with '+', as the number that it is; false for anything else or above `max`.
bool parse_decimal(std::string_view text, std::uint64_t& value, std::uint64_t max) noexcept;
/// Pairs of hex digits, any case, appended to `out`.
bool parse_hex(std::string_view text, Wire& out);

}  // namespace proto
