// How a long text is broken into the rows of a screen: wrapped at the right edge, or a row a line that is shifted sideways.
// The pager and the editor draw with it. Pure.
//
// A line of more than 32 KiB is broken there in any case, so that no line, however long, makes a key slow.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/canvas.h"
#include "shell/text_buffer.h"

namespace shell {

/// A piece of a text in another style.
struct Highlight {
  std::size_t from, to;  // offsets
  Style style;
};

/// What stands for some bytes of a text.
struct Shown {
  std::size_t length = 1;  // bytes: a character with what combines with it, or an invalid byte
  int width = 1;           // columns, at least one
  std::string glyph;       // empty: blanks (a tab)
  bool foreign = false;    // a control character (^X) or an invalid byte (<ff>): shown in another colour
};
/// The character at `at`, in a given column of its row (for tabs). A newline is one blank.
[[nodiscard]] Shown shown_at(std::string_view text, std::size_t at, int column, int tab);

class TextRows {
 public:
  explicit TextRows(const Text& text) : text_(text) {}

  /// Columns of the screen, whether long lines go on in the next row, and the distance of tab stops.
  void set(int columns, bool wrap, int tab = 8);
  /// A carriage return before a newline belongs to the newline (a CRLF file), instead of showing as ^M.
  void set_returns(bool hidden) {
    if (std::exchange(hides_returns_, hidden) != hidden) line_.reset();
  }
  /// The text has changed.
  void forget() { line_.reset(); }

  /// Start of the row that an offset stands in.
  [[nodiscard]] std::size_t row_at(std::size_t offset) const;
  /// The row below (nothing: there is none) and above. `row` is the start of one.
  [[nodiscard]] std::optional<std::size_t> below(std::size_t row) const;
  [[nodiscard]] std::optional<std::size_t> above(std::size_t row) const;
  /// Behind the last byte of a row (not its newline); with wrapping, the start of the next row can be the same.
  [[nodiscard]] std::size_t row_end(std::size_t row) const;

  /// Column of an offset in its row, from 0.
  [[nodiscard]] int column_of(std::size_t row, std::size_t offset) const;
  /// The offset in a row that is nearest to a column, not behind it.
  [[nodiscard]] std::size_t offset_at(std::size_t row, int column) const;
  /// Whole characters further or back; a newline is one.
  [[nodiscard]] std::size_t next(std::size_t offset) const;
  [[nodiscard]] std::size_t previous(std::size_t offset) const;

  /// Draws a row from column `left` of the canvas to its edge, without its first `hidden` columns. Highlights are sorted and do
  /// not overlap; one that holds a newline shows it as a blank.
  void draw(Canvas& canvas, int canvas_row, int left, std::size_t row, int hidden, std::span<const Highlight> highlights) const;

 private:
  // A line, or 32 KiB of one.
  struct Line {
    std::size_t start = 0, end = 0;  // without the newline
    std::size_t newline = 0;         // bytes that end it: 0 when it goes on, or the text ends
    std::string bytes;
    std::vector<std::size_t> rows;  // starts, from `start`
  };
  const Line& line_with(std::size_t offset) const;
  [[nodiscard]] std::size_t boundary(std::size_t offset) const;
  void break_rows(Line& line) const;

  const Text& text_;
  int columns_ = 80, tab_ = 8;
  bool wrap_ = true, hides_returns_ = false;
  mutable std::optional<Line> line_;  // the last one that was looked at
};

}  // namespace shell
