// What goes to a terminal, in the order in which it was put together: many jobs print, one writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reactor/event.h"
#include "reactor/task.h"

namespace shell {

class TerminalOutput {
 public:
  explicit TerminalOutput(int fd) : fd_(fd) {}

  void push(std::string_view text);
  /// Waits until all that was pushed so far has been written, or nobody writes any more.
  [[nodiscard]] reactor::Task<reactor::Result<void>> drained();
  /// The job that writes, until it is stopped. What a dead terminal does not take is lost.
  [[nodiscard]] reactor::Task<void> write_all();
  /// The terminal has been opened anew.
  void set_fd(int fd) noexcept { fd_ = fd; }
  /// Nobody will write any more: what is left.
  [[nodiscard]] std::string close();

 private:
  int fd_;
  std::string queue_;
  std::uint64_t pushed_ = 0, written_ = 0;  // bytes
  reactor::Event more_, progress_;
};

}  // namespace shell
