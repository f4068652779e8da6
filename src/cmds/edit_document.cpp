#include "edit_document.h"

#include <algorithm>
#include <cctype>

namespace cmds {
namespace {

// Enough of a file to see its manners.
constexpr std::size_t looked_at = 64U << 10;

bool is_word(char c) { return static_cast<unsigned char>(c) >= 0x80 || c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::size_t count_lines_with(std::string_view text, std::string_view beginning) {
  std::size_t count = text.starts_with(beginning) ? 1 : 0;
  for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
    if (text.substr(at + 1).starts_with(beginning)) ++count;
  return count;
}

}  // namespace

EditDocument::EditDocument(shell::TextBuffer original) : text_(std::move(original)), saved_(text_.version()) {
  const std::string first = text_.copy(0, looked_at);
  const std::size_t newline = first.find('\n');
  crlf_ = newline != std::string::npos && newline > 0 && first[newline - 1] == '\r';
  tabs_ = count_lines_with(first, "\t") > count_lines_with(first, "  ");
  rows_.set_returns(crlf_);
}

// ---- cursor and selection ----

void EditDocument::move_to(std::size_t offset, bool selecting) {
  if (selecting || marking_) {
    if (!mark_) mark_ = cursor_;
  } else {
    mark_.reset();
  }
  cursor_ = std::min(offset, text_.size());
  kind_ = Kind::none;
}

void EditDocument::toggle_mark() {
  marking_ = !marking_;
  mark_ = marking_ ? std::optional(cursor_) : std::nullopt;
}

void EditDocument::drop_selection() {
  marking_ = false;
  mark_.reset();
}

std::optional<std::pair<std::size_t, std::size_t>> EditDocument::selection() const {
  if (!mark_ || *mark_ == cursor_) return std::nullopt;
  return std::minmax(*mark_, cursor_);
}

std::size_t EditDocument::line_end() const {
  std::size_t end = text_.line_end(text_.line_at(cursor_));
  if (crlf_ && end > line_start() && end < text_.size() && text_.copy(end - 1, end) == "\r") --end;
  return end;
}

// As far as the line's piece that one look shows: words do not go over it.
std::size_t EditDocument::word_left() const {
  const std::size_t from = cursor_ - std::min<std::size_t>(cursor_, 1024);
  const std::string before = text_.copy(from, cursor_);
  std::size_t at = before.size();
  while (at > 0 && !is_word(before[at - 1])) --at;
  while (at > 0 && is_word(before[at - 1])) --at;
  return from + at;
}

std::size_t EditDocument::word_right() const {
  const std::string behind = text_.copy(cursor_, cursor_ + 1024);
  std::size_t at = 0;
  while (at < behind.size() && !is_word(behind[at])) ++at;
  while (at < behind.size() && is_word(behind[at])) ++at;
  return cursor_ + at;
}

// ---- changes ----

void EditDocument::begin(Kind kind) {
  if (kind == kind_ && kind != Kind::other && cursor_ == kind_cursor_) return;
  undo_.push_back({text_.version(), cursor_, mark_});
  redo_.clear();
  kind_ = kind;
  pasted_return_ = false;
}

void EditDocument::change(std::size_t from, std::size_t to, std::string_view with) {
  text_.replace(from, to, with);
  rows_.forget();
  cursor_ = kind_cursor_ = from + with.size();
  drop_selection();
}

bool EditDocument::erase_selection() {
  const auto selected = selection();
  if (selected) change(selected->first, selected->second, {});
  return selected.has_value();
}

void EditDocument::type(std::string_view text) {
  begin(selection() ? Kind::other : Kind::typing);
  erase_selection();
  change(cursor_, cursor_, text);
  kind_ = Kind::typing;
}

void EditDocument::paste(std::string_view text) {
  begin(selection() ? Kind::other : Kind::pasting);
  erase_selection();
  std::string lines;
  for (const char c : text) {
    if (c == '\r' || (c == '\n' && !pasted_return_)) lines += newline();
    else if (c != '\n') lines += c;
    pasted_return_ = c == '\r';
  }
  const bool ended_in_return = pasted_return_;
  change(cursor_, cursor_, lines);
  kind_ = Kind::pasting;
  pasted_return_ = ended_in_return;
}

void EditDocument::insert(std::string_view text) {
  begin(Kind::other);
  erase_selection();
  change(cursor_, cursor_, text);
}

void EditDocument::new_line() {
  const auto selected = selection();
  const std::size_t at = selected ? selected->first : cursor_, start = text_.line_start(text_.line_at(at));
  const std::string line = text_.copy(start, std::min(at, start + 1024));
  const std::size_t blanks = std::min(line.find_first_not_of(" \t"), line.size());
  insert(newline() + line.substr(0, blanks));
}

// Moves the lines that the selection touches (its end alone does not touch a line), or the cursor's, by a step.
void EditDocument::change_lines(bool further) {
  const auto selected = selection();
  const auto [first, behind] = selected ? *selected : std::pair(cursor_, cursor_ + 1);
  const std::size_t from = text_.line_start(text_.line_at(first)), to = text_.line_end(text_.line_at(behind - 1));
  const std::string before = text_.copy(from, to), step = step_of_indent();
  std::string after;
  for (std::size_t start = 0; start <= before.size();) {
    const std::size_t end = std::min(before.find('\n', start), before.size());
    const std::string_view line = std::string_view(before).substr(start, end - start);
    if (further) {
      if (!line.empty() && line != "\r") after += step;
      after += line;
    } else {
      const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
      after += line.substr(line.starts_with('\t') ? 1 : std::min<std::size_t>(blanks, 4));
    }
    if (end < before.size()) after += '\n';
    start = end + 1;
  }
  if (after == before) return;
  begin(Kind::other);
  const std::size_t cursor = cursor_;
  change(from, to, after);
  if (selected) {
    mark_ = from;
  } else {
    const std::size_t gone = before.size() - after.size();
    cursor_ = std::max(from, cursor - std::min(cursor, gone));
  }
}

void EditDocument::indent() {
  const auto selected = selection();
  if (selected && text_.line_at(selected->first) != text_.line_at(selected->second)) change_lines(true);
  else type(step_of_indent());
}

void EditDocument::unindent() { change_lines(false); }

void EditDocument::erase_back() {
  if (!selection() && cursor_ == 0) return;
  begin(selection() ? Kind::other : Kind::erasing);
  if (!erase_selection()) change(rows_.previous(cursor_), cursor_, {});
}

void EditDocument::erase_forward() {
  if (!selection() && cursor_ == text_.size()) return;
  begin(selection() ? Kind::other : Kind::erasing);
  if (!erase_selection()) change(cursor_, rows_.next(cursor_), {});
}

void EditDocument::erase_word_back() {
  if (!selection() && cursor_ == 0) return;
  begin(Kind::other);
  if (!erase_selection()) change(word_left(), cursor_, {});
}

std::string EditDocument::selected_text() const {
  const auto selected = selection();
  return selected ? text_.copy(selected->first, selected->second) : std::string();
}

std::string EditDocument::cut() {
  const auto selected = selection();
  const std::size_t end = line_end();
  const auto [from, to] = selected ? *selected : std::pair(cursor_, end > cursor_ ? end : rows_.next(cursor_));
  if (from == to) return {};
  begin(Kind::other);
  std::string taken = text_.copy(from, to);
  change(from, to, {});
  return taken;
}

void EditDocument::go_back(std::vector<Step>& from, std::vector<Step>& to) {
  to.push_back({text_.version(), cursor_, mark_});
  Step step = std::move(from.back());
  from.pop_back();
  text_.restore(std::move(step.text));
  rows_.forget();
  cursor_ = step.cursor;
  mark_ = step.mark;
  marking_ = false;
  kind_ = Kind::none;
}

bool EditDocument::undo() {
  if (undo_.empty()) return false;
  go_back(undo_, redo_);
  return true;
}

bool EditDocument::redo() {
  if (redo_.empty()) return false;
  go_back(redo_, undo_);
  return true;
}

}  // namespace cmds
