#include "shell/history.h"

#include <utility>

namespace shell {

bool History::add(std::string line) {
  if (line.empty() || (!lines_.empty() && lines_.back() == line)) return false;
  if (lines_.size() >= most) lines_.erase(lines_.begin());
  lines_.push_back(std::move(line));
  return true;
}

std::optional<std::size_t> History::search(std::string_view text, std::size_t before) const {
  for (std::size_t i = std::min(before, lines_.size()); i-- > 0;)
    if (lines_[i].find(text) != std::string::npos) return i;
  return std::nullopt;
}

std::string history_encoded(std::string_view line) {
  std::string result;
  for (const char c : line) {
    if (c == '\n') result += "\\n";
    else if (c == '\\') result += "\\\\";
    else result.push_back(c);
  }
  return result;
}

std::string history_decoded(std::string_view encoded) {
  std::string result;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    const bool escape = encoded[i] == '\\' && i + 1 < encoded.size();
    if (!escape) result.push_back(encoded[i]);
    else result.push_back(encoded[++i] == 'n' ? '\n' : encoded[i]);
  }
  return result;
}

}  // namespace shell
