// Jobs and scopes: every coroutine runs on behalf of a job; a scope owns jobs and does not end before them.
//
// The stop request travels with the job and not as a parameter of every call: whatever operation the job waits in is the
// one that is cancelled, and no call on the way can forget to pass a token on.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "reactor/error.h"
#include "reactor/event.h"
#include "reactor/stop.h"
#include "reactor/task.h"

namespace reactor {

class JobScope;

class Job : public std::enable_shared_from_this<Job> {
 public:
  Job(std::string name, JobScope* scope);
  Job(const Job&) = delete;
  ~Job();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  void rename(std::string name) { name_ = std::move(name); }
  /// Cancels the operation that the job waits in, and every later one, except under a Shield.
  void request_stop() noexcept { stop_.request(); }
  [[nodiscard]] bool stop_requested() const noexcept { return stop_.requested(); }
  [[nodiscard]] bool done() const noexcept { return finished_.is_set(); }
  /// Exit status; meaningful when done. A job that ended by an exception has 1 and a text in failure().
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }
  /// Waits for the job's end; the error is only ever "cancelled" (of the one who waits).
  [[nodiscard]] Task<Result<int>> finished();
  /// Time spent on the loop, of the job and of the ended jobs below it.
  [[nodiscard]] std::chrono::nanoseconds cpu() const noexcept;
  [[nodiscard]] Job* parent() const noexcept { return parent_; }
  [[nodiscard]] StopSource& stop_source() noexcept { return stop_; }
  [[nodiscard]] bool shielded() const noexcept { return shields_ != 0; }

  /// Those that have not ended, the oldest first: for the `reactor` command.
  static std::vector<const Job*> all();

  /// The job that is running now; nullptr outside the loop.
  static Job* current() noexcept { return detail::current_job; }

 private:
  friend class JobScope;
  friend class Loop;
  friend class Shield;
  struct Root;
  static Root run(std::shared_ptr<Job> self, Task<int> task);

  std::string name_;
  JobScope* scope_;
  std::list<std::shared_ptr<Job>>::iterator place_;  // in its scope
  Job* parent_;
  StopSource stop_;
  Event finished_;
  unsigned shields_ = 0;
  int status_ = 0;
  std::string failure_;
  std::uint64_t ticks_ = 0;
  Job *next_ = nullptr, *previous_;  // the list behind all()
};

/// Owner of background work. Its destructor requires that all of it has ended: `co_await scope.join()`.
class JobScope {
 public:
  /// A scope of the job that runs now: a stop request to that job reaches every job of the scope.
  JobScope();
  JobScope(const JobScope&) = delete;
  JobScope& operator=(const JobScope&) = delete;
  ~JobScope();

  /// Starts a job; its first step runs in the loop's next round. The result is its exit status.
  std::shared_ptr<Job> spawn(std::string name, Task<int> task);
  std::shared_ptr<Job> spawn(std::string name, Task<void> task);
  /// Asks every job to stop; those that are spawned before all have ended start stopped.
  void request_stop() noexcept;
  /// Waits until every job has ended. Not interrupted by a stop request: the jobs have got it, and they end.
  [[nodiscard]] Task<void> join();
  [[nodiscard]] const std::list<std::shared_ptr<Job>>& jobs() const noexcept { return jobs_; }

 private:
  friend class Job;
  void ended(Job& job);

  Job* owner_;
  std::list<std::shared_ptr<Job>> jobs_;
  StopCallback on_stop_;
  Event empty_;
  bool stopping_ = false;
};

/// While alive, operations that the current job starts are not cancelled by its stop request: for flushing files and other
/// duties of a job that ends.
class Shield {
 public:
  Shield() noexcept : job_(Job::current()) { ++job_->shields_; }
  Shield(const Shield&) = delete;
  Shield& operator=(const Shield&) = delete;
  ~Shield() { --job_->shields_; }

 private:
  Job* job_;
};

/// True when the current job was asked to stop and is not shielded: awaiting anything would only say "cancelled".
inline bool must_stop() noexcept {
  const Job* job = Job::current();
  return job != nullptr && !job->shielded() && job->stop_requested();
}

}  // namespace reactor
