// What the keys of `edit` do to a text, and undo.
#include <random>

#include <catch2/catch.hpp>

#include "cmds/edit_document.h"

using cmds::EditDocument;

namespace {

shell::TextBuffer buffer_of(std::string_view text) {
  shell::TextBuffer buffer;
  buffer.append(text);
  return buffer;
}

std::string all(const EditDocument& document) { return document.text().copy(0, document.text().size()); }

}  // namespace

TEST_CASE("typing is one step of undo until the cursor goes elsewhere", "[edit]") {
  EditDocument d(buffer_of("ab\n"));
  d.move_to(1, false);
  d.type("x");
  d.type("y");
  CHECK(d.changed());
  d.move_to(0, false);
  d.type("z");
  CHECK(all(d) == "zaxyb\n");
  CHECK(d.undo());
  CHECK(all(d) == "axyb\n");
  CHECK(d.cursor() == 0);
  CHECK(d.undo());
  CHECK(all(d) == "ab\n");
  CHECK(d.cursor() == 1);
  CHECK_FALSE(d.changed());
  CHECK_FALSE(d.undo());
  CHECK(d.redo());
  CHECK(d.redo());
  CHECK(all(d) == "zaxyb\n");
  CHECK_FALSE(d.redo());
  CHECK(d.undo());
  d.type("new");
  CHECK_FALSE(d.redo());
}

TEST_CASE("what is put in at once is a step of its own", "[edit]") {
  EditDocument d(buffer_of("abc"));
  d.move_to(0, false);
  d.move_to(2, true);
  d.insert("XY");
  d.type("z");
  CHECK(all(d) == "XYzc");
  CHECK(d.undo());
  CHECK(all(d) == "XYc");
  CHECK(d.undo());
  CHECK(all(d) == "abc");
  CHECK(d.selection() == std::pair<std::size_t, std::size_t>(0, 2));
  CHECK_FALSE(d.undo());
  CHECK(d.redo());
  CHECK(d.redo());
  CHECK(all(d) == "XYzc");
}

TEST_CASE("a new line takes the place of a selection, with the blanks of the line where that began", "[edit]") {
  EditDocument d(buffer_of("  one\n\ttwo"));
  d.move_to(4, false);
  d.move_to(8, true);
  d.new_line();
  CHECK(all(d) == "  on\n  wo");
  CHECK(d.undo());
  CHECK(all(d) == "  one\n\ttwo");
}

TEST_CASE("characters are erased whole, line ends too", "[edit]") {
  EditDocument d(buffer_of("e\xcc\x81\xe4\xb8\xad\xff\r\nz"));
  CHECK(d.crlf());
  d.move_to(6, false);
  d.erase_forward();
  CHECK(all(d) == "e\xcc\x81\xe4\xb8\xad\r\nz");
  d.erase_forward();
  CHECK(all(d) == "e\xcc\x81\xe4\xb8\xadz");
  d.erase_back();
  d.erase_back();
  CHECK(all(d) == "z");
  d.erase_back();
  CHECK(all(d) == "z");
  CHECK(d.undo());  // erasing is one step, as typing is
  CHECK(all(d) == "e\xcc\x81\xe4\xb8\xad\xff\r\nz");
}

TEST_CASE("the file's line ends are kept, and made for new lines and pastes", "[edit]") {
  EditDocument d(buffer_of("  one\r\ntwo"));
  d.move_to(5, false);
  CHECK(d.line_end() == 5);
  d.new_line();
  d.type("x");
  CHECK(all(d) == "  one\r\n  x\r\ntwo");
  d.move_to(d.text().size(), false);
  d.paste("\ra\r");
  d.paste("\nb\n\nc");
  CHECK(all(d) == "  one\r\n  x\r\ntwo\r\na\r\nb\r\n\r\nc");
  CHECK(d.undo());
  CHECK(all(d) == "  one\r\n  x\r\ntwo");
  EditDocument unix(buffer_of("a\n"));
  unix.paste("x\ry\r\nz");
  CHECK(all(unix) == "x\ny\nza\n");
}

TEST_CASE("selections are cut, copied and typed over", "[edit]") {
  EditDocument d(buffer_of("one two three\nfour"));
  d.move_to(4, false);
  d.move_to(8, true);
  CHECK(d.selected_text() == "two ");
  CHECK(d.cut() == "two ");
  CHECK(all(d) == "one three\nfour");
  CHECK_FALSE(d.selection());
  CHECK(d.cut() == "three");
  CHECK(d.cut() == "\n");
  CHECK(all(d) == "one four");
  d.move_to(0, false);
  d.toggle_mark();
  d.move_to(3, false);  // the mark makes every move select
  d.type("1");
  CHECK(all(d) == "1 four");
  CHECK(d.undo());
  CHECK(d.selected_text() == "one");
  d.move_to(8, false);
  CHECK(d.cut().empty());
}

TEST_CASE("lines are indented as the file does it", "[edit]") {
  EditDocument d(buffer_of("a\n\nb\nc"));
  d.move_to(0, false);
  d.move_to(3, true);
  d.indent();
  CHECK(all(d) == "    a\n\nb\nc");
  d.move_to(0, false);
  d.move_to(d.text().size(), true);
  d.indent();
  CHECK(all(d) == "        a\n\n    b\n    c");
  d.unindent();
  CHECK(all(d) == "    a\n\nb\nc");
  CHECK(d.undo());
  CHECK(d.undo());
  d.move_to(5, false);
  d.unindent();
  CHECK(all(d) == "a\n\nb\nc");
  CHECK(d.cursor() == 1);
  d.indent();
  CHECK(all(d) == "a    \n\nb\nc");
  EditDocument tabs(buffer_of("x:\n\tcommand\n"));
  CHECK(tabs.uses_tabs());
  tabs.move_to(11, false);
  tabs.new_line();
  CHECK(all(tabs) == "x:\n\tcommand\n\t\n");
}

TEST_CASE("words", "[edit]") {
  EditDocument d(buffer_of("one  two_2;\nx"));
  d.move_to(0, false);
  CHECK(d.word_right() == 3);
  d.move_to(3, false);
  CHECK(d.word_right() == 10);
  d.move_to(12, false);
  CHECK(d.word_left() == 5);
  d.erase_word_back();
  CHECK(all(d) == "one  x");
}

TEST_CASE("after random keys, undo leads back to the file, and redo to the end", "[edit]") {
  std::mt19937 random(4);
  for (int round = 0; round < 10; ++round) {
    const std::string original = round % 2 == 0 ? "first\n\tsecond\nthird" : "first\r\n  second\r\n";
    EditDocument d(buffer_of(original));
    for (int i = 0; i < 400; ++i) {
      switch (random() % 11) {
        case 0: d.erase_back(); break;
        case 1: d.erase_forward(); break;
        case 2: d.new_line(); break;
        case 3: (void)d.cut(); break;
        case 4: d.indent(); break;
        case 5: d.unindent(); break;
        case 6: d.paste("p\rq"); break;
        case 7: d.toggle_mark(); break;
        case 8: d.erase_word_back(); break;
        case 9: d.type("\xc3\xa4"); break;
        default: d.move_to(random() % (d.text().size() + 1), random() % 3 == 0);
      }
      REQUIRE(d.cursor() <= d.text().size());
    }
    const std::string end = all(d);
    while (d.undo()) {}
    CHECK(all(d) == original);
    CHECK_FALSE(d.changed());
    while (d.redo()) {}
    CHECK(all(d) == end);
  }
}
