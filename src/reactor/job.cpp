#include "reactor/job.h"

#include "reactor/loop.h"
#include "reactor/require.h"

namespace reactor {

// The outermost coroutine of a job. It frees its own frame at its end; the job's last owner outlives it (Loop::bury).
struct Job::Root {
  struct promise_type {
    Root get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    static std::suspend_always initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() noexcept {}
    static void unhandled_exception() noexcept { broken("exception in a job's root"); }
    static void* operator new(std::size_t bytes) { return frames::allocate(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept { frames::release(frame, bytes); }
  };
  std::coroutine_handle<promise_type> handle;
};

namespace {
Job* newest_job = nullptr;
}  // namespace

Job::Job(std::string name, JobScope* scope) : name_(std::move(name)), scope_(scope), parent_(current()), previous_(newest_job) {
  if (previous_ != nullptr) previous_->next_ = this;
  newest_job = this;
}

Job::~Job() {
  (next_ != nullptr ? next_->previous_ : newest_job) = previous_;
  if (previous_ != nullptr) previous_->next_ = next_;
}

std::vector<const Job*> Job::all() {
  std::vector<const Job*> jobs;
  for (const Job* job = newest_job; job != nullptr; job = job->previous_)
    if (!job->done()) jobs.insert(jobs.begin(), job);
  return jobs;
}

std::chrono::nanoseconds Job::cpu() const noexcept { return Loop::current().ticks_to_time(ticks_); }

Task<Result<int>> Job::finished() {
  const auto self = shared_from_this();
  auto waited = co_await self->finished_.wait();
  if (!waited) co_return tl::unexpected(waited.error());
  co_return self->status_;
}

Job::Root Job::run(std::shared_ptr<Job> self, Task<int> task) {
  try {
    auto status = co_await std::move(task);
    self->status_ = status;
  } catch (const std::exception& e) {
    self->status_ = 1;
    self->failure_ = e.what();
  } catch (...) {
    self->status_ = 1;
    self->failure_ = "unknown exception";
  }
  {
    const Task<int> ended = std::move(task);  // its frame goes before the job is reported as ended
  }
  Job& job = *self;
  Loop::current().bury(std::move(self));
  job.finished_.set();
  job.scope_->ended(job);
}

JobScope::JobScope()
    : owner_(Job::current()), on_stop_([](void* self) noexcept { static_cast<JobScope*>(self)->request_stop(); }, this) {
  if (owner_ != nullptr && !owner_->shielded()) {
    if (!owner_->stop_requested()) on_stop_.arm(owner_->stop_source());
  }
  empty_.set();
}

JobScope::~JobScope() {
  require(jobs_.empty(), "job scope destroyed before it was joined", jobs_.empty() ? "" : jobs_.front()->name().c_str());
}

namespace {
Task<int> with_status(Task<void> task) {
  co_await std::move(task);
  co_return 0;
}
}  // namespace

std::shared_ptr<Job> JobScope::spawn(std::string name, Task<int> task) {
  auto job = std::make_shared<Job>(std::move(name), this);
  job->parent_ = owner_;
  job->place_ = jobs_.insert(jobs_.end(), job);
  empty_.reset();
  // A scope of a job that is being stopped may still be asked to start something: it starts stopped.
  if (stopping_ || (owner_ != nullptr && owner_->stop_requested() && !owner_->shielded())) job->request_stop();
  detail::ready_queue->push(Job::run(job, std::move(task)).handle, job.get());
  return job;
}

std::shared_ptr<Job> JobScope::spawn(std::string name, Task<void> task) {
  return spawn(std::move(name), with_status(std::move(task)));
}

void JobScope::request_stop() noexcept {
  stopping_ = !jobs_.empty();
  for (const auto& job : jobs_) job->request_stop();
}

Task<void> JobScope::join() {
  while (!jobs_.empty()) {
    const Shield shield;
    (void)co_await empty_.wait();
  }
}

void JobScope::ended(Job& job) {
  if (owner_ != nullptr) owner_->ticks_ += job.ticks_;
  jobs_.erase(job.place_);
  if (!jobs_.empty()) return;
  stopping_ = false;
  empty_.set();
}

}  // namespace reactor
