// What a back end does for the loop: start, cancel, wait. Chosen by probing; epoll may hand over to io_uring (Loop::take_uring).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "reactor/error.h"

namespace reactor {

class Op;
class Loop;

using Nanoseconds = std::chrono::nanoseconds;

class Backend {
 public:
  virtual ~Backend() = default;
  /// Takes the operation; its completion is reported by Loop::complete, never from inside start.
  virtual void start(Op& op) noexcept = 0;
  virtual void cancel(Op& op) noexcept = 0;
  /// Hands in what is queued and collects completions; blocks until there is one or `deadline` (CLOCK_MONOTONIC) has come.
  /// nullopt: no deadline. Zero: do not block.
  virtual void wait(std::optional<Nanoseconds> deadline) noexcept = 0;
  /// Cheap check, every round, while coroutines are ready to run.
  virtual void peek() noexcept = 0;
  /// Whether descriptors made for it must be O_NONBLOCK (epoll), or had better not be (io_uring waits by itself).
  [[nodiscard]] virtual bool wants_nonblocking() const noexcept = 0;
  /// One line for the `reactor` command: name and what was found.
  [[nodiscard]] virtual std::string describe() const = 0;
};

/// nullptr where the kernel refuses io_uring or lacks an opcode that we need; `why` says which.
std::unique_ptr<Backend> make_uring_backend(Loop& loop, std::string& why);
std::unique_ptr<Backend> make_epoll_backend(Loop& loop);

}  // namespace reactor
