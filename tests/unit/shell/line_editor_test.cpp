// The line editor against a VT100: what is typed, and what then stands on the screen.
#include "shell/line_editor.h"

#include <chrono>
#include <random>

#include <catch2/catch.hpp>

#include "shell/vt100.h"

namespace {

using shell::LineEditor;
using Event = LineEditor::Event;

struct Terminal {
  shell::History history;
  LineEditor editor{history};
  shell::KeyDecoder decoder;
  test::Vt100 screen;
  Event last = Event::none;
  std::size_t sent = 0;  // bytes of the last type()

  explicit Terminal(int columns = 80, int rows = 24) : screen(columns, rows) {
    editor.set_size(columns, rows);
    editor.begin("> ");
    update();
  }
  void update() {
    const std::string output = editor.take_output();
    sent = output.size();
    screen.feed(output);
  }
  void above(std::string_view output) {
    editor.hide();
    update();
    screen.feed(output);
    editor.show();
    update();
  }
  void restart() {
    editor.hide();
    update();
    editor.begin("> ");
    update();
  }
  // Every byte as it would come over a slow line.
  void type(std::string_view bytes) {
    for (const char c : bytes) {
      std::vector<shell::Key> keys;
      decoder.feed({&c, 1}, keys);
      for (const shell::Key& key : keys) last = editor.handle(key);
      update();
    }
  }
  // All at once, as a paste or a fast line.
  void type_at_once(std::string_view bytes) {
    std::vector<shell::Key> keys;
    decoder.feed(bytes, keys);
    for (const shell::Key& key : keys) last = editor.handle(key);
    update();
  }
  void escape() {
    std::vector<shell::Key> keys;
    decoder.feed("\x1b", keys);
    decoder.timeout(keys);
    for (const shell::Key& key : keys) last = editor.handle(key);
    update();
  }
  [[nodiscard]] std::string cursor() const { return std::to_string(screen.cursor_row()) + "," + std::to_string(screen.cursor_column()); }
  // What the screen shows must be what a fresh drawing would show.
  void check_fresh() {
    test::Vt100 fresh(editor_columns(), editor_rows());
    LineEditor other(history);
    other.set_size(editor_columns(), editor_rows());
    other.begin("> ");
    shell::Key paste{.code = shell::Key::Code::paste, .text = editor.text()};
    other.handle(paste);
    fresh.feed(other.take_output());
    CHECK(screen.screen() == fresh.screen());
    CHECK(screen.unknown() == 0);
  }
  int columns_ = 80, rows_ = 24;
  [[nodiscard]] int editor_columns() const { return columns_; }
  [[nodiscard]] int editor_rows() const { return rows_; }
};

}  // namespace

TEST_CASE("typed text stands behind the prompt") {
  Terminal t;
  t.type("ifconfig");
  CHECK(t.screen.screen() == "> ifconfig");
  CHECK(t.cursor() == "0,10");
  CHECK(t.editor.text() == "ifconfig");
  t.type("\r");
  CHECK(t.last == Event::submit);
  CHECK(t.cursor() == "1,0");
  CHECK(t.screen.unknown() == 0);
}

TEST_CASE("a key at the end of the line sends that character only") {
  Terminal t;
  t.type("abc");
  t.type("d");
  CHECK(t.sent == 1);
  t.type("\x7f");
  CHECK(t.sent <= 5);
}

TEST_CASE("the cursor moves by characters, words and to the ends") {
  Terminal t;
  t.type("ip addr add 10.0.0.1/24");
  t.type("\x1b[D\x1b[D");
  CHECK(t.cursor() == "0,23");
  t.type("\x1b[1;5D");
  CHECK(t.cursor() == "0,21");
  t.type("\x1b" "b");
  CHECK(t.cursor() == "0,19");
  t.type("\x1b[H");
  CHECK(t.cursor() == "0,2");
  t.type("\x1b[1;5C");
  CHECK(t.cursor() == "0,4");
  t.type("\x1b" "f\x1b" "f");
  CHECK(t.cursor() == "0,13");
  t.type("\x1b[F");
  CHECK(t.cursor() == "0,25");
  t.type("\x01X\x05Y");
  CHECK(t.screen.screen() == "> Xip addr add 10.0.0.1/24Y");
}

