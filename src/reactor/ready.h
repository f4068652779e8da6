// The ready queue: coroutines that run in the next round of the loop, each on behalf of a job.
#pragma once

#include <coroutine>
#include <cstddef>
#include <vector>

namespace reactor {

class Job;

struct Ready {
  std::coroutine_handle<> handle;
  Job* job;
};

/// A queue that is drained in rounds: what is queued while a round runs belongs to the next one.
class ReadyQueue {
 public:
  void push(std::coroutine_handle<> handle, Job* job) { next_.push_back({handle, job}); }
  [[nodiscard]] bool empty() const noexcept { return next_.empty(); }
  /// Begins a round; the span is valid until the next call.
  std::vector<Ready>& take_round() noexcept {
    round_.clear();
    round_.swap(next_);
    return round_;
  }

 private:
  std::vector<Ready> next_, round_;
};

namespace detail {
// Plain variables and not members behind a call: every end of a task passes here.
extern ReadyQueue* ready_queue;
extern Job* current_job;
}  // namespace detail

/// Queues a coroutine of the job that is running now.
inline void post_ready(std::coroutine_handle<> handle) { detail::ready_queue->push(handle, detail::current_job); }

}  // namespace reactor
