#include "shell/line_editor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "shell/utf8.h"

namespace shell {
namespace {

using Code = Key::Code;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// Part of a word for the keys that move by words: letters, digits, and all that is not ASCII.
bool is_word(char c) { return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0; }

int text_width(std::string_view text) {
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8 c = utf8_at(text, at);
    width += char_width(c.code);
    at += c.length;
  }
  return width;
}

}  // namespace

void LineEditor::begin(std::string prompt) {
  prompt_ = std::move(prompt);
  text_.clear();
  typed_.clear();
  cursor_ = 0;
  recalled_ = history_.lines().size();
  search_.reset();
  killing_ = false;
  display_.forget();
  active_ = true;
  hidden_ = false;
}

LineEditor::Event LineEditor::handle(const Key& key) {
  if (search_ && search(key)) return Event::none;
  killed_now_ = false;
  const Event event = edit(key);
  killing_ = killed_now_;
  if (event == Event::submit || event == Event::interrupt) {
    cursor_ = text_.size();
    if (event == Event::interrupt) {
      text_ += "^C";
      cursor_ = text_.size();
    }
    leave();
    if (event == Event::interrupt) text_.clear();
    cursor_ = text_.size();
    active_ = false;
  }
  return event;
}

LineEditor::Event LineEditor::edit(const Key& key) {
  if (key.code == Code::character && key.ctrl) return control(key.character);
  if (key.alt || (key.ctrl && (key.code == Code::left || key.code == Code::right))) {
    alt(key);
    return Event::none;
  }
  switch (key.code) {
    case Code::character: {
      std::string bytes;
      utf8_append(bytes, key.character);
      insert(bytes);
      break;
    }
    case Code::paste: {
      std::string text = key.text;
      // Terminals send a pasted line's end as the Enter key.
      std::replace(text.begin(), text.end(), '\r', '\n');
      insert(text);
      break;
    }
    case Code::enter: return Event::submit;
    case Code::tab:
      if (!key.shift) return Event::complete;
      break;
    case Code::backspace: erase(previous(cursor_), cursor_); break;
    case Code::remove: erase(cursor_, next(cursor_)); break;
    case Code::left: cursor_ = previous(cursor_); break;
    case Code::right: cursor_ = next(cursor_); break;
    case Code::home: cursor_ = 0; break;
    case Code::end: cursor_ = text_.size(); break;
    case Code::up:
      if (recalled_ > 0) recall(recalled_ - 1);
      else bell();
      break;
    case Code::down:
      if (recalled_ < history_.lines().size()) recall(recalled_ + 1);
      else bell();
      break;
    case Code::page_up:
      if (!history_.lines().empty()) recall(0);
      break;
    case Code::page_down: recall(history_.lines().size()); break;
    case Code::escape: case Code::insert: case Code::function: case Code::cursor_position: case Code::resize: case Code::unknown: break;
  }
  return Event::none;
}

LineEditor::Event LineEditor::control(char32_t letter) {
  switch (letter) {
    case 'a': return edit({.code = Code::home});
    case 'e': return edit({.code = Code::end});
    case 'b': return edit({.code = Code::left});
    case 'f': return edit({.code = Code::right});
    case 'p': return edit({.code = Code::up});
    case 'n': return edit({.code = Code::down});
    case 'c': return Event::interrupt;
    case 'd':
      if (text_.empty()) return Event::end_of_file;
      return edit({.code = Code::remove});
    case 'k': cut(cursor_, text_.size()); break;
    case 'u': cut(0, cursor_); break;
    case 'w': cut(word_start(true), cursor_); break;
    case 'y': insert(killed_); break;
    case 't': transpose(); break;
    case 'l':
      output_ += "\x1b[H\x1b[J";
      display_.forget();
      break;
    case 'r': search_ = Search{.pattern = {}, .found = history_.lines().size(), .typed = text_, .typed_cursor = cursor_}; break;
    default: break;
  }
  return Event::none;
}