TEST_CASE("text is inserted and erased in the middle") {
  Terminal t;
  t.type("abcdef\x1b[D\x1b[D\x1b[DXY");
  CHECK(t.screen.screen() == "> abcXYdef");
  CHECK(t.cursor() == "0,7");
  t.type("\x7f\x7f\x1b[3~\x04");
  CHECK(t.screen.screen() == "> abcf");
  CHECK(t.editor.text() == "abcf");
}

TEST_CASE("Ctrl keys cut, bring back and swap") {
  Terminal t;
  t.type("one two three\x17");
  CHECK(t.editor.text() == "one two ");
  t.type("\x17");
  CHECK(t.editor.text() == "one ");
  t.type("\x19");
  CHECK(t.editor.text() == "one two three");
  t.type("\x01\x0b");
  CHECK(t.editor.text().empty());
  t.type("\x19\x15");
  CHECK(t.editor.text().empty());
  t.type("\x19\x01\x1b" "d");
  CHECK(t.editor.text() == " two three");
  t.type("\x01" "ab\x1b[D\x14");
  CHECK(t.editor.text() == "ba two three");
  CHECK(t.screen.screen() == "> ba two three");
  t.type("\x1b\x7f");
  CHECK(t.editor.text() == " two three");
}

TEST_CASE("a swap takes the two characters around the cursor") {
  Terminal t;
  t.type("abc\x14");
  CHECK(t.editor.text() == "acb");
  t.type("\x1b[D\x1b[D\x14");
  CHECK(t.editor.text() == "cab");
  CHECK(t.editor.cursor() == 2);
}

TEST_CASE("UTF-8, wide and combining characters keep the cursor where it belongs") {
  Terminal t(10, 5);
  t.type("\xc3\xa9\xe4\xb8\xad" "e\xcc\x81x");
  CHECK(t.screen.screen() == "> \xc3\xa9\xe4\xb8\xad" "e\xcc\x81x");
  CHECK(t.cursor() == "0,7");
  t.type("\x1b[D\x1b[D");
  CHECK(t.cursor() == "0,5");
  t.type("\x7f");
  CHECK(t.screen.screen() == "> \xc3\xa9" "e\xcc\x81x");
  t.type("\x05\x7f\x7f");
  CHECK(t.editor.text() == "\xc3\xa9");
  // The wide one does not fit into the last column.
  t.type("12345\xe4\xb8\xad\xe4\xb8\xad");
  CHECK(t.screen.row(0) == "> \xc3\xa9" "12345\xe4\xb8\xad");
  t.type("\x1b[D\x1b[D" "6");
  CHECK(t.screen.row(0) == "> \xc3\xa9" "123456");
  CHECK(t.screen.row(1) == "\xe4\xb8\xad\xe4\xb8\xad");
}

TEST_CASE("a line longer than the terminal is broken at its edge") {
  Terminal t(10, 5);
  t.type("12345678");
  CHECK(t.screen.screen() == "> 12345678");
  CHECK(t.cursor() == "1,0");
  t.type("9abcdefghij");
  CHECK(t.screen.screen() == "> 12345678\n9abcdefghi\nj");
  CHECK(t.cursor() == "2,1");
  t.type("\x01");
  CHECK(t.cursor() == "0,2");
  t.type("X");
  CHECK(t.screen.screen() == "> X1234567\n89abcdefgh\nij");
  CHECK(t.cursor() == "0,3");
  t.type("\x05\x7f\x7f\x7f\x7f");
  CHECK(t.screen.screen() == "> X1234567\n89abcdef");
  t.type("\x15" "new");
  CHECK(t.screen.screen() == "> new");
  CHECK(t.cursor() == "0,5");
}

