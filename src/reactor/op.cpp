#include "reactor/op.h"

#include "reactor/job.h"
#include "reactor/loop.h"
#include "reactor/require.h"

namespace reactor {

Op::~Op() { require(state_ == State::idle, "operation destroyed in flight", name_); }

bool Op::await_ready() const noexcept { return must_stop(); }

void Op::await_suspend(std::coroutine_handle<> waiter) noexcept { wait(waiter); }

void Op::end(std::coroutine_handle<> waiter) noexcept {
  waiter_ = waiter;
  job_ = Job::current();
  Loop::current().cancel(*this);
}

void Op::wait(std::coroutine_handle<> waiter) noexcept {
  waiter_ = waiter;
  job_ = Job::current();
  // Before the start, which may complete it at once and take the callback back: an operation that is awaited again would arm it twice.
  if (job_ != nullptr && !job_->shielded()) callback_.arm(job_->stop_source());
  if (state_ == State::idle) Loop::current().start(*this);
}

void Op::stop(void* self) noexcept {
  auto& op = *static_cast<Op*>(self);
  Loop::current().cancel(op);
}

}  // namespace reactor
