// The text of `edit` against a plain string, through random changes, and back to the start.
#include <algorithm>
#include <chrono>
#include <random>

#include <catch2/catch.hpp>

#include "cmds/edit_text.h"

using cmds::EditText;

namespace {

shell::TextBuffer buffer_of(std::string_view text) {
  shell::TextBuffer buffer;
  buffer.append(text);
  return buffer;
}

std::size_t count_lines(const std::string& text, std::size_t to) {
  return static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(to, text.size())), '\n'));
}

void check_same(const EditText& text, const std::string& model, std::mt19937& random) {
  REQUIRE(text.size() == model.size());
  REQUIRE(text.newlines() == count_lines(model, model.size()));
  for (int i = 0; i < 4; ++i) {
    const std::size_t offset = random() % (model.size() + 3), to = offset + random() % 200;
    REQUIRE(text.copy(offset, to) == (offset < model.size() ? model.substr(offset, to - offset) : ""));
    const std::size_t line = count_lines(model, offset);
    REQUIRE(text.line_at(offset) == line);
    const std::size_t newline = line == 0 ? std::string::npos : model.rfind('\n', std::min(offset, model.size()) - 1);
    REQUIRE(text.line_start(line) == (line == 0 ? 0 : newline + 1));
    REQUIRE(text.line_end(line) == std::min(model.find('\n', text.line_start(line)), model.size()));
  }
  REQUIRE(text.line_start(text.newlines() + 1) == model.size());
}

std::string random_text(std::mt19937& random, std::size_t length) {
  std::string text(length, ' ');
  for (char& c : text) c = random() % 8 == 0 ? '\n' : static_cast<char>(random() % 256);
  return text;
}

}  // namespace

TEST_CASE("random changes leave what they leave of a string, and every version comes back", "[edit]") {
  std::mt19937 random(11);
  for (int round = 0; round < 8; ++round) {
    std::string model = random_text(random, round == 0 ? 0 : random() % 20'000);
    EditText text(buffer_of(model));
    std::vector<std::pair<EditText::Version, std::string>> versions;
    std::size_t typing = 0;
    for (int step = 0; step < 600; ++step) {
      versions.emplace_back(text.version(), model);
      std::size_t from = random() % (model.size() + 1), to = from;
      std::string with;
      switch (random() % 4) {
        case 0: to = std::min(model.size(), from + random() % 100); break;
        case 1: with = random_text(random, random() % 300); break;
        case 2:
          to = std::min(model.size(), from + random() % 30);
          with = random_text(random, random() % 30);
          break;
        default:  // typing goes on where it stopped
          from = to = std::min(typing, model.size());
          with = random_text(random, 1);
      }
      text.replace(from, to, with);
      model.replace(from, to - from, with);
      typing = from + with.size();
      check_same(text, model, random);
    }
    CHECK(text.copy(0, text.size()) == model);
    while (!versions.empty()) {
      text.restore(versions.back().first);
      REQUIRE(text.copy(0, text.size()) == versions.back().second);
      REQUIRE(text.version() == versions.back().first);
      versions.pop_back();
    }
  }
}

TEST_CASE("a version stays whole while the text changes", "[edit]") {
  EditText text(buffer_of("one\ntwo\n"));
  const auto before = text.version();
  text.replace(0, 3, "1");
  CHECK(text.copy(0, 100) == "1\ntwo\n");
  CHECK(text.size(before) == 8);
  CHECK(text.copy(before, 2, 6) == "e\ntw");
  CHECK_FALSE(text.version() == before);
}

TEST_CASE("a long text with many changes is still quick", "[edit]") {
  std::string line(79, 'x');
  line += '\n';
  shell::TextBuffer original;
  for (int i = 0; i < 200'000; ++i) original.append(line);
  EditText text(std::move(original));
  std::mt19937 random(2);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t at = text.line_start(random() % 200'000);
    text.replace(at, at, ">\n");
  }
  CHECK(text.newlines() == 220'000);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));  // 0.1 s; a minute if each were a walk over all pieces
}