void LineEditor::alt(const Key& key) {
  if (key.code == Code::left) cursor_ = word_start(false);
  if (key.code == Code::right) cursor_ = word_end();
  if (key.code == Code::backspace) cut(word_start(false), cursor_);
  if (key.code != Code::character) return;
  switch (key.character) {
    case 'b': case 'B': cursor_ = word_start(false); break;
    case 'f': case 'F': cursor_ = word_end(); break;
    case 'd': case 'D': cut(cursor_, word_end()); break;
    default: break;
  }
}

// True when the key belongs to the search; any other ends it with the line that was found and then does its own work.
bool LineEditor::search(const Key& key) {
  Search& search = *search_;
  if (key.is_ctrl('r')) {
    find(search.found);
  } else if (key.code == Code::backspace) {
    if (!search.pattern.empty()) search.pattern.resize(utf8_before(search.pattern, search.pattern.size()));
    find(history_.lines().size());
  } else if (key.code == Code::escape || key.is_ctrl('g')) {
    text_ = std::move(search.typed);
    cursor_ = search.typed_cursor;
    search_.reset();
  } else if ((key.code == Code::character && !key.ctrl && !key.alt) || key.code == Code::paste) {
    if (key.code == Code::paste) search.pattern += key.text;
    else utf8_append(search.pattern, key.character);
    find(std::min(history_.lines().size(), search.found + 1));  // the line that is shown may still hold it
  } else {
    recalled_ = search.found;
    typed_ = std::move(search.typed);
    if (recalled_ == history_.lines().size()) typed_.clear();
    search_.reset();
    return false;
  }
  return true;
}

void LineEditor::find(std::size_t before) {
  Search& search = *search_;
  if (search.pattern.empty()) {
    search.found = history_.lines().size();
    search.failed = false;
    text_ = search.typed;
    cursor_ = search.typed_cursor;
    return;
  }
  const auto found = history_.search(search.pattern, before);
  search.failed = !found;
  if (!found) return bell();
  search.found = *found;
  text_ = history_.lines()[*found];
  cursor_ = text_.rfind(search.pattern);
}

void LineEditor::insert(std::string_view text) {
  if (text_.size() + text.size() > longest) return bell();
  text_.insert(cursor_, text);
  cursor_ += text.size();
}

void LineEditor::erase(std::size_t from, std::size_t to) {
  if (from == to) return bell();
  text_.erase(from, to - from);
  cursor_ = from;
}

void LineEditor::cut(std::size_t from, std::size_t to) {
  const bool forward = from == cursor_;
  const std::string_view piece = std::string_view(text_).substr(from, to - from);
  if (!killing_) killed_.clear();
  killed_.insert(forward ? killed_.size() : 0, piece);
  killed_now_ = true;
  if (from != to) erase(from, to);
}

void LineEditor::recall(std::size_t index) {
  const auto& lines = history_.lines();
  if (index == recalled_) return;
  if (recalled_ >= lines.size()) typed_ = std::move(text_);
  recalled_ = index;
  text_ = index >= lines.size() ? std::exchange(typed_, {}) : lines[index];
  cursor_ = text_.size();
}

void LineEditor::transpose() {
  const std::size_t right = cursor_ == text_.size() ? previous(cursor_) : cursor_;
  const std::size_t left = previous(right);
  if (left == right) return bell();
  const std::size_t end = next(right);
  const std::string moved = text_.substr(left, right - left);
  text_.erase(left, moved.size());
  text_.insert(end - moved.size(), moved);
  cursor_ = end;
}

// A character with all that combines with it.
std::size_t LineEditor::next(std::size_t at) const {
  if (at >= text_.size()) return at;
  at += utf8_at(text_, at).length;
  for (Utf8 c = utf8_at(text_, at); c.valid && c.code >= 0x300 && char_width(c.code) == 0; c = utf8_at(text_, at)) at += c.length;
  return at;
}

