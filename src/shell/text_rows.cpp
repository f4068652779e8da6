#include "shell/text_rows.h"

#include <algorithm>

#include <fmt/format.h>

#include "shell/utf8.h"

namespace shell {
namespace {

constexpr std::size_t longest = 32U << 10;

}  // namespace

Shown shown_at(std::string_view text, std::size_t at, int column, int tab) {
  const Utf8 c = utf8_at(text, at);
  if (c.code == '\n') return {.glyph = " "};
  if (c.code == '\t') return {.width = tab - column % tab, .glyph = {}};
  if (!c.valid) return {.width = 4, .glyph = fmt::format("<{:02x}>", static_cast<unsigned char>(text[at])), .foreign = true};
  if (c.code < 0x20 || c.code == 0x7f) return {.width = 2, .glyph = {'^', static_cast<char>(c.code ^ 0x40)}, .foreign = true};
  const int width = char_width(c.code);
  // C1 control characters, and what combines where there is nothing before it.
  if (width == 0) {
    std::string glyph = fmt::format("<{:x}>", static_cast<unsigned>(c.code));
    const int columns = static_cast<int>(glyph.size());
    return {.length = c.length, .width = columns, .glyph = std::move(glyph), .foreign = true};
  }
  std::size_t end = at + c.length;
  while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80 && end - at < 32) {
    const Utf8 next = utf8_at(text, end);
    if (!next.valid || next.code < 0x300 || char_width(next.code) != 0) break;
    end += next.length;
  }
  return {.length = end - at, .width = width, .glyph = std::string(text.substr(at, end - at))};
}

void TextRows::set(int columns, bool wrap, int tab) {
  columns = std::max(1, columns);
  if (columns == columns_ && wrap == wrap_ && tab == tab_) return;
  columns_ = columns;
  wrap_ = wrap;
  tab_ = tab;
  line_.reset();
}

// Moves a place where a long line is broken behind the character that it would cut.
std::size_t TextRows::boundary(std::size_t offset) const {
  const std::string around = text_.copy(offset, offset + 3);
  std::size_t moved = 0;
  while (moved < around.size() && (static_cast<unsigned char>(around[moved]) & 0xc0) == 0x80) ++moved;
  return offset + (moved < 3 ? moved : 0);
}

const TextRows::Line& TextRows::line_with(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  if (line_ && offset >= line_->start && (offset < line_->end + line_->newline || (offset == line_->end && (line_->newline > 0 || line_->end == text_.size())))) return *line_;
  const std::size_t number = text_.line_at(offset);
  const std::size_t start = text_.line_start(number), next = text_.line_start(number + 1);
  Line line{.start = start, .end = next, .newline = text_.line_at(next) > number ? 1U : 0U, .bytes = {}, .rows = {}};
  if (line.newline > 0 && hides_returns_ && next - start > 1 && text_.copy(next - 2, next - 1) == "\r") line.newline = 2;
  line.end -= line.newline;
  if (const std::size_t part = (offset - start) / longest; line.end - start > longest) {
    const std::size_t end = line.end;
    const auto begin_of = [&](std::size_t n) { return n == 0 ? start : boundary(start + n * longest); };
    line.start = begin_of(part);
    std::size_t index = part;
    if (line.start > offset || line.start >= end) line.start = begin_of(--index);
    const std::size_t behind = start + (index + 1) * longest;
    if (behind < end) {
      line.end = boundary(behind);
      if (line.end != end) line.newline = 0;
    }
  }
  line.bytes = text_.copy(line.start, line.end);
  break_rows(line);
  line_ = std::move(line);
  return *line_;
}

void TextRows::break_rows(Line& line) const {
  line.rows.push_back(line.start);
  if (!wrap_) return;
  int column = 0;
  for (std::size_t at = 0; at < line.bytes.size();) {
    // Plain text, the usual case, needs no look at each character.
    Shown shown;
    const auto byte = static_cast<unsigned char>(line.bytes[at]);
    const bool plain = byte >= 0x20 && byte < 0x7f && (at + 1 == line.bytes.size() || static_cast<unsigned char>(line.bytes[at + 1]) < 0x80);
    if (!plain) shown = shown_at(line.bytes, at, column, tab_);
    if (column > 0 && column + shown.width > columns_) {
      line.rows.push_back(line.start + at);
      column = 0;
      if (line.bytes[at] == '\t') shown.width = tab_;
    }
    column += shown.width;
    at += shown.length;
  }
}

