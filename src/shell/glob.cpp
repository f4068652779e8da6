#include "shell/glob.h"

#include "shell/utf8.h"

namespace shell {
namespace {

// Matches the set that begins behind its '[' at `at`; sets `at` behind the ']'. Without a ']' it is no set:
// `known` is then false.
bool match_set(std::string_view pattern, std::size_t& at, char32_t code, bool& known) {
  std::size_t i = at;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  known = false;
  auto next = [&] {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const Utf8 c = utf8_at(pattern, i);
    i += c.length;
    return c.code;
  };
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) {
      known = true;
      at = i + 1;
      return found != negated;
    }
    const char32_t low = next();
    char32_t high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      high = next();
    }
    found = found || (code >= low && code <= high);
  }
  return false;
}

// Matches one element of the pattern, not a *, against one character; moves both on success.
bool match_one(std::string_view pattern, std::size_t& p, std::string_view text, std::size_t& t) {
  if (t >= text.size()) return false;
  const Utf8 c = utf8_at(text, t);
  if (pattern[p] == '?') {
    ++p;
    t += c.length;
    return true;
  }
  if (pattern[p] == '[') {
    std::size_t behind = p + 1;
    bool known = false;
    const bool matched = match_set(pattern, behind, c.code, known);
    if (known) {
      if (!matched) return false;
      p = behind;
      t += c.length;
      return true;
    }
  }
  std::size_t literal = p;
  if (pattern[literal] == '\\' && literal + 1 < pattern.size()) ++literal;
  if (pattern[literal] != text[t]) return false;
  p = literal + 1;
  ++t;
  return true;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  // Only the last * is ever tried again: what an earlier one could give, the last one can give too.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  for (;;) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    if (p == pattern.size() && t == text.size()) return true;
    if (p < pattern.size() && match_one(pattern, p, text, t)) continue;
    if (star == std::string_view::npos || star_text >= text.size()) return false;
    star_text += utf8_at(text, star_text).length;
    p = star;
    t = star_text;
  }
}

bool has_glob(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') ++i;
    else if (pattern[i] == '*' || pattern[i] == '?' || pattern[i] == '[') return true;
  }
  return false;
}

}  // namespace shell
