// Long texts by offset and line, broken into rows, and searched.
#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "reactor/job.h"
#include "shell/text_rows.h"
#include "shell/text_search.h"
#include "wait_for.h"

using namespace shell;

namespace {

TextBuffer buffer_of(std::string_view text) {
  TextBuffer buffer;
  buffer.append(text);
  return buffer;
}

std::vector<std::string> rows_of(const std::string& text, int columns, bool wrap) {
  const TextBuffer buffer = buffer_of(text);
  TextRows rows(buffer);
  rows.set(columns, wrap);
  std::vector<std::string> result;
  for (std::optional<std::size_t> row = 0; row; row = rows.below(*row)) result.push_back(buffer.copy(*row, rows.row_end(*row)));
  return result;
}

using Found = std::optional<std::pair<std::size_t, std::size_t>>;

Found search(const std::string& text, std::string_view expression, std::size_t from, bool forward) {
  const TextBuffer buffer = buffer_of(text);
  const auto pattern = Pattern::compile(expression);
  REQUIRE(pattern);
  auto found = test::wait_for(forward ? find_forward(buffer, *pattern, from) : find_backward(buffer, *pattern, from));
  REQUIRE(found);
  if (!*found) return std::nullopt;
  return std::pair((*found)->begin, (*found)->end);
}

// A search that takes long on each line and finds nothing, and a job beside it.
struct Searched {
  TextBuffer text;
  bool forward;
  int turns = 0;  // of the job beside it
};

reactor::Task<void> search_slowly(Searched* searched) {
  const auto pattern = Pattern::compile("(a+)+$");
  REQUIRE(pattern);
  auto search = searched->forward ? find_forward(searched->text, *pattern, 0) : find_backward(searched->text, *pattern, searched->text.size());
  auto found = co_await std::move(search);
  CHECK((found && !*found));
}

reactor::Task<int> search_beside(Searched* searched) {
  reactor::JobScope scope;
  const auto search = scope.spawn("search", search_slowly(searched));
  while (!search->done()) {
    co_await reactor::yield();
    ++searched->turns;
  }
  CHECK(search->failure().empty());
  co_await scope.join();
  co_return 0;
}

}  // namespace

