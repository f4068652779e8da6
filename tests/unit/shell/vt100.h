// A small VT100 for tests: takes what a program sends and says what stands on the screen. Lines that scroll off are kept.
// Autowrap is that of the VT100: the cursor stays in the last column until the next character. Unknown sequences are counted.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shell/utf8.h"

namespace test {

class Vt100 {
 public:
  explicit Vt100(int columns = 80, int rows = 24) : columns_(columns), rows_(rows), screen_(static_cast<std::size_t>(rows), blank()) {}

  void feed(std::string_view bytes) {
    pending_ += bytes;
    std::size_t at = 0;
    while (at < pending_.size()) {
      const std::size_t used = step(std::string_view(pending_).substr(at));
      if (used == 0) break;
      at += used;
    }
    pending_.erase(0, at);
  }

  /// A row without trailing blanks.
  [[nodiscard]] std::string row(int r) const { return text(screen_[static_cast<std::size_t>(r)]); }
  /// All rows down to the last one that holds something, joined by newlines.
  [[nodiscard]] std::string screen() const { return joined(screen_); }
  /// What has scrolled off and what is there.
  [[nodiscard]] std::string everything() const {
    auto all = scrolled_;
    all.insert(all.end(), screen_.begin(), screen_.end());
    return joined(all);
  }
  [[nodiscard]] int cursor_row() const { return row_; }
  [[nodiscard]] int cursor_column() const { return std::min(column_, columns_ - 1); }
  [[nodiscard]] int unknown() const { return unknown_; }
  [[nodiscard]] int bells() const { return bells_; }
  [[nodiscard]] bool bracketed_paste() const { return bracketed_paste_; }
  /// Answers to questions (cursor position), since the last call.
  std::string take_answers() { return std::exchange(answers_, {}); }

  /// As tmux and most terminals do: a row that has become too long is broken; a cursor below the new bottom pushes rows off at
  /// the top.
  void resize(int columns, int rows) {
    std::vector<Line> lines;
    int cursor = 0;
    for (int r = 0; r < rows_; ++r) {
      Line line = screen_[static_cast<std::size_t>(r)];
      while (static_cast<int>(line.size()) > columns && line.back() == " ") line.pop_back();
      if (r == row_) {
        cursor = static_cast<int>(lines.size()) + cursor_column() / columns;
        column_ = cursor_column() % columns;
      }
      do {
        Line part(line.begin(), line.begin() + std::min<std::ptrdiff_t>(columns, static_cast<std::ptrdiff_t>(line.size())));
        line.erase(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(part.size()));
        part.resize(static_cast<std::size_t>(columns), " ");
        lines.push_back(std::move(part));
      } while (!line.empty());
    }
    columns_ = columns;
    while (cursor >= rows) {
      scrolled_.push_back(lines.front());
      lines.erase(lines.begin());
      --cursor;
    }
    lines.resize(static_cast<std::size_t>(rows), blank());
    screen_ = std::move(lines);
    rows_ = rows;
    row_ = cursor;
  }

 private:
  using Line = std::vector<std::string>;  // a cell each; empty: the right half of a wide character

