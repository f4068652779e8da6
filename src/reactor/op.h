// Op: one operation that the kernel may hold on to. It lives in the frame of the coroutine that awaits it, its address is
// what the kernel hands back, and it is never copied or moved. A stop request cancels it; only its own completion resumes
// the coroutine, with -ECANCELED or with what came first. Destroying it in flight is fatal.
#pragma once

#include <coroutine>

#include "reactor/error.h"
#include "reactor/stop.h"

struct io_uring_sqe;

namespace reactor {

class Job;

class Op {
 public:
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;

  /// io_uring: fills the entry (all but user_data).
  virtual void prep(io_uring_sqe* sqe) noexcept = 0;
  /// epoll: the plain call. Result or -errno; -EAGAIN when it would block and `may_block` is false.
  virtual int attempt(bool may_block) noexcept = 0;
  /// A completion of a multishot operation that goes on (IORING_CQE_F_MORE).
  virtual void more(int) noexcept {}

  bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<> waiter) noexcept;

  [[nodiscard]] const char* name() const noexcept { return name_; }
  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] const Job* job() const noexcept { return job_; }

 protected:
  /// `fd` and `events` (POLLIN, POLLOUT) say what to wait for on -EAGAIN; events 0: the call never waits, or has no descriptor.
  Op(const char* name, int fd, short events) noexcept : callback_(&Op::stop, this), name_(name), fd_(fd), events_(events) {}
  ~Op();

  // For operations that outlive one await: who waits for the next completion, started if it is not running; who waits for the end.
  void wait(std::coroutine_handle<> waiter) noexcept;
  void end(std::coroutine_handle<> waiter) noexcept;
  [[nodiscard]] bool is_idle() const noexcept { return state_ == State::idle; }

  int res_ = -125;  // ECANCELED, until a completion says otherwise
  bool force_async_ = false;

 private:
  friend class Loop;
  friend class UringBackend;
  friend class EpollBackend;
  enum class State : unsigned char { idle, running, polling };
  static void stop(void* self) noexcept;

  StopCallback callback_;
  const char* name_;
  std::coroutine_handle<> waiter_;
  Job* job_ = nullptr;
  Op *next_ = nullptr, *prev_ = nullptr;  // the loop's list of operations in flight
  Op* next_on_fd_ = nullptr;              // epoll: others that wait for the same descriptor and direction
  int fd_;
  short events_;
  State state_ = State::idle;
  bool cancelled_ = false;
};

}  // namespace reactor
