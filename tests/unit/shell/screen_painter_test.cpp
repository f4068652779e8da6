// What ScreenPainter sends must make a terminal show the canvas, whatever stood there before, and be short.
#include <random>

#include <catch2/catch.hpp>

#include "shell/screen_painter.h"
#include "shell/vt100.h"

using namespace shell;
using test::Vt100;

namespace {

std::string row_of(const Canvas& canvas, int row) {
  std::string text;
  for (int c = 0; c < canvas.columns(); ++c) text += canvas.at(row, c).glyph;
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// The terminal shows the canvas: text, renditions and cursor.
void check_same(const Vt100& terminal, const Canvas& canvas) {
  ScreenPainter fresh(Look::colours);
  Vt100 expected(canvas.columns(), canvas.rows());
  expected.feed("\x1b[?7l" + fresh.paint(canvas));
  for (int row = 0; row < canvas.rows(); ++row) {
    CHECK(terminal.row(row) == row_of(canvas, row));
    CHECK(terminal.rendered(row) == expected.rendered(row));
  }
  if (canvas.cursor()) {
    CHECK(terminal.cursor_row() == canvas.cursor()->row);
    CHECK(terminal.cursor_column() == canvas.cursor()->column);
  }
  CHECK(terminal.cursor_shown() == canvas.cursor().has_value());
  CHECK(terminal.unknown() == 0);
}

Canvas full_page(int first_line) {
  Canvas canvas(200, 60);
  for (int row = 0; row < 59; ++row) {
    std::string text;
    for (int word = 0; text.size() < 195; ++word) text += "word" + std::to_string((first_line + row) * 31 + word * 7) + " ";
    canvas.put(row, 0, text);
  }
  canvas.bar(59, "file.txt", "line 1", {.reverse = true});
  return canvas;
}

}  // namespace

TEST_CASE("text that cannot steer the terminal is cut at the canvas's edges", "[canvas]") {
  Canvas canvas(6, 2);
  CHECK(canvas.put(0, 0, "a\x1b[Hb") == 6);
  CHECK(row_of(canvas, 0) == "a^[[Hb");
  CHECK(canvas.put(1, 4, "xyz") == 6);
  CHECK(row_of(canvas, 1) == "    xy");
  canvas.clear();
  CHECK(canvas.put(0, 0, "\xff\xc2\x9b\t!") == 4);
  CHECK(row_of(canvas, 0) == "\xef\xbf\xbd\xef\xbf\xbd !");
  CHECK(canvas.put(0, 5, "\xe4\xb8\xad") == 6);  // half of it has no room
  CHECK(canvas.at(0, 5).glyph == " ");
  CHECK(canvas.put(1, -1, "\xe4\xb8\xad" "e\xcc\x81") == 2);
  CHECK(row_of(canvas, 1) == " e\xcc\x81");
  canvas.put(1, 2, "\xe4\xb8\xad");
  canvas.put(1, 3, "z");
  CHECK(row_of(canvas, 1) == " e\xcc\x81 z");
  CHECK(canvas.put(7, 0, "nowhere") == 0);
  CHECK(columns_of("a\xe4\xb8\xad\x01") == 5);
}

TEST_CASE("random screens follow one another on the terminal", "[screen]") {
  std::mt19937 random(7);
  const auto upto = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  constexpr const char* glyphs[] = {"a", "b", "c", " ", " ", " ", "\xc3\xa4", "\xe4\xb8\xad", "e\xcc\x81", "\xf0\x9f\x98\x80"};
  for (int round = 0; round < 60; ++round) {
    const int columns = 1 + upto(30), rows = 1 + upto(12);
    Vt100 terminal(columns, rows);
    terminal.feed("\x1b[?7l");
    ScreenPainter painter(Look::colours);
    Canvas canvas(columns, rows);
    for (int step = 0; step < 25; ++step) {
      const int kind = upto(5);
      if (kind == 0) {  // all rows move
        Canvas moved(columns, rows);
        const int by = upto(5) - 2;
        for (int row = 0; row < rows; ++row)
          if (row + by >= 0 && row + by < rows) std::copy_n(canvas.row(row + by), columns, moved.row(row));
        canvas = moved;
      } else if (kind == 1) {  // cells of a row move
        const int row = upto(rows), from = upto(columns);
        std::string text;
        for (int c = from; c < columns; ++c) text += canvas.at(row, c).glyph;
        canvas.put(row, from, upto(2) == 0 ? "x" + text : text.substr(std::min<std::size_t>(text.size(), 1)));
      }
      for (int change = upto(6); change > 0; --change) {
        const Style style{.text = static_cast<Colour>(upto(9)), .back = static_cast<Colour>(upto(3)), .bold = upto(2) == 0, .reverse = upto(4) == 0};
        std::string text;
        for (int n = upto(columns); n >= 0; --n) text += glyphs[upto(10)];
        canvas.put(upto(rows), upto(columns), text, style);
      }
      canvas.hide_cursor();
      if (upto(3) > 0) canvas.set_cursor(upto(rows), upto(columns));
      terminal.feed(painter.paint(canvas));
      check_same(terminal, canvas);
    }
  }
}

TEST_CASE("a key in a full screen of 200x60 costs few bytes", "[screen]") {
  Vt100 terminal(200, 60);
  terminal.feed("\x1b[?7l");
  ScreenPainter painter(Look::colours);
  Canvas canvas = full_page(0);
  canvas.set_cursor(20, 50);
  terminal.feed(painter.paint(canvas));
  const auto cost = [&](const Canvas& wanted) {
    const std::string bytes = painter.paint(wanted);
    terminal.feed(bytes);
    check_same(terminal, wanted);
    return bytes.size();
  };
  CHECK(cost(canvas) == 0);

  Canvas moved = canvas;
  moved.set_cursor(21, 50);
  CHECK(cost(moved) <= 8);

  Canvas typed = canvas;  // a character in the middle of a row
  const std::string rest = row_of(canvas, 20);
  typed.put(20, 50, "X" + rest.substr(50));
  typed.set_cursor(20, 51);
  CHECK(cost(typed) < 40);
  CHECK(cost(canvas) < 40);

  Canvas split = canvas;  // Enter in the middle of a row: the rows below move down
  for (int row = 58; row > 21; --row) std::copy_n(canvas.row(row - 1), 200, split.row(row));
  split.fill(20, 50, {});
  split.fill(21, 0, {});
  split.put(21, 0, "tail");
  split.set_cursor(21, 0);
  CHECK(cost(split) < 200);

  Canvas next = full_page(1);  // the page moves by a row; the new one has 195 characters of its own
  next.set_cursor(58, 0);
  terminal.feed(painter.paint(canvas));
  CHECK(cost(next) < 60 + 200);
}

TEST_CASE("without colours, bold and reverse stay; a dumb terminal gets text alone", "[screen]") {
  Canvas canvas(10, 1);
  canvas.put(0, 0, "a", {.text = Colour::red, .bold = true});
  canvas.put(0, 1, "b", {.back = Colour::blue});
  CHECK(ScreenPainter(Look::colours).paint(canvas).find("\x1b[0;1;31ma\x1b[0;44mb") != std::string::npos);
  CHECK(ScreenPainter(Look::plain).paint(canvas).find("\x1b[0;1ma\x1b[mb") != std::string::npos);
  const std::string dumb = ScreenPainter(Look::dumb).paint(canvas);
  CHECK(dumb.find("ab") != std::string::npos);
  CHECK(dumb.find("\x1b[0") == std::string::npos);
}
