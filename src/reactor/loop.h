// The loop: one thread, one back end, rounds of ready coroutines, timers, and the operations in flight.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "reactor/backend.h"
#include "reactor/job.h"
#include "reactor/op.h"
#include "reactor/ready.h"
#include "reactor/timer.h"

namespace reactor {

/// `uring_later`: epoll, which needs no set-up, until take_uring() is called.
enum class BackendChoice { automatic, uring, epoll, uring_later };

class Loop {
 public:
  /// `automatic` and `uring_later` obey MYINIT_BACKEND=uring|epoll; `automatic` takes io_uring where it works.
  explicit Loop(BackendChoice choice = BackendChoice::automatic);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  /// The loop of this process; there is one at a time.
  static Loop& current() noexcept;

  /// Runs a job until it has ended; its exit status. Everything that it started has ended then, since scopes are joined.
  int run(Task<int> task, std::string name = "main");

  // For operations.
  void start(Op& op) noexcept;
  void cancel(Op& op) noexcept;
  void complete(Op& op, int res) noexcept;
  /// A completion after which the operation goes on.
  void progress(Op& op, int res) noexcept;
  Timers& timers() noexcept { return timers_; }
  [[nodiscard]] Backend& backend() noexcept { return *backend_; }
  /// Ends the time of `uring_later`: io_uring from now on, where it works. Operations in flight go with it.
  void take_uring();
  /// take_uring() is to come.
  [[nodiscard]] bool uring_is_due() const noexcept { return uring_is_due_; }
  /// io_uring is wanted, and has not been refused so far.
  [[nodiscard]] bool may_have_uring() const noexcept { return uring_is_due_ || !backend_->wants_nonblocking(); }
  /// SOCK_NONBLOCK/O_NONBLOCK for new descriptors of ours, or 0: see Backend::wants_nonblocking.
  [[nodiscard]] int nonblocking_flag() const noexcept;

  /// True when the coroutine that runs now has had its share (2 ms): time for `co_await yield()`.
  [[nodiscard]] bool slice_used() const noexcept;

  // For the `reactor` command.
  struct Statistics {
    std::uint64_t rounds = 0, waits = 0, resumes = 0, operations = 0;
    Nanoseconds longest_slice{0};
    std::string longest_job;
  };
  [[nodiscard]] Statistics statistics() const;
  void reset_longest_slice() noexcept;
  struct InFlight {
    std::string name, job;
    int fd;
  };
  [[nodiscard]] std::vector<InFlight> in_flight() const;
  /// Job time is counted in clock ticks; this turns them into time.
  [[nodiscard]] Nanoseconds ticks_to_time(std::uint64_t ticks) const noexcept;

 private:
  friend class Job;
  friend class JobScope;
  void wake(Op& op) noexcept;
  void run_round() noexcept;
  void end_slice() noexcept;
  void bury(std::shared_ptr<Job> job) { graveyard_.push_back(std::move(job)); }

  ReadyQueue ready_;
  Timers timers_;
  std::unique_ptr<Backend> backend_;
  std::vector<std::shared_ptr<Job>> graveyard_;  // ended jobs, freed when no coroutine of theirs runs
  Op* in_flight_ = nullptr;
  bool uring_is_due_ = false;
  std::uint64_t slice_start_ = 0;
  std::uint64_t ticks_at_start_;
  Nanoseconds time_at_start_;
  Statistics statistics_;
  std::uint64_t longest_ticks_ = 0;
  // The slice that is being timed: since slice_start_.
  Job* slice_job_ = nullptr;
  unsigned slice_resumes_ = 0, resumes_per_slice_ = 1;
  bool slice_mixed_ = false;
};

/// CLOCK_MONOTONIC.
[[nodiscard]] Nanoseconds monotonic_now() noexcept;

/// Lets everything else that is ready run first.
struct Yield {
  static bool await_ready() noexcept { return false; }
  static void await_suspend(std::coroutine_handle<> waiter) { post_ready(waiter); }
  static void await_resume() noexcept {}
};
inline Yield yield() noexcept { return {}; }

}  // namespace reactor
