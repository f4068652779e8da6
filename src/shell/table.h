// The one printer of text tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/stream.h"

namespace shell {

class Table {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string_view title;
    Align align = Align::left;
    std::size_t least = 0;  // width in characters, when no cell needs more
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// One cell a column; missing ones are empty.
  void row(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  /// Heading (unless every title is empty), a rule of `rule` dashes (0: none), rows. Columns are as wide as their longest
  /// cell, one blank apart; the last left-aligned one is not padded.
  void print(reactor::Out& out, std::size_t rule = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace shell