TEST_CASE("a line at the bottom of the screen scrolls it") {
  Terminal t(10, 3);
  t.above("above\r\n\r\n");
  t.type("12345678abcdefghij");
  CHECK(t.screen.everything() == "above\n\n> 12345678\nabcdefghij");
  CHECK(t.cursor() == "2,0");
}

TEST_CASE("a line of more rows than the screen is shown around the cursor") {
  Terminal t(10, 3);
  std::string text;
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + "aaaaaaaaa";
  t.type(text);
  CHECK(t.screen.row(0) == "aa8aaaaaaa");
  CHECK(t.screen.row(1) == "aa9aaaaaaa");
  CHECK(t.screen.row(2) == "aa");
  t.type("\x01");
  CHECK(t.screen.row(0) == "> 0aaaaaaa");
  CHECK(t.cursor() == "0,2");
  t.type("\x05\r");
  CHECK(t.screen.row(1) == "aa");
  CHECK(t.cursor() == "2,0");
}

TEST_CASE("the history keeps the line that is being typed") {
  Terminal t;
  t.history.add("one");
  t.history.add("two");
  t.type("\r");
  t.restart();
  t.type("typed\x1b[A");
  CHECK(t.editor.text() == "two");
  t.type("\x1b[A");
  CHECK(t.screen.row(1) == "> one");
  t.type("\x1b[A");
  CHECK(t.screen.bells() == 1);
  t.type("\x1b[B\x1b[B");
  CHECK(t.editor.text() == "typed");
  CHECK(t.screen.row(1) == "> typed");
  t.type("\x10\x0e");
  CHECK(t.editor.text() == "typed");
}

TEST_CASE("Ctrl-R searches the history backwards") {
  Terminal t;
  for (const char* line : {"ping a", "ifconfig", "ping b", "ls"}) t.history.add(line);
  t.restart();
  t.type("abc\x12pi");
  CHECK(t.screen.screen() == "(search) 'pi': ping b");
  CHECK(t.cursor() == "0,15");
  t.type("\x12");
  CHECK(t.screen.screen() == "(search) 'pi': ping a");
  t.type("\x12");
  CHECK(t.screen.screen() == "(no match, search) 'pi': ping a");
  CHECK(t.screen.bells() == 1);
  t.type("\x07");
  CHECK(t.screen.screen() == "> abc");
  CHECK(t.cursor() == "0,5");
  t.type("\x12ifx");
  CHECK(t.screen.bells() == 2);
  t.type("\x7f");
  CHECK(t.screen.screen() == "(search) 'if': ifconfig");
  t.type("\x05 tap0");
  CHECK(t.screen.screen() == "> ifconfig tap0");
  t.type("\x12ls");
  t.escape();
  CHECK(t.screen.screen() == "> ifconfig tap0");
  t.type("\x12ls\r");
  CHECK(t.last == Event::submit);
  CHECK(t.editor.text() == "ls");
}

TEST_CASE("Tab completes the common part and lists what differs") {
  Terminal t(40, 10);
  t.type("if\t");
  CHECK(t.last == Event::complete);
  t.editor.complete({.from = 0, .candidates = {{.text = "ifconfig", .shown = "ifconfig"}}});
  t.update();
  CHECK(t.screen.screen() == "> ifconfig");
  CHECK(t.cursor() == "0,11");
  t.type("t\t");
  t.editor.complete({.from = 9, .candidates = {{.text = "tap0", .shown = "tap0"}, {.text = "tap12", .shown = "tap12"}}});
  t.update();
  CHECK(t.screen.screen() == "> ifconfig tap");
  t.editor.complete({.from = 9, .candidates = {{.text = "tap0", .shown = "tap0"}, {.text = "tap12", .shown = "tap12"}}});
  t.update();
  CHECK(t.screen.screen() == "> ifconfig tap\ntap0   tap12\n> ifconfig tap");
  CHECK(t.cursor() == "2,14");
  t.editor.complete({});
  t.update();
  CHECK(t.screen.bells() == 1);
  t.editor.complete({.from = 9, .candidates = {{.text = "tap/", .shown = "tap/", .final = false}}});
  t.update();
  CHECK(t.editor.text() == "ifconfig tap/");
}

