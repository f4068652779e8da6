// A small VT100 for tests: takes what a program sends and says what stands on the screen. Lines that scroll off are kept.
// Autowrap is that of the VT100: the cursor stays in the last column until the next character. Unknown sequences are counted.
// With a second screen, margins, and cells that are inserted and deleted, as a full-screen tool uses them.
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
  explicit Vt100(int columns = 80, int rows = 24) : columns_(columns), rows_(rows), screen_(static_cast<std::size_t>(rows), blank()), styles_(static_cast<std::size_t>(rows), plain()), bottom_(rows) {}

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
  [[nodiscard]] bool cursor_shown() const { return cursor_shown_; }
  /// A full-screen tool has the other screen.
  [[nodiscard]] bool alternate() const { return !primary_.empty(); }
  /// A row's cells as they are, each with its own rendition in front (for comparisons).
  [[nodiscard]] std::string rendered(int r) const {
    std::string result;
    for (int c = 0; c < columns_; ++c) result += styles_[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)] + "|" + screen_[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)] + " ";
    return result;
  }
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
    styles_.assign(static_cast<std::size_t>(rows), plain());  // renditions are not followed through this
    rows_ = bottom_ = rows;
    top_ = 0;
    row_ = cursor;
    for (Line& line : primary_) line.resize(static_cast<std::size_t>(columns), " ");
    if (!primary_.empty()) primary_.resize(static_cast<std::size_t>(rows), blank());
  }

 private:
  using Line = std::vector<std::string>;  // a cell each; empty: the right half of a wide character

  [[nodiscard]] Line blank() const { return Line(static_cast<std::size_t>(columns_), " "); }
  [[nodiscard]] Line plain() const { return Line(static_cast<std::size_t>(columns_)); }
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

  std::string& style(int column) { return styles_[static_cast<std::size_t>(row_)][static_cast<std::size_t>(column)]; }
  void erase(int column) {
    cell(column) = " ";
    style(column) = rendition_;
  }

  // The rows between the margins.
  void scroll(bool up) {
    if (up && top_ == 0 && bottom_ == rows_ && primary_.empty()) scrolled_.push_back(screen_.front());
    const auto take = up ? top_ : bottom_ - 1, give = up ? bottom_ - 1 : top_;
    screen_.erase(screen_.begin() + take);
    screen_.insert(screen_.begin() + give, blank());
    styles_.erase(styles_.begin() + take);
    styles_.insert(styles_.begin() + give, Line(static_cast<std::size_t>(columns_), rendition_));
  }
  void line_feed() {
    if (row_ + 1 == bottom_) scroll(true);
    else if (row_ + 1 < rows_) ++row_;
  }
  void reverse_line_feed() {
    if (row_ == top_) scroll(false);
    else if (row_ > 0) --row_;
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
    if (column_ + width > columns_ && wraps_) {
      column_ = 0;
      line_feed();
    }
    column_ = std::min(column_, columns_ - width);
    // Half of a wide character does not stay.
    if (cell(column_).empty() && column_ > 0) cell(column_ - 1) = " ";
    if (column_ + width < columns_ && cell(column_ + width).empty()) cell(column_ + width) = " ";
    cell(column_) = std::move(character);
    style(column_) = rendition_;
    if (width == 2) {
      cell(column_ + 1).clear();
      style(column_ + 1) = rendition_;
    }
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
    if (bytes[1] == 'M') {
      reverse_line_feed();
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
        for (int c = column_; c < columns_; ++c) erase(c);
        for (int r = row_ + 1; r < rows_; ++r) {
          screen_[static_cast<std::size_t>(r)] = blank();
          styles_[static_cast<std::size_t>(r)] = Line(static_cast<std::size_t>(columns_), rendition_);
        }
        break;
      case 'K':
        if (n != 0) ++unknown_;
        for (int c = column_; c < columns_; ++c) erase(c);
        break;
      case '@': case 'P': {
        Line& line = screen_[static_cast<std::size_t>(row_)];
        Line& looks = styles_[static_cast<std::size_t>(row_)];
        for (int i = 0; i < std::min(count, columns_ - column_); ++i) {
          const auto from = bytes[end] == '@' ? columns_ - 1 : column_, to = bytes[end] == '@' ? column_ : columns_ - 1;
          line.erase(line.begin() + from);
          line.insert(line.begin() + to, " ");
          looks.erase(looks.begin() + from);
          looks.insert(looks.begin() + to, rendition_);
        }
        break;
      }
      case 'r': {
        const std::size_t semicolon = parameters.find(';');
        top_ = parameters.empty() ? 0 : count - 1;
        bottom_ = semicolon == std::string::npos ? rows_ : std::min(rows_, std::atoi(parameters.c_str() + semicolon + 1));
        row_ = column_ = 0;
        break;
      }
      case 'm': rendition_ = parameters == "0" ? "" : parameters; break;
      case 'n':
        if (n == 6) answers_ += "\x1b[" + std::to_string(row_ + 1) + ";" + std::to_string(cursor_column() + 1) + "R";
        break;
      case 'h': case 'l':
        if (parameters == "?2004") bracketed_paste_ = bytes[end] == 'h';
        else if (parameters == "?25") cursor_shown_ = bytes[end] == 'h';
        else if (parameters == "?7") wraps_ = bytes[end] == 'h';
        else if (parameters == "?1049") switch_screen(bytes[end] == 'h');
        else ++unknown_;
        break;
      default: ++unknown_; break;
    }
    return end + 1;
  }

  void switch_screen(bool alternate) {
    if (alternate == this->alternate()) return;
    if (alternate) {
      primary_ = std::exchange(screen_, std::vector<Line>(static_cast<std::size_t>(rows_), blank()));
      primary_cursor_ = {row_, column_};
    } else {
      screen_ = std::exchange(primary_, {});
      row_ = std::min(primary_cursor_.first, rows_ - 1);
      column_ = std::min(primary_cursor_.second, columns_);
    }
    styles_.assign(static_cast<std::size_t>(rows_), plain());
  }

  int columns_, rows_;
  int row_ = 0, column_ = 0;
  std::pair<int, int> saved_{0, 0};
  std::vector<Line> screen_, styles_;
  int top_ = 0, bottom_;  // the scrolling margins; the second one behind the last row
  std::vector<Line> scrolled_, primary_;
  std::pair<int, int> primary_cursor_{0, 0};
  std::string rendition_;
  bool wraps_ = true, cursor_shown_ = true;
  std::string pending_, answers_;
  int unknown_ = 0, bells_ = 0;
  bool bracketed_paste_ = false;
};

}  // namespace test
