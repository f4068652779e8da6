// Lines that were entered, the newest last.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shell {

class History {
 public:
  /// More would not be looked for by a person and would only hold memory.
  static constexpr std::size_t most = 1000;

  /// False (and nothing is added): an empty line, or the same as the last one.
  bool add(std::string line);
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }
  void clear() { lines_.clear(); }
  /// The newest line before `before` that holds `text`.
  [[nodiscard]] std::optional<std::size_t> search(std::string_view text, std::size_t before) const;

 private:
  std::vector<std::string> lines_;
};

/// As a line of a history file: newline and backslash as \n and \\.
std::string history_encoded(std::string_view line);
std::string history_decoded(std::string_view encoded);

}  // namespace shell
