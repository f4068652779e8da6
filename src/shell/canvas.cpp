#include "shell/canvas.h"

#include <algorithm>

#include "shell/utf8.h"

namespace shell {
namespace {

struct Glyph {
  std::string_view bytes;  // of the text
  std::string_view shown;
  int width = 1;
};

constexpr std::string_view replacement = "\xef\xbf\xbd";

// The character at the front of the text with all that combines with it. A control character takes `caret` and two columns.
Glyph first_glyph(std::string_view text, char (&caret)[2]) {
  const Utf8 c = utf8_at(text, 0);
  if (c.code == '\t') return {.bytes = text.substr(0, 1), .shown = " "};
  if (c.code < 0x20 || c.code == 0x7f) {
    caret[0] = '^';
    caret[1] = static_cast<char>(c.code ^ 0x40);
    return {.bytes = text.substr(0, 1), .shown = {caret, 2}, .width = 2};
  }
  const int width = char_width(c.code);
  // Nothing for it to combine with, and C1 control characters, which some terminals obey.
  if (!c.valid || width == 0) return {.bytes = text.substr(0, c.length), .shown = replacement};
  std::size_t end = c.length;
  while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80) {
    const Utf8 next = utf8_at(text, end);
    if (!next.valid || next.code < 0xa0 || char_width(next.code) != 0) break;
    end += next.length;
  }
  return {.bytes = text.substr(0, end), .shown = text.substr(0, end), .width = width};
}

}  // namespace

int columns_of(std::string_view text) {
  int columns = 0;
  char caret[2];
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text, caret);
    columns += glyph.width;
    text.remove_prefix(glyph.bytes.size());
  }
  return columns;
}

Canvas::Canvas(int columns, int rows)
    : columns_(std::max(1, columns)), rows_(std::max(1, rows)), cells_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_)) {}

void Canvas::clear() {
  std::fill(cells_.begin(), cells_.end(), Cell());
  cursor_.reset();
}

// Half a wide character that is left over becomes a blank.
void Canvas::set(int row, int column, std::string_view glyph, int width, Style style) {
  Cell* cells = this->row(row);
  if (cells[column].glyph.empty() && column > 0) cells[column - 1].glyph = " ";
  if (const int behind = column + width; behind < columns_ && cells[behind].glyph.empty()) cells[behind].glyph = " ";
  cells[column].glyph = glyph;
  cells[column].style = style;
  if (width < 2) return;
  cells[column + 1].glyph.clear();
  cells[column + 1].style = style;
}

int Canvas::put(int row, int column, std::string_view text, Style style, int room) {
  if (row < 0 || row >= rows_ || column >= columns_) return column;
  const int end = room < columns_ - column ? column + std::max(0, room) : columns_;
  char caret[2];
  while (!text.empty() && column < end) {
    const Glyph glyph = first_glyph(text, caret);
    text.remove_prefix(glyph.bytes.size());
    if (glyph.shown.data() == caret) {
      for (std::size_t i = 0; i < 2; ++i, ++column)
        if (column >= 0 && column < end) set(row, column, glyph.shown.substr(i, 1), 1, style);
      column = std::min(column, end);
      continue;
    }
    if (column + glyph.width > end || (column < 0 && column + glyph.width > 0)) {  // half of it is outside
      for (const int behind = column + glyph.width; column < std::min(end, behind); ++column)
        if (column >= 0) set(row, column, " ", 1, style);
      continue;
    }
    if (column >= 0) set(row, column, glyph.shown, glyph.width, style);
    column += glyph.width;
  }
  return column;
}

void Canvas::fill(int row, int column, Style style, int width) {
  if (row < 0 || row >= rows_) return;
  const int end = width < columns_ - column ? column + width : columns_;
  for (column = std::max(0, column); column < end; ++column) set(row, column, " ", 1, style);
}

void Canvas::bar(int row, std::string_view left, std::string_view right, Style style) {
  fill(row, 0, style);
  const int behind = put(row, 0, left, style);
  const int width = columns_of(right);
  if (behind + 1 + width <= columns_) put(row, columns_ - width, right, style);
}

void Canvas::set_cursor(int row, int column) {
  cursor_.reset();
  if (row >= 0 && row < rows_ && column >= 0 && column < columns_) cursor_ = Place{row, column};
}

}  // namespace shell
