// blocking(): the one door for calls that can block and have no io_uring operation (mount, loading a module, sync, setting up a
// packet ring, deleting a link). They run in a short-lived child process that acts on the descriptors it inherits.
#pragma once

#include <concepts>
#include <functional>
#include <string_view>

#include "reactor/child.h"
#include "reactor/task.h"

namespace reactor {

/// A call that runs in a child from its construction on.
class ForkedCall {
 public:
  /// `call` returns 0 to 255, a positive errno as a rule; it must not touch the loop, and what it changes in memory is lost.
  static Result<ForkedCall> start(std::string_view tried, const std::function<int()>& call);
  /// What the call returned. A stop request kills the child; the error says "cancelled" then.
  [[nodiscard]] Task<Result<int>> value();
  /// The same, of a call whose value is an errno.
  [[nodiscard]] Task<Result<void>> finished();

 private:
  ForkedCall(std::string_view tried, Child child) : tried_(tried), child_(std::move(child)) {}
  std::string tried_;
  Child child_;
};

/// Forks when awaited, and waits.
[[nodiscard]] Task<Result<void>> blocking(std::string tried, std::function<int()> call);

/// Cuts a regular file to nothing; others have nothing to cut. (A gigabyte in the page cache takes 400 ms to throw away, measured.)
[[nodiscard]] Task<Result<void>> empty_file(int fd);

}  // namespace reactor