  [[nodiscard]] Line blank() const { return Line(static_cast<std::size_t>(columns_), " "); }
  static std::string text(const Line& line) {
    std::string result;
    for (const std::string& cell : line) result += cell;
    while (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
  }
  static std::string joined(const std::vector<Line>& lines) {
    std::string result;
    for (const Line& line : lines) result += text(line) + "\n";
    while (!result.empty() && result.back() == '\n') result.pop_back();
    return result;
  }
  std::string& cell(int column) { return screen_[static_cast<std::size_t>(row_)][static_cast<std::size_t>(column)]; }

  void scroll() {
    scrolled_.push_back(screen_.front());
    screen_.erase(screen_.begin());
    screen_.push_back(blank());
  }
  void line_feed() {
    if (row_ + 1 < rows_) ++row_;
    else scroll();
  }

  // Bytes used; 0: more are needed.
  std::size_t step(std::string_view bytes) {
    const auto c = static_cast<unsigned char>(bytes.front());
    if (c == 0x1b) return sequence(bytes);
    if (c < 0x20 || c == 0x7f) {
      control(bytes.front());
      return 1;
    }
    const std::size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    if (bytes.size() < need) return 0;
    const shell::Utf8 character = shell::utf8_at(bytes, 0);
    print(std::string(bytes.substr(0, character.length)), shell::char_width(character.code));
    return character.length;
  }

  void control(char c) {
    switch (c) {
      case '\r': column_ = 0; break;
      case '\n': line_feed(); break;
      case '\b': column_ = std::max(0, std::min(column_, columns_ - 1) - 1); break;
      case '\a': ++bells_; break;
      case '\t': column_ = std::min(columns_ - 1, (column_ / 8 + 1) * 8); break;
      default: ++unknown_; break;
    }
  }

  void print(std::string character, int width) {
    if (width == 0) {
      if (column_ > 0) cell(std::min(column_, columns_) - 1) += character;
      return;
    }
    if (column_ + width > columns_) {
      column_ = 0;
      line_feed();
    }
    cell(column_) = std::move(character);
    if (width == 2) cell(column_ + 1).clear();
    column_ += width;  // columns_: the next character wraps
  }

  std::size_t sequence(std::string_view bytes) {
    if (bytes.size() < 2) return 0;
    if (bytes[1] == '7' || bytes[1] == '8') {
      auto& [row, column] = saved_;
      if (bytes[1] == '7') saved_ = {row_, column_};
      else row_ = std::min(row, rows_ - 1), column_ = std::min(column, columns_);
      return 2;
    }
    if (bytes[1] != '[') {
      ++unknown_;
      return 2;
    }
    std::size_t end = 2;
    while (end < bytes.size() && bytes[end] >= 0x20 && bytes[end] < 0x40) ++end;
    if (end == bytes.size()) return 0;
    std::string parameters(bytes.substr(2, end - 2));
    const int n = parameters.empty() || parameters[0] == '?' ? 0 : std::atoi(parameters.c_str());
    const int count = std::max(1, n);
    column_ = bytes[end] == 'n' || bytes[end] == 'm' ? column_ : std::min(column_, columns_ - 1);
    switch (bytes[end]) {
      case 'A': row_ = std::max(0, row_ - count); break;
      case 'B': row_ = std::min(rows_ - 1, row_ + count); break;
      case 'C': column_ = std::min(columns_ - 1, column_ + count); break;
      case 'D': column_ = std::max(0, column_ - count); break;
      case 'H': {
        const std::size_t semicolon = parameters.find(';');
        row_ = std::min(rows_, count) - 1;
        column_ = semicolon == std::string::npos ? 0 : std::clamp(std::atoi(parameters.c_str() + semicolon + 1), 1, columns_) - 1;
        break;
      }
      case 'J':
        if (n != 0) ++unknown_;
        for (int c = column_; c < columns_; ++c) cell(c) = " ";
        for (int r = row_ + 1; r < rows_; ++r) screen_[static_cast<std::size_t>(r)] = blank();
        break;
      case 'K':
        if (n != 0) ++unknown_;
        for (int c = column_; c < columns_; ++c) cell(c) = " ";
        break;
      case 'm': break;
      case 'n':
        if (n == 6) answers_ += "\x1b[" + std::to_string(row_ + 1) + ";" + std::to_string(cursor_column() + 1) + "R";
        break;
      case 'h': case 'l':
        if (parameters == "?2004") bracketed_paste_ = bytes[end] == 'h';
        else ++unknown_;
        break;
      default: ++unknown_; break;
    }
    return end + 1;
  }

  int columns_, rows_;
  int row_ = 0, column_ = 0;
  std::pair<int, int> saved_{0, 0};
  std::vector<Line> screen_, scrolled_;
  std::string pending_, answers_;
  int unknown_ = 0, bells_ = 0;
  bool bracketed_paste_ = false;
};

}  // namespace test
