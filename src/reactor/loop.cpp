#include "reactor/loop.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#include <cstdlib>
#include <cstring>

#include "reactor/require.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace reactor {

namespace detail {
ReadyQueue* ready_queue = nullptr;
Job* current_job = nullptr;
}  // namespace detail

namespace {

Loop* the_loop = nullptr;

// The time stamp counter where there is one: in a VM it costs 20 ns, the system's clock 33 ns (measured).
std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return static_cast<std::uint64_t>(monotonic_now().count());
#endif
}

// The longest slice that typing does not notice is 5 ms; long work is asked to yield well before.
constexpr Nanoseconds kShare{2'000'000};
// While coroutines are ready, timers and the kernel are looked at every so many rounds at the latest.
constexpr unsigned kRoundsPerLook = 16;
// A resume often costs less than a look at the clock. So they are timed by eights, up to the next wait; as soon as eight of them
// take this long, each is timed.
constexpr unsigned kResumesPerSlice = 8;
constexpr std::uint64_t kSlowTicks = 100'000;

BackendChoice from_environment(BackendChoice otherwise) {
  const char* value = std::getenv("MYINIT_BACKEND");
  if (value == nullptr) return otherwise;
  if (std::strcmp(value, "epoll") == 0) return BackendChoice::epoll;
  if (std::strcmp(value, "uring") == 0) return BackendChoice::uring;
  return otherwise;
}

}  // namespace

Nanoseconds monotonic_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return Nanoseconds(now.tv_sec * 1'000'000'000LL + now.tv_nsec);
}

Loop::Loop(BackendChoice choice) : ticks_at_start_(ticks()), time_at_start_(monotonic_now()) {
  require(the_loop == nullptr, "a second loop");
  the_loop = this;
  detail::ready_queue = &ready_;
  // The default slack of 50 us would be the largest part of a timer's lateness.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  if (choice == BackendChoice::automatic || choice == BackendChoice::uring_later) choice = from_environment(choice);
  uring_is_due_ = choice == BackendChoice::uring_later;
  if (choice == BackendChoice::automatic || choice == BackendChoice::uring) {
    std::string why;
    backend_ = make_uring_backend(*this, why);
    if (!backend_ && choice == BackendChoice::uring) broken("MYINIT_BACKEND=uring", why.c_str());
  }
  if (!backend_) backend_ = make_epoll_backend(*this);
}

Loop::~Loop() {
  require(in_flight_ == nullptr, "loop destroyed with an operation in flight",
          in_flight_ != nullptr ? in_flight_->name() : "");
  graveyard_.clear();
  backend_.reset();
  the_loop = nullptr;
  detail::ready_queue = nullptr;
}

void Loop::take_uring() {
  if (!std::exchange(uring_is_due_, false)) return;
  std::string why;
  auto uring = make_uring_backend(*this, why);
  if (!uring) return;
  backend_ = std::move(uring);
  // Whatever is in flight on epoll waits until its descriptor is ready: so it does in the ring, and is tried there then.
  for (Op* op = in_flight_; op != nullptr; op = op->next_) {
    op->next_on_fd_ = nullptr;
    backend_->start(*op);
  }
}

Loop& Loop::current() noexcept {
  require(the_loop != nullptr, "no loop");
  return *the_loop;
}

int Loop::run(Task<int> task, std::string name) {
  JobScope scope;
  const std::shared_ptr<Job> job = scope.spawn(std::move(name), std::move(task));
  unsigned since_look = 0;
  slice_start_ = ticks();
  while (!job->done() || !scope.jobs().empty() || !ready_.empty()) {
    run_round();
    ++statistics_.rounds;
    if (ready_.empty()) {
      if (job->done() && scope.jobs().empty()) break;
      since_look = 0;
      end_slice();
      ++statistics_.waits;
      backend_->wait(timers_.next());
      if (!timers_.empty()) timers_.fire_due(monotonic_now());
      slice_start_ = ticks();
    } else if (++since_look >= kRoundsPerLook) {
      since_look = 0;
      backend_->wait(Nanoseconds(0));
      if (!timers_.empty()) timers_.fire_due(monotonic_now());
    } else {
      backend_->peek();
    }
  }
  graveyard_.clear();
  return job->status();
}

