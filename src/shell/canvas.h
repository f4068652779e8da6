// The cells of a full-screen tool: what it wants to be seen. Pure; ScreenPainter brings it to a terminal.
#pragma once

#include <climits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shell {

enum class Colour : unsigned char { normal, black, red, green, yellow, blue, magenta, cyan, white };

struct Style {
  Colour text = Colour::normal, back = Colour::normal;
  bool bold = false, underline = false, reverse = false;
  bool operator==(const Style&) const = default;
};

struct Cell {
  std::string glyph = " ";  // a character with what combines with it; empty: the right half of the wide one to the left
  Style style = {};
  bool operator==(const Cell&) const = default;
};

struct Place {
  int row, column;
  bool operator==(const Place&) const = default;
};

class Canvas {
 public:
  /// At least one cell.
  Canvas(int columns, int rows);
  [[nodiscard]] int columns() const noexcept { return columns_; }
  [[nodiscard]] int rows() const noexcept { return rows_; }
  /// Every cell blank, no cursor.
  void clear();

  /// Text from a cell on, in `room` columns at the most; what leaves the canvas is cut. Returns the column behind it. Control
  /// characters show as ^X, a tab as a blank, what is no UTF-8 as U+FFFD: nothing in a text can steer the terminal.
  int put(int row, int column, std::string_view text, Style style = {}, int room = INT_MAX);
  /// Blanks; up to the right edge unless `width` says less.
  void fill(int row, int column, Style style, int width = INT_MAX);
  /// A row of one style: text at its left end, and at its right end as far as there is room (the left one goes first).
  void bar(int row, std::string_view left, std::string_view right, Style style);

  /// Where the terminal's cursor stands; the last call wins. Outside of the canvas, or never called: it is hidden.
  void set_cursor(int row, int column);
  void hide_cursor() noexcept { cursor_.reset(); }
  [[nodiscard]] std::optional<Place> cursor() const noexcept { return cursor_; }

  [[nodiscard]] const Cell& at(int row, int column) const { return cells_[index(row, column)]; }
  /// A row's cells, for whoever compares them.
  [[nodiscard]] const Cell* row(int row) const { return &cells_[index(row, 0)]; }
  [[nodiscard]] Cell* row(int row) { return &cells_[index(row, 0)]; }

 private:
  [[nodiscard]] std::size_t index(int row, int column) const { return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column); }
  void set(int row, int column, std::string_view glyph, int width, Style style);

  int columns_, rows_;
  std::vector<Cell> cells_;
  std::optional<Place> cursor_;
};

/// Columns that put() takes for a text.
[[nodiscard]] int columns_of(std::string_view text);

}  // namespace shell
