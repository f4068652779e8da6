#include "shell/table.h"

#include <algorithm>

namespace shell {

namespace {

// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void Table::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::print(reactor::Out& out, std::size_t rule) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = std::max(columns_[i].least, width(columns_[i].title));
    for (const auto& row : rows_) widest = std::max(widest, width(row[i]));
    widths.push_back(widest);
  }
  std::string line;
  const auto add = [&](std::size_t column, std::string_view text) {
    const std::string gap(widths[column] - width(text), ' ');
    if (column > 0) line += ' ';
    if (columns_[column].align == Align::right) line += gap;
    line += text;
    if (columns_[column].align == Align::left) line += gap;
  };
  const auto end = [&] {
    line.erase(line.find_last_not_of(' ') + 1);
    line += '\n';
    out.write(line);
    line.clear();
  };
  if (std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.title.empty(); })) {
    for (std::size_t i = 0; i < columns_.size(); ++i) add(i, columns_[i].title);
    end();
  }
  if (rule != 0) out.print("{:-<{}}\n", "", rule);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < columns_.size(); ++i) add(i, row[i]);
    end();
  }
}

}  // namespace shell
