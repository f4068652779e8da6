// The epoll back end: the same operations, each tried, and tried again when its descriptor is ready. Regular files, which
// epoll refuses (EPERM), are read and written at once.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "reactor/backend.h"
#include "reactor/fd.h"
#include "reactor/loop.h"
#include "reactor/op.h"
#include "reactor/require.h"

namespace reactor {

class EpollBackend final : public Backend {
 public:
  explicit EpollBackend(Loop& loop) : loop_(loop), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    require(static_cast<bool>(epoll_), "epoll_create1");
  }

  void start(Op& op) noexcept override {
    if (op.events_ == 0) {
      loop_.complete(op, op.attempt(true));
      return;
    }
    const int res = op.attempt(false);
    if (res != -EAGAIN) {
      loop_.complete(op, res);
      return;
    }
    op.state_ = Op::State::polling;
    const int armed = watch(op);
    if (armed == 0) return;
    unlink(op);
    // EPERM: no readiness to wait for, so the call itself does not wait long either.
    loop_.complete(op, armed == -EPERM ? op.attempt(true) : armed);
  }

  void cancel(Op& op) noexcept override {
    if (op.state_ != Op::State::polling) return;
    unlink(op);
    loop_.complete(op, -ECANCELED);
  }

  void wait(std::optional<Nanoseconds> deadline) noexcept override {
    std::array<epoll_event, 256> events;
    const int count = wait_for(events.data(), static_cast<int>(events.size()), deadline);
    for (int i = 0; i < count; ++i) dispatch(events[static_cast<std::size_t>(i)].data.fd, events[static_cast<std::size_t>(i)].events);
  }

  // A look costs a system call here; the loop does one every few rounds anyway.
  void peek() noexcept override {}

  [[nodiscard]] bool wants_nonblocking() const noexcept override { return true; }
  [[nodiscard]] std::string describe() const override { return "epoll"; }

 private:
  // One record per descriptor merges what its readers and writers wait for.
  struct Watch {
    Op* in = nullptr;
    Op* out = nullptr;
    bool known = false;  // to the kernel, as far as we know: a descriptor that was closed has dropped out
  };

  Watch& record(int fd) {
    if (static_cast<std::size_t>(fd) >= watches_.size()) watches_.resize(static_cast<std::size_t>(fd) + 1);
    return watches_[static_cast<std::size_t>(fd)];
  }

  static bool writes(const Op& op) noexcept { return (op.events_ & POLLOUT) != 0; }

  int watch(Op& op) noexcept {
    Watch& watch = record(op.fd_);
    Op** list = writes(op) ? &watch.out : &watch.in;
    while (*list != nullptr) list = &(*list)->next_on_fd_;
    op.next_on_fd_ = nullptr;
    *list = &op;
    return arm(op.fd_, watch);
  }

  void unlink(Op& op) noexcept {
    Watch& watch = record(op.fd_);
    for (Op** list : {&watch.in, &watch.out})
      for (Op** at = list; *at != nullptr; at = &(*at)->next_on_fd_)
        if (*at == &op) {
          *at = op.next_on_fd_;
          op.next_on_fd_ = nullptr;
          return;
        }
  }

  int arm(int fd, Watch& watch) noexcept {
    epoll_event event{};
    event.data.fd = fd;
    event.events = EPOLLONESHOT;
    for (const Op* op = watch.in; op != nullptr; op = op->next_on_fd_) event.events |= static_cast<std::uint32_t>(op->events_);
    if (watch.out != nullptr) event.events |= EPOLLOUT;
    for (int tries = 0; tries < 2; ++tries) {
      if (::epoll_ctl(epoll_.get(), watch.known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0) {
        watch.known = true;
        return 0;
      }
      if (watch.known && errno == ENOENT)
        watch.known = false;  // closed and opened again under the same number
      else if (!watch.known && errno == EEXIST)
        watch.known = true;
      else
        return -errno;
    }
    return -EBADF;
  }

  void dispatch(int fd, std::uint32_t events) noexcept {
    Watch& watch = record(fd);
    const bool bad = (events & (EPOLLERR | EPOLLHUP)) != 0;
    // What completes may not start anything here: coroutines run later. So the lists change by our hand only.
    if (bad || (events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) retry(watch.in);
    if (bad || (events & EPOLLOUT) != 0) retry(watch.out);
    Watch& again = record(fd);
    if (again.in != nullptr || again.out != nullptr) {
      const int armed = arm(fd, again);
      if (armed != 0) fail_all(again, armed);
    }
  }

  void retry(Op*& list) noexcept {
    for (Op** at = &list; *at != nullptr;) {
      Op& op = **at;
      const int res = op.attempt(false);
      if (res == -EAGAIN) {
        at = &op.next_on_fd_;
        continue;
      }
      *at = op.next_on_fd_;
      op.next_on_fd_ = nullptr;
      loop_.complete(op, res);
    }
  }

  void fail_all(Watch& watch, int res) noexcept {
    for (Op** list : {&watch.in, &watch.out})
      while (Op* op = *list) {
        *list = op->next_on_fd_;
        loop_.complete(*op, res);
      }
  }

  int wait_for(epoll_event* events, int room, std::optional<Nanoseconds> deadline) noexcept {
    if (!deadline) return ::epoll_wait(epoll_.get(), events, room, -1);
    Nanoseconds left = *deadline <= Nanoseconds(0) ? Nanoseconds(0) : *deadline - monotonic_now();
    if (left <= Nanoseconds(0)) return ::epoll_wait(epoll_.get(), events, room, 0);
    const timespec limit{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    if (!no_pwait2_) {
      const int count = ::epoll_pwait2(epoll_.get(), events, room, &limit, nullptr);
      if (count >= 0 || errno != ENOSYS) return count;
      no_pwait2_ = true;  // before 5.11
    }
    // Whole milliseconds early, the rest by going round: late would be worse.
    const auto whole = left.count() / 1'000'000;
    return ::epoll_wait(epoll_.get(), events, room, static_cast<int>(whole < 1 ? 0 : whole));
  }

  Loop& loop_;
  Fd epoll_;
  std::vector<Watch> watches_;
  bool no_pwait2_ = false;
};

std::unique_ptr<Backend> make_epoll_backend(Loop& loop) { return std::make_unique<EpollBackend>(loop); }

}  // namespace reactor
