// PollStream: a poll that stays armed (multishot), for a descriptor that becomes ready again and again.
#pragma once

#include "reactor/op.h"

namespace reactor {

/// Each readiness is reported once: drain the descriptor before the next `co_await stream.next()`. On epoll, and on kernels before
/// 5.13, it is armed anew for each. `co_await stream.close()` is required before the destructor once next() was awaited.
class PollStream final : public Op {
 public:
  PollStream(int fd, short events) noexcept;

  class Next {
   public:
    explicit Next(PollStream& stream) noexcept : stream_(stream) {}
    bool await_ready() const noexcept;
    void await_suspend(std::coroutine_handle<> waiter) noexcept { stream_.wait(waiter); }
    Result<short> await_resume();

   private:
    PollStream& stream_;
  };
  /// The events since the last call, POLLERR and POLLHUP included.
  [[nodiscard]] Next next() noexcept { return Next(*this); }

  class Close {
   public:
    explicit Close(PollStream& stream) noexcept : stream_(stream) {}
    bool await_ready() const noexcept { return stream_.is_idle(); }
    void await_suspend(std::coroutine_handle<> waiter) noexcept { stream_.end(waiter); }
    void await_resume() const noexcept {}

   private:
    PollStream& stream_;
  };
  /// Takes it back from the kernel.
  [[nodiscard]] Close close() noexcept { return Close(*this); }

  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  void more(int res) noexcept override { pending_ = static_cast<short>(pending_ | res); }

 private:
  short wanted_;
  short pending_ = 0;
};

}  // namespace reactor
