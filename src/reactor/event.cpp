#include "reactor/event.h"

#include "reactor/job.h"
#include "reactor/require.h"

namespace reactor {

Event::~Event() { require(first_ == nullptr, "event destroyed while somebody waits for it"); }

void Event::set() noexcept {
  set_ = true;
  while (first_ != nullptr) {
    Wait& wait = *first_;
    wait.leave();
    detail::ready_queue->push(wait.waiter_, wait.job_);
  }
}

void Event::Wait::leave() noexcept {
  callback_.disarm();
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  link_ = nullptr;
}

bool Event::Wait::await_ready() noexcept {
  if (event_.set_) return true;
  stopped_ = must_stop();
  return stopped_;
}

void Event::Wait::await_suspend(std::coroutine_handle<> waiter) noexcept {
  waiter_ = waiter;
  job_ = Job::current();
  // At the end: those who came first are woken first.
  link_ = &event_.first_;
  while (*link_ != nullptr) link_ = &(*link_)->next_;
  *link_ = this;
  if (job_ != nullptr && !job_->shielded()) callback_.arm(job_->stop_source());
}

Result<void> Event::Wait::await_resume() {
  if (stopped_) return failed("wait", {}, ECANCELED);
  return {};
}

void Event::Wait::stop(void* self) noexcept {
  auto& wait = *static_cast<Wait*>(self);
  wait.stopped_ = true;
  wait.leave();
  detail::ready_queue->push(wait.waiter_, wait.job_);
}

}  // namespace reactor
