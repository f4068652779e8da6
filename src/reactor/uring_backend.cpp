// The io_uring back end. Flags fall back one by one down to a 5.10 kernel.
#include <liburing.h>
#include <poll.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "reactor/backend.h"
#include "reactor/loop.h"
#include "reactor/op.h"
#include "reactor/require.h"

namespace reactor {

namespace {

constexpr unsigned kSubmissions = 256;  // entries; when they are used up the queue is handed in and goes on
constexpr unsigned kCompletions = 4096;

struct Setup {
  unsigned flags;
  const char* what;
};
// Best first; the kernel that brought each. TASKRUN_FLAG lets us see pending completions without a system call.
constexpr std::array kSetups{
    Setup{IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG, "single issuer, deferred task run"},  // 6.1
    Setup{IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG, "cooperative task run"},                                           // 5.19
    Setup{0, "plain"},
};

// user_data of entries whose completion concerns nobody.
constexpr std::uint64_t kIgnored = 0;

}  // namespace

class UringBackend final : public Backend {
 public:
  explicit UringBackend(Loop& loop) : loop_(loop) {}
  ~UringBackend() override {
    if (ready_) io_uring_queue_exit(&ring_);
  }

  bool set_up(std::string& why) {
    int error = ENOSYS;
    for (const Setup& setup : kSetups) {
      io_uring_params params{};
      params.flags = setup.flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
      params.cq_entries = kCompletions;
      error = -io_uring_queue_init_params(kSubmissions, &ring_, &params);
      if (error == 0) {
        ready_ = true;
        what_ = setup.what;
        flags_ = setup.flags;
        features_ = params.features;
        break;
      }
      if (error != EINVAL) break;  // not a matter of flags: ENOSYS, EPERM, ENOMEM
    }
    if (!ready_) {
      why = "io_uring_setup: " + errno_text(error);
      return false;
    }
    // Without FAST_POLL (5.7) a read that waits would hold a kernel thread; without NODROP (5.5) completions can get lost. With them
    // there are all operations that we use: the youngest, openat and close, came with 5.6.
    if ((features_ & (IORING_FEAT_FAST_POLL | IORING_FEAT_NODROP)) != (IORING_FEAT_FAST_POLL | IORING_FEAT_NODROP)) {
      why = "kernel too old for io_uring (5.10 is needed)";
      return false;
    }
    return true;
  }

  void start(Op& op) noexcept override {
    io_uring_sqe* sqe = entry();
    if (op.state_ == Op::State::polling) {
      io_uring_prep_poll_add(sqe, op.fd_, static_cast<unsigned>(op.events_));
    } else {
      op.prep(sqe);
      if (op.force_async_) sqe->flags |= IOSQE_ASYNC;
    }
    io_uring_sqe_set_data(sqe, &op);
  }

  void cancel(Op& op) noexcept override {
    io_uring_sqe* sqe = entry();
    io_uring_prep_cancel(sqe, &op, 0);
    io_uring_sqe_set_data64(sqe, kIgnored);
  }

  void wait(std::optional<Nanoseconds> deadline) noexcept override {
    if (deadline && *deadline <= Nanoseconds(0)) {
      peek();
      if (io_uring_sq_ready(&ring_) != 0) submit();
      return;
    }
    if (io_uring_cq_ready(&ring_) != 0) {
      if (io_uring_sq_ready(&ring_) != 0) submit();
      reap();
      return;
    }
    if (!deadline) {
      io_uring_submit_and_wait(&ring_, 1);
    } else {
      const Nanoseconds left = *deadline - monotonic_now();
      if (left <= Nanoseconds(0)) {
        submit();
        look();
      } else {
        __kernel_timespec limit{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
        io_uring_cqe* cqe = nullptr;
        io_uring_submit_and_wait_timeout(&ring_, &cqe, 1, &limit, nullptr);
      }
    }
    reap();
  }

  void peek() noexcept override {
    if (io_uring_sq_ready(&ring_) >= kSubmissions / 2) submit();
    look();
    if (io_uring_cq_ready(&ring_) != 0) reap();
  }

  [[nodiscard]] bool wants_nonblocking() const noexcept override { return false; }

  [[nodiscard]] std::string describe() const override {
    utsname kernel{};
    ::uname(&kernel);
    return std::string("io_uring (") + what_ + ", kernel " + kernel.release + ")";
  }

 private:
  // Completions that the kernel holds back until somebody enters it.
  void look() noexcept {
    if ((*ring_.sq.kflags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0) io_uring_get_events(&ring_);
  }

  void submit() noexcept {
    const int submitted = io_uring_submit(&ring_);
    if (submitted < 0 && submitted != -EBUSY && submitted != -EAGAIN && submitted != -EINTR)
      broken("io_uring_submit", errno_text(-submitted).c_str());
  }

  // The submission queue is never full for a caller: hand in, reap, try again.
  io_uring_sqe* entry() noexcept {
    for (;;) {
      if (io_uring_sqe* sqe = io_uring_get_sqe(&ring_)) return sqe;
      submit();
      if (io_uring_sq_space_left(&ring_) == 0) {
        io_uring_get_events(&ring_);
        reap();
      }
    }
  }

  void reap() noexcept {
    io_uring_cqe* cqe = nullptr;
    unsigned head = 0, seen = 0;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      // The completion is copied out and the slot given back before it is handled: handling may make entries and reap again.
      const std::uint64_t data = cqe->user_data;
      const Completion completion{reinterpret_cast<Op*>(data), cqe->res, (cqe->flags & IORING_CQE_F_MORE) != 0};
      ++seen;
      if (data != kIgnored && data != LIBURING_UDATA_TIMEOUT) batch_.push_back(completion);
    }
    io_uring_cq_advance(&ring_, seen);
    if (reaping_) return;  // an entry() below us: its completions stand in the batch, and the outer call handles them
    reaping_ = true;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      const Completion completion = batch_[i];  // finishing may add to the batch
      if (completion.more)
        loop_.progress(*completion.op, completion.res);
      else
        finish(*completion.op, completion.res);
    }
    batch_.clear();
    reaping_ = false;
  }

  void finish(Op& op, int res) noexcept {
    const bool would_block = res == -EAGAIN && op.events_ != 0 && op.state_ == Op::State::running;
    if (!would_block && op.state_ == Op::State::running) {
      // EINTR: nothing has been transferred. A worker says so that was interrupted by our cancel; a terminal, when anything wants
      // our attention, be it only the ring that has a worker to make.
      if (res == -EINTR && op.cancelled_) res = -ECANCELED;
      if (res == -EINTR && op.events_ != 0)
        start(op);
      else
        loop_.complete(op, res);
      return;
    }
    if (op.cancelled_) {
      loop_.complete(op, -ECANCELED);
      return;
    }
    // The descriptor is O_NONBLOCK (inherited, or shared with others): wait until it is ready, then try again.
    op.state_ = would_block ? Op::State::polling : Op::State::running;
    start(op);
  }

  struct Completion {
    Op* op;
    int res;
    bool more;
  };
  Loop& loop_;
  io_uring ring_{};
  bool ready_ = false;
  bool reaping_ = false;
  const char* what_ = "";
  unsigned flags_ = 0, features_ = 0;
  std::vector<Completion> batch_;
};

std::unique_ptr<Backend> make_uring_backend(Loop& loop, std::string& why) {
  auto backend = std::make_unique<UringBackend>(loop);
  if (!backend->set_up(why)) return nullptr;
  return backend;
}

}  // namespace reactor