void Loop::run_round() noexcept {
  auto& round = ready_.take_round();
  statistics_.resumes += round.size();
  for (const Ready& ready : round) {
    slice_mixed_ = slice_mixed_ || (slice_resumes_ != 0 && slice_job_ != ready.job);
    slice_job_ = ready.job;
    detail::current_job = ready.job;
    ready.handle.resume();
    if (++slice_resumes_ >= resumes_per_slice_) end_slice();
  }
  detail::current_job = nullptr;
  if (!graveyard_.empty()) {
    end_slice();
    graveyard_.clear();
  }
}

void Loop::end_slice() noexcept {
  const std::uint64_t now = ticks();
  const std::uint64_t slice = now - slice_start_;
  slice_start_ = now;
  resumes_per_slice_ = slice > kSlowTicks ? 1 : kResumesPerSlice;
  if (slice_job_ != nullptr && slice_resumes_ != 0) {
    slice_job_->ticks_ += slice;
    if (slice > longest_ticks_) [[unlikely]] {
      longest_ticks_ = slice;
      statistics_.longest_job = slice_job_->name() + (slice_mixed_ ? " (or a job just before it)" : "");
    }
  }
  slice_resumes_ = 0;
  slice_mixed_ = false;
  slice_job_ = nullptr;
}

void Loop::start(Op& op) noexcept {
  op.state_ = Op::State::running;
  op.cancelled_ = false;
  op.prev_ = nullptr;
  op.next_ = in_flight_;
  if (in_flight_ != nullptr) in_flight_->prev_ = &op;
  in_flight_ = &op;
  ++statistics_.operations;
  backend_->start(op);
}

void Loop::cancel(Op& op) noexcept {
  if (op.state_ == Op::State::idle || op.cancelled_) return;
  op.cancelled_ = true;
  backend_->cancel(op);
}

void Loop::complete(Op& op, int res) noexcept {
  op.res_ = res;
  op.state_ = Op::State::idle;
  (op.prev_ != nullptr ? op.prev_->next_ : in_flight_) = op.next_;
  if (op.next_ != nullptr) op.next_->prev_ = op.prev_;
  wake(op);
}

void Loop::progress(Op& op, int res) noexcept {
  op.more(res);
  wake(op);
}

void Loop::wake(Op& op) noexcept {
  op.callback_.disarm();
  if (const auto waiter = std::exchange(op.waiter_, {})) ready_.push(waiter, op.job_);
}

int Loop::nonblocking_flag() const noexcept {
  static_assert(SOCK_NONBLOCK == O_NONBLOCK);
  return backend_->wants_nonblocking() ? O_NONBLOCK : 0;
}

bool Loop::slice_used() const noexcept { return ticks_to_time(ticks() - slice_start_) > kShare; }

Nanoseconds Loop::ticks_to_time(std::uint64_t count) const noexcept {
#if defined(__x86_64__)
  const auto elapsed = monotonic_now() - time_at_start_;
  const std::uint64_t elapsed_ticks = ticks() - ticks_at_start_;
  // Too early for a ratio: a counter of 1 GHz errs on the side of yielding soon.
  if (elapsed < Nanoseconds(1'000'000) || elapsed_ticks == 0) return Nanoseconds(static_cast<std::int64_t>(count));
  return Nanoseconds(static_cast<std::int64_t>(static_cast<double>(count) * static_cast<double>(elapsed.count()) /
                                               static_cast<double>(elapsed_ticks)));
#else
  return Nanoseconds(static_cast<std::int64_t>(count));
#endif
}

Loop::Statistics Loop::statistics() const {
  Statistics copy = statistics_;
  copy.longest_slice = ticks_to_time(longest_ticks_);
  return copy;
}

void Loop::reset_longest_slice() noexcept {
  longest_ticks_ = 0;
  statistics_.longest_job.clear();
}

std::vector<Loop::InFlight> Loop::in_flight() const {
  std::vector<InFlight> all;
  for (const Op* op = in_flight_; op != nullptr; op = op->next_)
    all.push_back({op->name(), op->job_ != nullptr ? op->job_->name() : "", op->fd()});
  return all;
}

}  // namespace reactor
