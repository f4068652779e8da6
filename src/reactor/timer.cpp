#include "reactor/timer.h"

#include "reactor/loop.h"

namespace reactor {

void Timer::arm(Nanoseconds deadline) {
  disarm();
  Timers& timers = Loop::current().timers();
  deadline_ = deadline;
  order_ = ++timers.order_;
  timers.heap_.push_back(this);
  index_ = timers.heap_.size() - 1;
  timers.up(index_);
}

void Timer::disarm() noexcept {
  if (armed()) Loop::current().timers().remove(*this);
}

std::optional<Nanoseconds> Timers::next() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->deadline_;
}

void Timers::fire_due(Nanoseconds now) noexcept {
  while (!heap_.empty() && heap_.front()->deadline_ <= now) {
    Timer& timer = *heap_.front();
    remove(timer);
    timer.fire_(timer.owner_);
  }
}

void Timers::place(Timer* timer, std::size_t index) noexcept {
  heap_[index] = timer;
  timer->index_ = index;
}

void Timers::up(std::size_t index) noexcept {
  Timer* timer = heap_[index];
  while (index > 0) {
    const std::size_t above = (index - 1) / 2;
    if (!earlier(*timer, *heap_[above])) break;
    place(heap_[above], index);
    index = above;
  }
  place(timer, index);
}

void Timers::down(std::size_t index) noexcept {
  Timer* timer = heap_[index];
  for (;;) {
    std::size_t below = 2 * index + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() && earlier(*heap_[below + 1], *heap_[below])) ++below;
    if (!earlier(*heap_[below], *timer)) break;
    place(heap_[below], index);
    index = below;
  }
  place(timer, index);
}

void Timers::remove(Timer& timer) noexcept {
  const std::size_t index = timer.index_;
  timer.index_ = Timer::kIdle;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(last, index);
  up(index);
  down(last->index_);
}

Sleep::Sleep(Nanoseconds deadline) noexcept
    : timer_([](void* self) noexcept { static_cast<Sleep*>(self)->wake(); }, this),
      callback_(
          [](void* self) noexcept {
            static_cast<Sleep*>(self)->stopped_ = true;
            static_cast<Sleep*>(self)->wake();
          },
          this),
      deadline_(deadline) {}

bool Sleep::await_ready() noexcept {
  stopped_ = must_stop();
  return stopped_;
}

void Sleep::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  job_ = Job::current();
  timer_.arm(deadline_);
  if (job_ != nullptr && !job_->shielded()) callback_.arm(job_->stop_source());
}

void Sleep::wake() noexcept {
  timer_.disarm();
  callback_.disarm();
  detail::ready_queue->push(waiter_, job_);
}

Result<void> Sleep::await_resume() {
  if (stopped_) return failed("sleep", {}, ECANCELED);
  return {};
}

Sleep sleep_until(Nanoseconds deadline) noexcept { return Sleep(deadline); }
Sleep sleep_for(Nanoseconds length) noexcept { return Sleep(monotonic_now() + length); }

}  // namespace reactor
