// From one canvas to the next in as few bytes as a slow serial line deserves. Pure: no descriptor.
//
// Rows that only moved are scrolled, cells that only moved within their row are inserted or deleted, and of the rest only what
// differs is sent. Sequences of a VT102 (which xterm, tmux, screen, the Linux console and minicom all know): CSI H C J K @ P r m,
// ESC M. Autowrap must be off: a character in the last column leaves the cursor there.
#pragma once

#include <string>

#include "shell/canvas.h"

namespace shell {

/// How much of a Style is shown.
enum class Look : unsigned char {
  colours,
  plain,  // NO_COLOR: bold, underlined and reverse only
  dumb,   // TERM=dumb: nothing but text
};

class ScreenPainter {
 public:
  explicit ScreenPainter(Look look) : look_(look) {}

  /// The bytes after which the terminal shows `wanted`.
  [[nodiscard]] std::string paint(const Canvas& wanted);
  /// Nothing is known of what the terminal shows: the next paint() draws everything.
  void forget() { known_ = false; }

 private:
  struct Scroll;
  void begin_anew(const Canvas& wanted);
  [[nodiscard]] Scroll find_scroll(const Canvas& wanted) const;
  void scroll(const Canvas& wanted);
  void paint_row(const Canvas& wanted, int row);
  void shift_cells(const Canvas& wanted, int row);
  void write_cells(const Canvas& wanted, int row, int from, int to);
  void erase_rest(int row, int from);
  void move_to(int row, int column);
  void use(Style style);
  [[nodiscard]] Style visible(Style style) const;

  Look look_;
  bool known_ = false;
  Canvas shown_{1, 1};
  int row_ = 0, column_ = -1;  // the terminal's cursor; column -1: not known
  Style style_;
  bool cursor_shown_ = true;
  std::string out_;
};

}  // namespace shell
