// Which entry of a long list is selected, and which are on the screen. It knows only their number, so a list of a million costs
// nothing; whoever draws it asks for the entries from top() on.
#pragma once

#include <cstddef>

#include "shell/keys.h"

namespace shell {

class ScrollList {
 public:
  /// The number of entries; a selection behind the last one moves to it.
  void set_count(std::size_t count) noexcept;
  /// Rows that show it; the selected entry is always among them.
  void set_height(int rows) noexcept;
  void select(std::size_t index) noexcept;

  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t selected() const noexcept { return selected_; }
  /// The entry in the first row.
  [[nodiscard]] std::size_t top() const noexcept { return top_; }

  /// Arrows, PageUp, PageDown, Home, End. False: the key is none of these.
  bool handle(const Key& key) noexcept;

 private:
  void follow() noexcept;
  std::size_t count_ = 0, selected_ = 0, top_ = 0;
  std::size_t height_ = 1;
};

}  // namespace shell
