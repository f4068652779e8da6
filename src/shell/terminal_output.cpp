#include "shell/terminal_output.h"

#include <utility>

#include "reactor/io.h"

namespace shell {

using reactor::Result;
using reactor::Task;

void TerminalOutput::push(std::string_view text) {
  if (text.empty()) return;
  queue_ += text;
  pushed_ += text.size();
  more_.set();
}

Task<Result<void>> TerminalOutput::drained() {
  const std::uint64_t target = pushed_;
  while (written_ < target) {
    progress_.reset();
    auto waited = co_await progress_.wait();
    if (!waited) co_return waited;
  }
  co_return Result<void>();
}

Task<void> TerminalOutput::write_all() {
  for (;;) {
    while (queue_.empty()) {
      more_.reset();
      auto waited = co_await more_.wait();
      if (!waited) co_return;
    }
    const std::string piece = std::exchange(queue_, {});
    auto done = co_await reactor::write_all(fd_, piece);
    if (!done && done.error().cancelled()) co_return;
    written_ += piece.size();
    progress_.set();
  }
}

std::string TerminalOutput::close() {
  written_ = pushed_;
  progress_.set();
  return std::exchange(queue_, {});
}

}  // namespace shell