TEST_CASE("a long list of candidates is cut to the screen") {
  Terminal t(20, 6);
  shell::Completion many;
  for (int i = 0; i < 100; ++i) many.candidates.push_back({.text = "a" + std::to_string(i), .shown = "a" + std::to_string(i)});
  t.type("a");
  t.editor.complete(many);
  t.update();
  CHECK(t.screen.everything() == "> a\na0   a4   a8   a12\na1   a5   a9   a13\na2   a6   a10  a14\na3   a7   a11  a15\nand 84 more\n> a");
}

TEST_CASE("half a character is no common beginning") {
  Terminal t;
  t.editor.complete({.from = 0, .candidates = {{.text = "x\xc3\xa9", .shown = ""}, {.text = "x\xc3\xa8", .shown = ""}}});
  CHECK(t.editor.text() == "x");
}

TEST_CASE("pasted text stays text, newlines included") {
  Terminal t;
  t.type("\x1b[200~echo a\recho b\tc\x1b[201~");
  CHECK(t.last == Event::none);
  CHECK(t.editor.text() == "echo a\necho b\tc");
  CHECK(t.screen.screen() == "> echo a\necho b^Ic");
  CHECK(t.cursor() == "1,9");
  t.type("\x1b[H\x1b[3~");
  CHECK(t.screen.screen() == "> cho a\necho b^Ic");
}

TEST_CASE("Ctrl-C gives the line up, Ctrl-D ends on an empty one only") {
  Terminal t;
  t.type("abc\x1b[D\x03");
  CHECK(t.last == Event::interrupt);
  CHECK(t.screen.screen() == "> abc^C");
  CHECK(t.cursor() == "1,0");
  t.restart();
  t.type("a\x01\x04");
  CHECK(t.last == Event::none);
  t.type("\x04");
  CHECK(t.last == Event::end_of_file);
}

TEST_CASE("Ctrl-L leaves only the line on the screen") {
  Terminal t;
  t.above("\r\n\r\n");
  t.type("abc\x0c");
  CHECK(t.screen.screen() == "> abc");
  CHECK(t.cursor() == "0,5");
}

TEST_CASE("hidden, the line makes room for other output and comes back as it was") {
  Terminal t(10, 5);
  t.type("123456789\x1b[D");
  t.editor.hide();
  t.update();
  CHECK(t.screen.screen().empty());
  t.screen.feed("note\r\n");
  t.type("X");
  CHECK(t.screen.screen() == "note");
  t.editor.show();
  t.update();
  CHECK(t.screen.screen() == "note\n> 12345678\nX9");
  CHECK(t.cursor() == "2,1");
}

TEST_CASE("a new size draws the line anew") {
  Terminal t(20, 6);
  t.above("above\r\n");
  t.type("123456789012345678901234567890");
  CHECK(t.screen.screen() == "above\n> 123456789012345678\n901234567890");
  t.screen.resize(12, 6);
  t.editor.set_size(12, 6);
  t.update();
  CHECK(t.screen.screen() == "above\n> 1234567890\n123456789012\n34567890");
  CHECK(t.cursor() == "3,8");
  t.screen.resize(40, 6);
  t.editor.set_size(40, 6);
  t.update();
  CHECK(t.screen.screen() == "above\n> 123456789012345678901234567890");
}

