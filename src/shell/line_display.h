// How the prompt and the line being edited stand on the screen; sends only what changed.
//
// The text is broken at the terminal's width, and each row is put where it belongs: nothing depends on how a terminal wraps.
// More rows than the terminal has are shown through a window around the cursor. Sequences used: CSI A C J K.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shell {

class LineDisplay {
 public:
  /// The terminal's size in characters. What is shown has to be drawn anew.
  void set_size(int columns, int rows, std::string& output);
  [[nodiscard]] int columns() const noexcept { return columns_; }
  [[nodiscard]] int rows() const noexcept { return rows_; }

  /// Makes the screen show prompt and text, the cursor at byte `cursor` of the text.
  void draw(std::string_view prompt, std::string_view text, std::size_t cursor, std::string& output);
  /// Takes all of it off the screen; the cursor is then where the first row was.
  void erase(std::string& output);
  /// Leaves it on the screen; the cursor is then in the first column below.
  void leave(std::string& output);
  /// The screen below the cursor is empty, and the cursor in the first column.
  void forget();

 private:
  struct Row {
    std::string bytes;
    int width = 0;
    bool operator==(const Row&) const = default;
  };
  struct Layout {
    std::vector<Row> rows{Row()};
    std::size_t cursor_row = 0;
    int cursor_column = 0;
  };

  void put(Layout& layout, std::string_view bytes, int width) const;
  void put_text(Layout& layout, std::string_view text, std::size_t cursor) const;
  void move_to(std::size_t row, int column, std::string& output);
  void draw_row(std::size_t row, const Row& wanted, std::string& output);

  int columns_ = 80, rows_ = 24;
  std::vector<Row> screen_;  // the rows as they are, from the first that we show
  std::size_t row_ = 0;      // the cursor's
  int column_ = 0;           // columns_: behind the last one, where terminals differ
  std::size_t top_ = 0;      // the layout's row that is the first shown
};

}  // namespace shell
