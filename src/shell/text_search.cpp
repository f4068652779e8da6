#include "shell/text_search.h"

#include <algorithm>
#include <cctype>

#include "reactor/loop.h"
#include "shell/filter.h"

namespace shell {
namespace {

constexpr std::size_t portion = 64U << 10, longest_line = 1U << 20;

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The first (or last) match in these lines that begins in [from, before).
Task<Result<std::optional<Pattern::Match>>> find_in(std::string_view lines, const Pattern& pattern, std::size_t from, std::size_t before, bool last) {
  std::optional<Pattern::Match> found;
  for (std::size_t start = 0; start < before && start <= lines.size();) {
    const std::size_t end = std::min(lines.find('\n', start), lines.size());
    const std::string_view line = without_return(lines.substr(start, end - start));
    Pattern::Matches matches(pattern, line, from > start ? from - start : 0);
    for (;;) {
      if (reactor::Loop::current().slice_used()) {
        auto went_on = co_await take_turns();
        if (!went_on) co_return tl::unexpected(went_on.error());
      }
      CO_TRY(match, matches.next());
      if (!match || start + match->begin >= before) break;
      found = Pattern::Match{start + match->begin, start + match->end};
      if (!last) co_return found;
    }
    start = end + 1;
  }
  co_return found;
}

}  // namespace

Result<Pattern> search_pattern(std::string_view text) {
  const bool capitals = std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isupper(c) != 0; });
  return Pattern::compile(text, {.ignore_case = !capitals});
}

std::string lines_from(const Text& text, std::size_t at) {
  for (std::size_t length = portion;; length *= 4) {
    std::string lines = text.copy(at, at + length);
    if (at + lines.size() >= text.size()) return lines;
    if (const std::size_t newline = lines.rfind('\n'); newline != std::string::npos) {
      lines.resize(newline + 1);
      return lines;
    }
    if (length >= longest_line) return lines;
  }
}

Task<Result<std::optional<Pattern::Match>>> find_forward(const Text& text, const Pattern& pattern, std::size_t from) {
  for (std::size_t at = text.line_start(text.line_at(from));;) {
    const std::string lines = lines_from(text, at);
    // What is behind a portion's last newline is the next one's first line.
    const bool last_portion = at + lines.size() >= text.size();
    auto found = co_await find_in(lines, pattern, from > at ? from - at : 0, lines.size() + (last_portion ? 1 : 0), false);
    if (!found) co_return tl::unexpected(found.error());
    if (*found) co_return Pattern::Match{(*found)->begin + at, (*found)->end + at};
    at += lines.size();
    if (at >= text.size()) co_return std::nullopt;
    auto went_on = co_await take_turns();
    if (!went_on) co_return tl::unexpected(went_on.error());
  }
}

Task<Result<std::optional<Pattern::Match>>> find_backward(const Text& text, const Pattern& pattern, std::size_t before) {
  const std::size_t line = text.line_at(before);
  std::size_t end = text.line_end(line);
  if (end - text.line_start(line) > longest_line) end = std::min(end, before + portion);
  while (before > 0) {
    std::size_t start = text.line_start(text.line_at(end - std::min(end, portion)));
    if (end - start > longest_line) start = end - longest_line;
    const std::string lines = text.copy(start, end);
    auto found = co_await find_in(lines, pattern, 0, before - start, true);
    if (!found) co_return tl::unexpected(found.error());
    if (*found) co_return Pattern::Match{(*found)->begin + start, (*found)->end + start};
    end = before = start;
    auto went_on = co_await take_turns();
    if (!went_on) co_return tl::unexpected(went_on.error());
  }
  co_return std::nullopt;
}

}  // namespace shell