TEST_CASE("terminals of one column and one row are no trouble") {
  for (const auto& [columns, rows] : {std::pair(1, 1), std::pair(2, 1), std::pair(1, 5), std::pair(3, 2)}) {
    Terminal t(columns, rows);
    t.type("ab\xe4\xb8\xad\x1b[D\x1b[Dc\x01\x05\x15xyz\r");
    CHECK(t.editor.text() == "xyz");
    CHECK(t.screen.unknown() == 0);
  }
}

TEST_CASE("invalid bytes are shown as such and kept") {
  Terminal t;
  t.type_at_once("\x1b[200~a\xff\xc2\x9b" "b\x1b[201~");
  CHECK(t.editor.text() == "a\xff\xc2\x9b" "b");
  CHECK(t.screen.screen() == "> a\xef\xbf\xbd\xef\xbf\xbd" "b");
}

TEST_CASE("after any keys the screen is what a fresh drawing would be") {
  const std::string_view pieces[] = {"a", "bc def", " ", "\xc3\xa9", "\xe4\xb8\xad", "e\xcc\x81", "\x1b[D", "\x1b[C", "\x1b[D\x1b[D\x1b[D", "\x01", "\x05", "\x7f", "\x1b[3~", "\x17", "\x0b", "\x15", "\x19", "\x14", "\x1b" "b", "\x1b" "f", "\x1b[A", "\x1b[B", "\x1b[200~p q\r\xff\x1b[201~"};
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const int columns = 3 + static_cast<int>(random() % 20);
    const int rows = 30;
    Terminal t(columns, rows);
    t.columns_ = columns;
    t.rows_ = rows;
    t.history.add("a line of the history that is longer than a row");
    t.restart();
    for (int i = 0; i < 40; ++i) t.type(pieces[random() % std::size(pieces)]);
    if (t.editor.text().size() > 200) continue;  // the window would depend on the way there
    t.type("\x05");
    t.check_fresh();
  }
}

TEST_CASE("a paste of 100 KB is quick and sends a screenful") {
  Terminal t;
  std::string text = "\x1b[200~" + std::string(100'000, 'x') + "\x1b[201~";
  const auto start = std::chrono::steady_clock::now();
  std::size_t sent = 0;
  for (std::size_t at = 0; at < text.size(); at += 4096) {
    t.type_at_once(std::string_view(text).substr(at, 4096));
    sent += t.sent;
  }
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  CHECK(t.editor.text().size() == 100'000);
  CHECK(sent < 200'000);
  // Unbracketed the same, key by key.
  t.type("\x15");
  const auto again = std::chrono::steady_clock::now();
  const std::string keys(100'000, 'y');
  for (std::size_t at = 0; at < keys.size(); at += 4096) t.type_at_once(std::string_view(keys).substr(at, 4096));
  CHECK(std::chrono::steady_clock::now() - again < std::chrono::seconds(4));
  CHECK(t.editor.text() == keys);
}

TEST_CASE("a line does not grow without end") {
  Terminal t;
  t.type_at_once("\x1b[200~" + std::string(LineEditor::longest, 'x') + "\x1b[201~");
  t.type("y");
  CHECK(t.editor.text().size() == LineEditor::longest);
  CHECK(t.screen.bells() == 1);
}

TEST_CASE("history lines survive their file") {
  for (const std::string line : {"", "a", "a\nb", "a\\nb", "\\", "\\\\n\n"}) CHECK(shell::history_decoded(shell::history_encoded(line)) == line);
  CHECK(shell::history_encoded("a\nb").find('\n') == std::string::npos);
  shell::History history;
  CHECK(history.add("a"));
  CHECK_FALSE(history.add("a"));
  CHECK_FALSE(history.add(""));
  for (int i = 0; i < 2000; ++i) history.add(std::to_string(i));
  CHECK(history.lines().size() == shell::History::most);
  CHECK(history.lines().back() == "1999");
}
