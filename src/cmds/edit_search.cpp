// Search, replace, and go to a line.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "edit_session.h"
#include "reactor/loop.h"
#include "shell/dialogs.h"
#include "shell/filter.h"
#include "shell/text_search.h"

namespace cmds {
namespace {

using namespace shell;
using Groups = std::vector<std::optional<Pattern::Match>>;

// `with`, with what the groups matched in `line`, and \n as the file's line end.
std::string expanded(std::string_view with, std::string_view line, const Groups& groups, std::string_view newline) {
  std::string result;
  for (std::size_t i = 0; i < with.size(); ++i) {
    if (with[i] != '\\' || i + 1 == with.size()) {
      result += with[i];
      continue;
    }
    const char c = with[++i];
    const auto number = static_cast<std::size_t>(c - '0');
    if (c >= '0' && c <= '9') {
      if (number < groups.size() && groups[number]) result += line.substr(groups[number]->begin, groups[number]->end - groups[number]->begin);
    } else if (c == 'n') {
      result += newline;
    } else {
      result += c == 't' ? '\t' : c;
    }
  }
  return result;
}

struct Replaced {
  std::string text;                 // of the lines, from the first match to the last
  std::size_t from = 0, to = 0;     // what it takes the place of
  std::size_t count = 0;
};

// All matches in these lines that begin in [from, to).
Task<Result<Replaced>> replace_in(std::string_view lines, const Pattern& pattern, std::string_view with, std::string_view newline, std::size_t from, std::size_t to) {
  Replaced result;
  for (std::size_t start = 0; start < to && start <= lines.size();) {
    const std::size_t end = std::min(lines.find('\n', start), lines.size());
    std::string_view line = lines.substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    // Behind the last newline there is no line of these: it begins the next portion.
    if (start == lines.size() && start > 0 && lines[start - 1] == '\n') break;
    Pattern::Matches matches(pattern, line, from > start ? from - start : 0);
    for (;;) {
      if (reactor::Loop::current().slice_used()) {
        auto went_on = co_await take_turns();
        if (!went_on) co_return tl::unexpected(went_on.error());
      }
      CO_TRY(match, matches.next());
      if (!match || start + match->begin >= to) break;
      const std::size_t begin = start + match->begin;
      if (result.count++ == 0) result.from = result.to = begin;
      result.text += lines.substr(result.to, begin - result.to);
      result.text += expanded(with, line, pattern.groups(), newline);
      result.to = start + match->end;
    }
    start = end + 1;
  }
  co_return result;
}

}  // namespace

bool EditSession::set_pattern(const std::string& text) {
  auto pattern = search_pattern(text);
  if (!pattern) {
    view_.say(pattern.error().text());
    screen_->bell();
    return false;
  }
  pattern_ = std::move(*pattern);
  return true;
}

Task<EditSession::Done> EditSession::ask_search() {
  auto text = co_await ask_line(*screen_, "Find: ", memory_.searches);
  if (!text) co_return tl::unexpected(text.error());
  // Nothing typed: the last one again.
  if (!*text || (!(*text)->empty() && !set_pattern(**text))) co_return Done();
  co_await search(true);
  co_return Done();
}

Task<void> EditSession::search(bool forward) {
  if (!pattern_) {
    view_.say("nothing to search for: Ctrl-F");
    co_return;
  }
  const EditText& text = document_.text();
  const std::size_t cursor = document_.cursor();
  Result<std::optional<Pattern::Match>> found;
  if (forward) found = co_await find_forward(text, *pattern_, document_.rows().next(cursor));
  else found = co_await find_backward(text, *pattern_, cursor);
  const bool around = found && !*found;
  if (around && forward) found = co_await find_forward(text, *pattern_, 0);
  else if (around) found = co_await find_backward(text, *pattern_, text.size() + 1);
  if (!found || !*found) {
    view_.say(found ? "not found" : found.error().text());
    screen_->bell();
    co_return;
  }
  if (around) view_.say(forward ? "from the beginning on" : "from the end on");
  move_to((*found)->begin, false);
  view_.mark_match(std::pair((*found)->begin, (*found)->end));
}

Task<EditSession::Done> EditSession::ask_replace() {
  auto text = co_await ask_line(*screen_, "Replace: ", memory_.searches);
  if (!text) co_return tl::unexpected(text.error());
  if (!*text || (!(*text)->empty() && !set_pattern(**text))) co_return Done();
  if (!pattern_) co_return Done();
  auto with = co_await ask_line(*screen_, "With: ", memory_.replacements);
  if (!with) co_return tl::unexpected(with.error());
  if (!*with) co_return Done();
  auto done = co_await replace_each(std::move(**with));
  co_return done;
}

// From the cursor to the end, then from the beginning to where it was, asking for each.
Task<EditSession::Done> EditSession::replace_each(std::string with) {
  const std::string newline = document_.crlf() ? "\r\n" : "\n";
  std::size_t count = 0, at = document_.cursor(), limit = at;
  for (bool around = false;;) {
    auto found = co_await find_forward(document_.text(), *pattern_, at);
    if (!found) {
      view_.say(found.error().text());
      co_return Done();
    }
    if (!*found && !around) {
      around = true;
      at = 0;
      continue;
    }
    if (!*found || (around && (*found)->begin >= limit)) break;
    const auto [begin, end] = **found;
    move_to(begin, false);
    view_.mark_match(std::pair(begin, end));
    auto answer = co_await ask_letter(*screen_, "Replace this one? y yes, n no, a all, Esc stops", "yna");
    if (!answer) co_return tl::unexpected(answer.error());
    if (*answer == '\0') break;
    if (*answer == 'a') {
      document_.begin_step();
      const std::size_t before = document_.text().size();
      auto rest = co_await replace_between(with, begin, around ? limit : before + 1);
      count += rest;
      if (!around) {
        auto first = co_await replace_between(with, 0, limit);
        count += first;
      }
      break;
    }
    at = std::max(end, begin + 1);
    if (*answer == 'n') continue;
    const std::size_t start = document_.line_start();
    const std::string line = document_.text().copy(start, document_.line_end());
    auto match = pattern_->find(line, begin - start);
    if (!match || !*match) continue;
    const std::string text = expanded(with, line, pattern_->groups(), newline);
    document_.begin_step();
    document_.replace(begin, end, text);
    ++count;
    // An empty match is followed by the character that it stood before.
    at = begin + text.size() + (begin == end ? 1 : 0);
    if (around) limit = limit + text.size() - (end - begin);
  }
  view_.mark_match(std::nullopt);
  view_.say(fmt::format("{} replaced", count));
  co_return Done();
}

// How many; within one step of undo.
Task<std::size_t> EditSession::replace_between(std::string with, std::size_t from, std::size_t to) {
  const std::string newline = document_.crlf() ? "\r\n" : "\n";
  const EditText& text = document_.text();
  std::size_t count = 0;
  for (std::size_t at = text.line_start(text.line_at(from)); at < to && at <= text.size();) {
    const std::string lines = lines_from(text, at);
    auto replaced = co_await replace_in(lines, *pattern_, with, newline, from > at ? from - at : 0, to - at);
    if (!replaced) {
      view_.say(replaced.error().text());
      break;
    }
    std::size_t length = lines.size();
    if (replaced->count > 0) {
      document_.replace(at + replaced->from, at + replaced->to, replaced->text);
      const std::size_t more = replaced->text.size(), less = replaced->to - replaced->from;
      length = length + more - less;
      to = to + more - less;
      count += replaced->count;
    }
    at += length;
    if (lines.empty()) break;
    auto went_on = co_await take_turns();
    if (!went_on) break;
  }
  co_return count;
}

Task<EditSession::Done> EditSession::go_to_line() {
  auto asked = co_await ask_line(*screen_, "Line (or LINE:COLUMN): ", memory_.lines);
  if (!asked) co_return tl::unexpected(asked.error());
  if (!*asked || (*asked)->empty()) co_return Done();
  const std::string& text = **asked;
  std::size_t line = 0, column = 1;
  auto parsed = std::from_chars(text.data(), text.data() + text.size(), line);
  if (parsed.ec == std::errc() && *parsed.ptr == ':') parsed = std::from_chars(parsed.ptr + 1, text.data() + text.size(), column);
  if (parsed.ec != std::errc() || *parsed.ptr != '\0' || line == 0 || column == 0) {
    view_.say(fmt::format("'{}' is no line", text));
    co_return Done();
  }
  const std::size_t last = document_.text().newlines() + 1;
  if (line > last) view_.say(fmt::format("there are {} lines", last));
  document_.move_to(document_.text().line_start(std::min(line, last) - 1), false);
  const std::size_t end = document_.line_end();
  for (std::size_t i = 1; i < column && document_.cursor() < end; ++i) document_.move_to(document_.rows().next(document_.cursor()), false);
  view_.forget_column();
  co_return Done();
}

}  // namespace cmds
