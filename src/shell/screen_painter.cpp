#include "shell/screen_painter.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "shell/utf8.h"

namespace shell {
namespace {

const Cell blank;

// Bytes of a cursor movement, and of a scroll with its margins: what it takes for one to pay.
constexpr int move_cost = 6;
constexpr int scroll_cost = 24;
// A tab's width: no key moves the rest of a row further.
constexpr int furthest_shift = 8;
// This many cells that are right already are rather sent again than jumped over.
constexpr int gap = 4;

std::size_t hash_of(const Canvas& canvas, int row) {
  std::size_t hash = 0;
  const Cell* cells = canvas.row(row);
  for (int c = 0; c < canvas.columns(); ++c) {
    const Style& s = cells[c].style;
    const std::size_t look = static_cast<std::size_t>(s.text) | static_cast<std::size_t>(s.back) << 4 | static_cast<std::size_t>(s.bold) << 8 |
                             static_cast<std::size_t>(s.underline) << 9 | static_cast<std::size_t>(s.reverse) << 10;
    hash = hash * 1000003 + (cells[c].glyph.size() == 1 ? static_cast<unsigned char>(cells[c].glyph[0]) : std::hash<std::string>()(cells[c].glyph)) + (look << 20);
  }
  return hash;
}

bool equal(const Cell* a, const Cell* b, int count) { return std::equal(a, a + count, b); }

// About the bytes of a row that has to be drawn on an empty one.
int weight_of(const Canvas& canvas, int row) {
  const Cell* cells = canvas.row(row);
  int weight = 0;
  for (int c = 0; c < canvas.columns(); ++c) weight += cells[c] == blank ? 0 : 1;
  return weight == 0 ? 0 : weight + move_cost;
}

bool has_wide(const Cell* cells, int count) {
  return std::any_of(cells, cells + count, [](const Cell& cell) { return cell.glyph.empty(); });
}

}  // namespace

struct ScreenPainter::Scroll {
  int top = 0, bottom = 0;  // rows, the last one included
  int by = 0;               // rows upwards; 0: nothing to scroll
};

std::string ScreenPainter::paint(const Canvas& wanted) {
  if (!known_ || wanted.columns() != shown_.columns() || wanted.rows() != shown_.rows()) begin_anew(wanted);
  scroll(wanted);
  for (int row = 0; row < wanted.rows(); ++row) paint_row(wanted, row);
  const auto cursor = wanted.cursor();
  if (cursor) move_to(cursor->row, cursor->column);
  if (cursor.has_value() != cursor_shown_) out_ += cursor ? "\x1b[?25h" : "\x1b[?25l";
  cursor_shown_ = cursor.has_value();
  return std::exchange(out_, {});
}

void ScreenPainter::begin_anew(const Canvas& wanted) {
  out_ += "\x1b[m\x1b[H\x1b[J";
  if (wanted.cursor()) out_ += "\x1b[?25h";
  cursor_shown_ = wanted.cursor().has_value();
  if (!cursor_shown_) out_ += "\x1b[?25l";
  shown_ = Canvas(wanted.columns(), wanted.rows());
  row_ = column_ = 0;
  style_ = {};
  known_ = true;
}

// The one run of rows that is worth scrolling most.
ScreenPainter::Scroll ScreenPainter::find_scroll(const Canvas& wanted) const {
  const int rows = wanted.rows();
  std::vector<std::size_t> was, is;
  std::vector<int> weight;
  int different = 0;
  for (int row = 0; row < rows; ++row) {
    was.push_back(hash_of(shown_, row));
    is.push_back(hash_of(wanted, row));
    different += was.back() == is.back() ? 0 : 1;
  }
  Scroll best;
  if (different < 2) return best;
  for (int row = 0; row < rows; ++row) weight.push_back(weight_of(wanted, row));
  int best_gain = 0;
  const auto at = [](const auto& values, int index) { return values[static_cast<std::size_t>(index)]; };
  for (int by = 1 - rows; by < rows; ++by) {
    if (by == 0) continue;
    for (int row = std::max(0, -by); row < std::min(rows, rows - by); ++row) {
      if (at(is, row) != at(was, row + by)) continue;
      int gain = -scroll_cost, end = row;
      for (; end < std::min(rows, rows - by) && at(is, end) == at(was, end + by); ++end)
        if (at(is, end) != at(was, end)) gain += at(weight, end);
      // The rows that the scroll leaves empty, where they were right.
      const int first_empty = by > 0 ? end : row + by;
      for (int empty = std::max(0, first_empty); empty < std::min(rows, first_empty + std::abs(by)); ++empty)
        if (at(is, empty) == at(was, empty)) gain -= at(weight, empty);
      if (gain > best_gain) {
        best_gain = gain;
        best = {.top = std::min(row, row + by), .bottom = std::max(end, end + by) - 1, .by = by};
      }
      row = end;
    }
  }
  return best;
}

void ScreenPainter::scroll(const Canvas& wanted) {
  const Scroll scroll = find_scroll(wanted);
  if (scroll.by == 0) return;
  use({});  // what scrolls in has the background that is set
  out_ += fmt::format("\x1b[{};{}r", scroll.top + 1, scroll.bottom + 1);
  const int count = std::min(std::abs(scroll.by), scroll.bottom - scroll.top + 1);
  out_ += fmt::format("\x1b[{}H", (scroll.by > 0 ? scroll.bottom : scroll.top) + 1);
  for (int i = 0; i < count; ++i) out_ += scroll.by > 0 ? "\n" : "\x1bM";
  out_ += "\x1b[r";  // puts the cursor into the first cell
  row_ = column_ = 0;
  Cell* first = shown_.row(scroll.top);
  Cell* last = shown_.row(scroll.bottom) + shown_.columns();
  const auto cells = static_cast<std::ptrdiff_t>(count) * shown_.columns();
  if (scroll.by > 0) {
    std::move(first + cells, last, first);
    std::fill(last - cells, last, blank);
  } else {
    std::move_backward(first, last - cells, last);
    std::fill(first, first + cells, blank);
  }
}

void ScreenPainter::paint_row(const Canvas& wanted, int row) {
  const int columns = wanted.columns();
  const Cell* now = wanted.row(row);
  const Cell* old = shown_.row(row);
  if (equal(now, old, columns)) return;
  shift_cells(wanted, row);
  int blank_from = columns;
  while (blank_from > 0 && now[blank_from - 1] == blank) --blank_from;
  for (int from = 0; from < columns;) {
    if (now[from] == old[from]) {
      ++from;
      continue;
    }
    if (from >= blank_from) {
      int different = 0;
      for (int c = from; c < columns; ++c) different += old[c] == blank ? 0 : 1;
      if (different > 3) return erase_rest(row, from);
    }
    int end = from + 1;
    const int limit = from < blank_from ? blank_from : columns;
    for (int c = end; c < limit && c - end <= gap; ++c)
      if (now[c] != old[c]) end = c + 1;
    if (now[from].glyph.empty()) --from;
    if (end < columns && now[end].glyph.empty()) ++end;
    write_cells(wanted, row, from, end);
    from = end;
  }
}

// Where the rest of a row only moved by some cells: a key was typed, or erased.
void ScreenPainter::shift_cells(const Canvas& wanted, int row) {
  const int columns = wanted.columns();
  const Cell* now = wanted.row(row);
  Cell* old = shown_.row(row);
  if (has_wide(now, columns) || has_wide(old, columns)) return;  // halves of characters would meet
  const int first = static_cast<int>(std::mismatch(now, now + columns, old).first - now);
  // Cells that differ when those from `first` on are moved; not counted further than what is useful.
  const auto differing = [&](int by, int limit) {
    int count = 0;
    for (int c = first; c < columns && count < limit; ++c) {
      const int from = c - by;
      const bool moved_in = from < first || from >= columns;
      count += now[c] == (by != 0 && moved_in ? blank : old[from]) ? 0 : 1;
    }
    return count;
  };
  int best = 0, best_count = differing(0, columns) - move_cost;
  for (int distance = 1; distance <= std::min(furthest_shift, columns - first); ++distance) {
    for (const int by : {distance, -distance}) {
      const int count = best_count > 0 ? differing(by, best_count) : best_count;
      if (count >= best_count) continue;
      best = by;
      best_count = count;
    }
  }
  if (best == 0) return;
  use({});
  move_to(row, first);
  const int distance = std::abs(best);
  out_ += "\x1b[";
  if (distance > 1) out_ += std::to_string(distance);
  out_ += best > 0 ? '@' : 'P';
  if (best > 0) {
    std::move_backward(old + first, old + columns - distance, old + columns);
    std::fill(old + first, old + first + distance, blank);
  } else {
    std::move(old + first + distance, old + columns, old + first);
    std::fill(old + columns - distance, old + columns, blank);
  }
}

void ScreenPainter::write_cells(const Canvas& wanted, int row, int from, int to) {
  const Cell* now = wanted.row(row);
  Cell* old = shown_.row(row);
  for (int c = from; c < to; ++c) {
    old[c] = now[c];
    if (now[c].glyph.empty()) continue;
    move_to(row, c);
    use(now[c].style);
    out_ += now[c].glyph;
    column_ += c + 1 < wanted.columns() && now[c + 1].glyph.empty() ? 2 : 1;
    // Terminals do not agree on how wide a sequence of several code points is, nor on where the cursor is at the edge.
    if (utf8_at(now[c].glyph, 0).length < now[c].glyph.size() || column_ >= wanted.columns()) column_ = -1;
  }
}

void ScreenPainter::erase_rest(int row, int from) {
  use({});
  move_to(row, from);
  out_ += "\x1b[K";
  std::fill(shown_.row(row) + from, shown_.row(row) + shown_.columns(), blank);
}

void ScreenPainter::move_to(int row, int column) {
  if (row == row_ && column == column_) return;
  std::string shortest = column > 0 ? fmt::format("\x1b[{};{}H", row + 1, column + 1) : row > 0 ? fmt::format("\x1b[{}H", row + 1) : "\x1b[H";
  const auto consider = [&shortest](std::string bytes) {
    if (bytes.size() < shortest.size()) shortest = std::move(bytes);
  };
  const auto right = [](int by) { return by == 0 ? std::string() : by == 1 ? std::string("\x1b[C") : fmt::format("\x1b[{}C", by); };
  if (row == row_) {
    consider("\r" + right(column));
    if (column_ >= 0 && column > column_) consider(right(column - column_));
    if (column_ > column) consider(std::string(static_cast<std::size_t>(column_ - column), '\b'));
  } else if (row == row_ + 1) {
    consider("\r\n" + right(column));
  }
  out_ += shortest;
  row_ = row;
  column_ = column;
}

Style ScreenPainter::visible(Style style) const {
  if (look_ == Look::dumb) return {};
  if (look_ == Look::plain) style.text = style.back = Colour::normal;
  return style;
}

void ScreenPainter::use(Style style) {
  style = visible(style);
  if (style == style_) return;
  style_ = style;
  out_ += "\x1b[";
  if (style != Style()) {
    out_ += '0';
    if (style.bold) out_ += ";1";
    if (style.underline) out_ += ";4";
    if (style.reverse) out_ += ";7";
    if (style.text != Colour::normal) out_ += fmt::format(";{}", 29 + static_cast<int>(style.text));
    if (style.back != Colour::normal) out_ += fmt::format(";{}", 39 + static_cast<int>(style.back));
  }
  out_ += 'm';
}

}  // namespace shell
