// Child processes, awaited by their pidfd. As PID 1 the same table lets the reaper tell our children from strangers.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reactor/fd.h"
#include "reactor/task.h"
#include "reactor/error.h"

namespace reactor {

class Child {
 public:
  Child(Child&&) noexcept = default;
  Child& operator=(Child&&) noexcept = default;
  /// Kills and reaps a child that was not awaited.
  ~Child();

  struct Program {
    std::vector<std::string> arguments;    // [0] is the path, or a name looked up in PATH
    std::vector<std::string> environment;  // NAME=VALUE; empty: ours
    int in = 0, out = 1, err = 2;          // become its 0, 1, 2
    std::string directory;                 // its working directory; empty: ours
    bool terminal = false;                 // `in` becomes its controlling terminal
  };
  /// Starts a program; the error says why exec failed. Signals have their default dispositions in it, none is blocked.
  static Result<Child> start(const Program& program);
  /// Forks and runs `body` in the child, which ends with its value (0-255). `body` must not use the loop.
  static Result<Child> fork(const std::function<int()>& body);

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  Result<void> send(int signal) const;

  /// How a process ended: as shells give it, 128 + the signal when one ended it.
  struct Exit {
    int status;
    int signal;  // 0 when it ended by itself
  };
  /// Waits for its end. When cancelled the child still runs; call `send` and wait again (under a Shield).
  [[nodiscard]] Task<Result<Exit>> finished();

  struct State;

 private:
  Child() = default;
  static Result<Child> adopt(pid_t pid);
  std::shared_ptr<State> state_;
  pid_t pid_ = -1;
};

/// PID 1's duty, on SIGCHLD: reaps every child that has ended. The status of one of ours is kept for who awaits it.
/// Returns the number of strangers reaped.
int reap_children();

}  // namespace reactor