std::size_t TextRows::row_at(std::size_t offset) const {
  const Line& line = line_with(offset);
  return *(std::upper_bound(line.rows.begin(), line.rows.end(), std::max(offset, line.start)) - 1);
}

std::optional<std::size_t> TextRows::below(std::size_t row) const {
  const Line& line = line_with(row);
  const auto next = std::upper_bound(line.rows.begin(), line.rows.end(), row);
  if (next != line.rows.end()) return *next;
  if (line.newline > 0) return line.end + line.newline;
  if (line.end < text_.size()) return line.end;
  return std::nullopt;
}

std::optional<std::size_t> TextRows::above(std::size_t row) const {
  if (row == 0) return std::nullopt;
  return row_at(row - 1);
}

std::size_t TextRows::row_end(std::size_t row) const {
  const Line& line = line_with(row);
  const auto next = std::upper_bound(line.rows.begin(), line.rows.end(), row);
  return next == line.rows.end() ? line.end : *next;
}

int TextRows::column_of(std::size_t row, std::size_t offset) const {
  const Line& line = line_with(row);
  int column = 0;
  for (std::size_t at = row; at < std::min(offset, line.end);) {
    const Shown shown = shown_at(line.bytes, at - line.start, column, tab_);
    column += shown.width;
    at += shown.length;
  }
  return column;
}

std::size_t TextRows::offset_at(std::size_t row, int column) const {
  const Line& line = line_with(row);
  const std::size_t end = row_end(row);
  int passed = 0;
  std::size_t at = row, last = row;
  while (at < end) {
    const Shown shown = shown_at(line.bytes, at - line.start, passed, tab_);
    if (passed + shown.width > column) return at;
    passed += shown.width;
    last = at;
    at += shown.length;
  }
  // Behind the last character of a row that goes on stands the next row's first one.
  return end < line.end || (end == line.end && line.newline == 0 && end < text_.size()) ? last : at;
}

std::size_t TextRows::next(std::size_t offset) const {
  if (offset >= text_.size()) return text_.size();
  const Line& line = line_with(offset);
  if (offset >= line.end) return line.end + line.newline;
  return offset + shown_at(line.bytes, offset - line.start, 0, tab_).length;
}

std::size_t TextRows::previous(std::size_t offset) const {
  if (offset == 0) return 0;
  const Line& line = line_with(offset - 1);
  if (offset - 1 >= line.end) return line.end;
  // Back over what combines; then forwards again, since only from its start a character is known as a whole.
  const std::size_t end = offset - line.start;
  std::size_t at = end;
  for (int back = 0; at > 0 && back < 16; ++back) {
    at = utf8_before(line.bytes, at);
    const Utf8 c = utf8_at(line.bytes, at);
    if (!c.valid || c.code < 0x300 || char_width(c.code) > 0) break;
  }
  for (;;) {
    const std::size_t length = shown_at(line.bytes, at, 0, tab_).length;
    if (at + length >= end) return line.start + at;
    at += length;
  }
}

void TextRows::draw(Canvas& canvas, int canvas_row, int left, std::size_t row, int hidden, std::span<const Highlight> highlights) const {
  const Line& line = line_with(row);
  const std::size_t end = row_end(row);
  const int room = canvas.columns() - left;
  auto highlight = std::upper_bound(highlights.begin(), highlights.end(), row, [](std::size_t offset, const Highlight& h) { return offset < h.to; });
  const bool shows_newline = end == line.end && line.newline > 0;
  int column = 0;
  for (std::size_t at = row; at < end + (shows_newline ? 1 : 0) && column - hidden < room;) {
    const bool newline = at == line.end;
    Shown shown;
    if (newline) shown.glyph = " ";
    else shown = shown_at(line.bytes, at - line.start, column, tab_);
    while (highlight != highlights.end() && highlight->to <= at) ++highlight;
    Style style;
    if (shown.foreign) style.text = Colour::cyan;
    if (highlight != highlights.end() && highlight->from <= at) style = highlight->style;
    const int place = left + column - hidden;
    if (shown.glyph.empty()) {
      canvas.fill(canvas_row, std::max(place, left), style, shown.width - std::max(0, left - place));
    } else if (place >= left) {
      canvas.put(canvas_row, place, shown.glyph, style);
    } else if (place + shown.width > left) {
      canvas.fill(canvas_row, left, style, place + shown.width - left);  // half of it is hidden
    }
    column += shown.width;
    at += shown.length;
  }
}

}  // namespace shell
