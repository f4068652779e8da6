#include "shell/line_display.h"

#include <algorithm>

#include <fmt/format.h>

#include "shell/utf8.h"

namespace shell {

void LineDisplay::put(Layout& layout, std::string_view bytes, int width) const {
  // A wide character that does not fit leaves the last column empty. On a terminal of one column it never fits.
  if (layout.rows.back().width + width > columns_ && layout.rows.back().width > 0) layout.rows.emplace_back();
  Row& row = layout.rows.back();
  if (width > columns_) {
    row.bytes += '?';
    row.width += 1;
    return;
  }
  row.bytes += bytes;
  row.width += width;
}

void LineDisplay::put_text(Layout& layout, std::string_view text, std::size_t cursor) const {
  std::size_t at = 0;
  for (;;) {
    const bool here = at == cursor;
    // The cursor needs a cell of its own: behind a full row it stands on the next one.
    const Utf8 c = utf8_at(text, at);
    if (here) {
      const int needed = at < text.size() && text[at] != '\n' ? std::max(1, std::min(columns_, c.valid ? char_width(c.code) : 1)) : 1;
      const bool next_row = layout.rows.back().width + needed > columns_;
      if (next_row && at == text.size()) layout.rows.emplace_back();
      layout.cursor_row = layout.rows.size() - 1 + (next_row && at < text.size() ? 1 : 0);
      layout.cursor_column = next_row ? 0 : layout.rows.back().width;
      if (next_row && at < text.size()) layout.rows.emplace_back();
    }
    if (at >= text.size()) return;
    if (text[at] == '\n') {
      layout.rows.emplace_back();
    } else if (!c.valid) {
      put(layout, "\xef\xbf\xbd", 1);
    } else if (c.code < 0x20 || c.code == 0x7f) {
      const char shown[] = {'^', static_cast<char>(c.code ^ 0x40)};
      put(layout, std::string_view(shown, 1), 1);
      put(layout, std::string_view(shown + 1, 1), 1);
    } else if (c.code < 0xa0 && c.code >= 0x80) {
      put(layout, "\xef\xbf\xbd", 1);  // C1 control characters: some terminals obey them
    } else {
      put(layout, text.substr(at, c.length), char_width(c.code));
    }
    at += c.length;
  }
}

void LineDisplay::draw(std::string_view prompt, std::string_view text, std::size_t cursor, std::string& output) {
  Layout layout;
  put_text(layout, prompt, std::string_view::npos);
  put_text(layout, text, cursor);
  const auto height = static_cast<std::size_t>(rows_);
  if (layout.rows.size() <= height) {
    top_ = 0;
  } else {
    top_ = std::min(top_, layout.rows.size() - height);
    if (layout.cursor_row < top_) top_ = layout.cursor_row;
    if (layout.cursor_row >= top_ + height) top_ = layout.cursor_row - height + 1;
  }
  const std::size_t shown = std::min(layout.rows.size() - top_, height);
  for (std::size_t row = 0; row < shown; ++row) draw_row(row, layout.rows[top_ + row], output);
  if (screen_.size() > shown) {
    move_to(shown, 0, output);
    output += "\x1b[J";
    screen_.resize(shown);
  }
  move_to(layout.cursor_row - top_, layout.cursor_column, output);
}

void LineDisplay::draw_row(std::size_t row, const Row& wanted, std::string& output) {
  if (row >= screen_.size()) {
    // A new row is made by a line feed, which scrolls at the bottom.
    if (row > 0) move_to(row, 0, output);
    screen_.emplace_back();
  }
  Row& old = screen_[row];
  if (old == wanted) return;
  // What both begin with stays. A character is its base and what combines with it.
  std::size_t same = 0;
  int column = 0;
  for (std::size_t at = 0; at < wanted.bytes.size();) {
    std::size_t end = at;
    int width = 0;
    do {
      const Utf8 c = utf8_at(wanted.bytes, end);
      if (end == at) width = char_width(c.code);
      end += c.length;
    } while (end < wanted.bytes.size() && char_width(utf8_at(wanted.bytes, end).code) == 0);
    if (old.bytes.compare(at, end - at, wanted.bytes, at, end - at) != 0) break;
    if (end < old.bytes.size() && char_width(utf8_at(old.bytes, end).code) == 0) break;
    at = same = end;
    column += width;
  }
  move_to(row, column, output);
  output += std::string_view(wanted.bytes).substr(same);
  column_ = wanted.width;
  if (old.width > wanted.width) output += "\x1b[K";
  old = wanted;
}

void LineDisplay::move_to(std::size_t row, int column, std::string& output) {
  if (row > row_ || (column_ >= columns_ && (row != row_ || column != column_)) || (column == 0 && column_ != 0)) {
    output += '\r';
    column_ = 0;
  }
  if (row > row_) output.append(row - row_, '\n');
  if (row < row_) output += fmt::format("\x1b[{}A", row_ - row);
  row_ = row;
  if (column < column_) {
    if (column_ - column <= 3) {
      output.append(static_cast<std::size_t>(column_ - column), '\b');
    } else {
      output += '\r';
      column_ = 0;
    }
  }
  if (column > column_) output += column - column_ == 1 ? std::string("\x1b[C") : fmt::format("\x1b[{}C", column - column_);
  column_ = column;
}

void LineDisplay::erase(std::string& output) {
  move_to(0, 0, output);
  if (!screen_.empty()) output += "\x1b[J";
  forget();
}

void LineDisplay::leave(std::string& output) {
  if (!screen_.empty()) {
    move_to(screen_.size() - 1, 0, output);
    output += "\r\n";
  }
  forget();
}

void LineDisplay::forget() {
  screen_.clear();
  row_ = top_ = 0;
  column_ = 0;
}

void LineDisplay::set_size(int columns, int rows, std::string& output) {
  columns = std::max(1, columns);
  rows = std::max(1, rows);
  if (columns == columns_ && rows == rows_) return;
  if (!screen_.empty()) {
    // Most terminals break rows that have become too long anew (tmux, VTE and their like; xterm cuts them, and then a row above
    // is lost). A smaller terminal has kept the cursor on its screen; rows above that are gone from it.
    std::size_t above = static_cast<std::size_t>(std::min(column_, columns_ - 1) / columns);
    for (std::size_t row = 0; row < row_; ++row) above += static_cast<std::size_t>(std::max(0, screen_[row].width - 1) / columns) + 1;
    row_ = std::min(above, static_cast<std::size_t>(rows - 1));
    column_ = columns_;  // unknown: the next move begins with a carriage return
    erase(output);
  }
  columns_ = columns;
  rows_ = rows;
}

}  // namespace shell