TEST_CASE("a text that grows is found by offset and by line", "[text]") {
  std::mt19937 random(3);
  TextBuffer buffer;
  std::string model;
  const auto check = [&] {
    CHECK(buffer.size() == model.size());
    for (int i = 0; i < 20; ++i) {
      const std::size_t offset = random() % (model.size() + 2);
      const auto line = static_cast<std::size_t>(std::count(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(std::min(offset, model.size())), '\n'));
      CHECK(buffer.line_at(offset) == line);
      const std::size_t newline = line == 0 ? std::string::npos : model.rfind('\n', std::min(offset, model.size()) - 1);
      CHECK(buffer.line_start(line) == (line == 0 ? 0 : newline + 1));
      CHECK(buffer.line_end(line) == std::min(model.find('\n', buffer.line_start(line)), model.size()));
      const std::size_t to = offset + random() % 9000;
      CHECK(buffer.copy(offset, to) == (offset < model.size() ? model.substr(offset, to - offset) : ""));
    }
    CHECK(buffer.line_start(buffer.newlines() + 1) == model.size());
  };
  check();
  while (model.size() < 3'000'000) {
    std::string part(random() % 300'000, 'x');
    for (char& c : part)
      if (random() % 50 == 0) c = '\n';
    buffer.append(part);
    model += part;
    check();
  }
}

TEST_CASE("lines are wrapped at the width, wide characters and tabs too", "[text]") {
  using Rows = std::vector<std::string>;
  CHECK(rows_of("abcdef\ngh\n", 4, true) == Rows{"abcd", "ef", "gh", ""});
  CHECK(rows_of("abcdef\ngh", 4, false) == Rows{"abcdef", "gh"});
  CHECK(rows_of("", 4, true) == Rows{""});
  CHECK(rows_of("abc\xe4\xb8\xad" "d", 4, true) == Rows{"abc", "\xe4\xb8\xad" "d"});
  CHECK(rows_of("a\tb", 8, true) == Rows{"a\t", "b"});
  CHECK(rows_of("\xff\x01" "a", 5, true) == Rows{"\xff", "\x01" "a"});
  CHECK(rows_of("e\xcc\x81" "e\xcc\x81", 1, true) == Rows{"e\xcc\x81", "e\xcc\x81"});
  CHECK(rows_of("\xe4\xb8\xad\n\t", 1, true) == Rows{"\xe4\xb8\xad", "\t"});
}

TEST_CASE("rows below and above, columns and offsets are each other's inverse", "[text]") {
  std::mt19937 random(5);
  constexpr const char* glyphs[] = {"a", "b", "\t", "\n", "\xe4\xb8\xad", "e\xcc\x81", "\xff", "\x01", "word ", "\xcc\x81", "\xf0\x9f\x98\x80"};
  for (int round = 0; round < 60; ++round) {
    std::string text;
    const bool giant = round % 10 == 0;  // lines that are broken by their length
    for (int n = static_cast<int>(random() % (giant ? 40'000 : 200)); n > 0; --n) {
      const char* glyph = glyphs[random() % 11];
      if (!giant || *glyph != '\n') text += glyph;
    }
    const TextBuffer buffer = buffer_of(text);
    TextRows rows(buffer);
    rows.set(1 + static_cast<int>(random() % 30), random() % 3 > 0);
    std::vector<std::size_t> starts;
    for (std::optional<std::size_t> row = 0; row; row = rows.below(*row)) {
      if (!starts.empty()) REQUIRE(*row > starts.back());
      starts.push_back(*row);
    }
    for (std::size_t i = 0; i < starts.size(); i += giant ? 97 : 1) {
      REQUIRE(rows.row_at(starts[i]) == starts[i]);
      REQUIRE(rows.row_at(rows.row_end(starts[i]) - (rows.row_end(starts[i]) > starts[i] ? 1 : 0)) == starts[i]);
      const auto above = rows.above(starts[i]);
      REQUIRE(above == (i == 0 ? std::nullopt : std::optional(starts[i - 1])));
    }
    for (std::size_t at = 0, steps = 0; at < text.size() && steps < 2000; ++steps) {
      const std::size_t next = rows.next(at);
      REQUIRE(next > at);
      REQUIRE(rows.previous(next) == at);
      const std::size_t row = rows.row_at(at);
      REQUIRE(rows.offset_at(row, rows.column_of(row, at)) == at);
      at = next;
    }
  }
}

TEST_CASE("a row is drawn from any column on, with its highlights", "[text]") {
  const TextBuffer buffer = buffer_of("a\t\xe4\xb8\xad!\nnext");
  TextRows rows(buffer);
  rows.set(20, false, 4);
  const auto drawn = [&](int hidden) {
    Canvas canvas(8, 1);
    const Highlight mark[] = {{2, 5, {.reverse = true}}};
    rows.draw(canvas, 0, 1, 0, hidden, mark);
    std::string text;
    for (int c = 0; c < 8; ++c) text += (canvas.at(0, c).style.reverse ? "*" : "") + (canvas.at(0, c).glyph.empty() ? "" : canvas.at(0, c).glyph);
    return text;
  };
  CHECK(drawn(0) == " a   *\xe4\xb8\xad*!");
  CHECK(drawn(2) == "   *\xe4\xb8\xad*!  ");
  CHECK(drawn(5) == " * !     ");
}

TEST_CASE("a search goes forward and back, line by line", "[text]") {
  const std::string text = "one two\r\ntwo three\n\nlast two";
  CHECK(search(text, "two", 0, true) == Found({4, 7}));
  CHECK(search(text, "two", 5, true) == Found({9, 12}));
  CHECK(search(text, "two$", 0, true) == Found({4, 7}));
  CHECK(search(text, "^two", 0, true) == Found({9, 12}));
  CHECK(search(text, "^three", 0, true) == std::nullopt);
  CHECK(search(text, "two", 26, true) == std::nullopt);
  CHECK(search(text, "^$", 0, true) == Found({19, 19}));
  CHECK(search(text, "two", text.size(), false) == Found({25, 28}));
  CHECK(search(text, "two", 25, false) == Found({9, 12}));
  CHECK(search(text, "two", 9, false) == Found({4, 7}));
  CHECK(search(text, "two", 4, false) == std::nullopt);
  CHECK(search(text, "o", 6, false) == Found({0, 1}));
  CHECK(search(text, "o", 7, false) == Found({6, 7}));
}

TEST_CASE("a search crosses portions and lines without end", "[text]") {
  std::string text;
  while (text.size() < 400'000) text += "a line like all others\n";
  const std::size_t at = text.size();
  text += "needle\n";
  while (text.size() < 700'000) text += "a line like all others\n";
  text += std::string(3'000'000, 'x');
  const std::size_t far = text.size();
  text += "pin\n";
  CHECK(search(text, "needle", 0, true) == Found({at, at + 6}));
  CHECK(search(text, "needle", text.size(), false) == Found({at, at + 6}));
  CHECK(search(text, "pin", 0, true) == Found({far, far + 3}));
  CHECK(search(text, "pin", text.size(), false) == Found({far, far + 3}));
  CHECK(search(std::string(3'000'000, 'x') + "pin", "pin", 10, false) == std::nullopt);
  // No line is empty but the last one: a portion's end is none.
  CHECK(search(text, "^$", 0, true) == Found({text.size(), text.size()}));
}

TEST_CASE("a slow search lets others run in the middle of a portion, also where nothing matches", "[text]") {
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "aaaaaaaaaab\n";  // under 64 KiB
  for (const bool forward : {true, false}) {
    INFO((forward ? "forward" : "backward"));
    Searched searched{.text = buffer_of(text), .forward = forward};
    reactor::Loop loop;
    CHECK(loop.run(search_beside(&searched)) == 0);
    CHECK(searched.turns > 3);
  }
}