std::size_t LineEditor::previous(std::size_t at) const {
  while (at > 0) {
    at = utf8_before(text_, at);
    const Utf8 c = utf8_at(text_, at);
    if (!c.valid || c.code < 0x300 || char_width(c.code) > 0) break;
  }
  return at;
}

std::size_t LineEditor::word_end() const {
  std::size_t at = cursor_;
  while (at < text_.size() && !is_word(text_[at])) ++at;
  while (at < text_.size() && is_word(text_[at])) ++at;
  return at;
}

std::size_t LineEditor::word_start(bool any_text) const {
  const auto part = [any_text](char c) { return any_text ? !is_blank(c) : is_word(c); };
  std::size_t at = cursor_;
  while (at > 0 && !part(text_[at - 1])) --at;
  while (at > 0 && part(text_[at - 1])) --at;
  return at;
}

void LineEditor::complete(const Completion& completion) {
  const auto& candidates = completion.candidates;
  if (candidates.empty() || completion.from > cursor_) return bell();
  std::string common = candidates.front().text;
  for (const auto& candidate : candidates) {
    const auto differs = std::mismatch(common.begin(), common.end(), candidate.text.begin(), candidate.text.end());
    common.erase(differs.first, common.end());
  }
  // Half a character is nobody's common beginning.
  if (!common.empty())
    if (const std::size_t last = utf8_before(common, common.size()); !utf8_at(common, last).valid && utf8_at(candidates.front().text, last).valid) common.resize(last);
  const std::string_view written = std::string_view(text_).substr(completion.from, cursor_ - completion.from);
  if (candidates.size() > 1 && common.size() <= written.size()) return list(candidates);
  if (candidates.size() == 1 && candidates.front().final && (cursor_ == text_.size() || !is_blank(text_[cursor_]))) common += ' ';
  if (text_.size() - written.size() + common.size() > longest) return bell();
  text_.replace(completion.from, written.size(), common);
  cursor_ = completion.from + common.size();
}

void LineEditor::list(const std::vector<Completion::Candidate>& candidates) {
  if (!shown()) return;
  int width = 0;
  for (const auto& candidate : candidates) width = std::max(width, text_width(candidate.shown) + 2);
  const int across = std::max(1, display_.columns() / width);
  // In columns, as ls lists; never more than the screen holds above the line.
  const std::size_t most = static_cast<std::size_t>(std::max(1, display_.rows() - 2));
  const std::size_t count = candidates.size();
  const std::size_t needed = (count + static_cast<std::size_t>(across) - 1) / static_cast<std::size_t>(across);
  const std::size_t lines = std::min(needed, most);
  draw();  // the line as it was when Tab was pressed stays above the list
  display_.leave(output_);
  std::size_t listed = 0;
  for (std::size_t line = 0; line < lines; ++line) {
    std::string row;
    int filled = 0;
    for (std::size_t i = line, at = 0; i < count && at < static_cast<std::size_t>(across); i += lines, ++at) {
      row.append(static_cast<std::size_t>(static_cast<int>(at) * width - filled), ' ');
      row += candidates[i].shown;
      filled = static_cast<int>(at) * width + text_width(candidates[i].shown);
      ++listed;
    }
    output_ += row + "\r\n";
  }
  if (listed < count) output_ += fmt::format("and {} more\r\n", count - listed);
}

std::string LineEditor::prompt() const {
  return search_ ? fmt::format("({}search) '{}': ", search_->failed ? "no match, " : "", search_->pattern) : prompt_;
}

void LineEditor::draw() { display_.draw(prompt(), text_, cursor_, output_); }

void LineEditor::leave() {
  if (!shown()) return;
  draw();
  display_.leave(output_);
  hidden_ = true;
}

void LineEditor::hide() {
  if (!shown()) return;
  display_.erase(output_);
  hidden_ = true;
}

std::string LineEditor::take_output() {
  if (shown()) draw();
  return std::exchange(output_, {});
}

}  // namespace shell
