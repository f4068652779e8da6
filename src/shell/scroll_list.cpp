#include "shell/scroll_list.h"

#include <algorithm>

namespace shell {

void ScrollList::set_count(std::size_t count) noexcept {
  count_ = count;
  select(selected_);
}

void ScrollList::set_height(int rows) noexcept {
  height_ = static_cast<std::size_t>(std::max(1, rows));
  follow();
}

void ScrollList::select(std::size_t index) noexcept {
  selected_ = count_ == 0 ? 0 : std::min(index, count_ - 1);
  follow();
}

void ScrollList::follow() noexcept {
  top_ = std::min(top_, count_ - std::min(count_, height_));
  if (selected_ < top_) top_ = selected_;
  if (selected_ >= top_ + height_) top_ = selected_ - height_ + 1;
}

bool ScrollList::handle(const Key& key) noexcept {
  const std::size_t page = std::max<std::size_t>(1, height_ - 1);  // a row stays, so that the eye finds its place
  switch (key.code) {
    case Key::Code::up: select(selected_ - std::min<std::size_t>(selected_, 1)); return true;
    case Key::Code::down: select(selected_ + 1); return true;
    case Key::Code::page_up: select(selected_ - std::min(selected_, page)); return true;
    case Key::Code::page_down: select(selected_ + page); return true;
    case Key::Code::home: select(0); return true;
    case Key::Code::end: select(count_ - std::min<std::size_t>(count_, 1)); return true;
    default: return false;
  }
}

}  // namespace shell
