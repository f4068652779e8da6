// Task<T>: a coroutine that starts when it is awaited and hands its value (or exception) to the one that awaits.
//
// Into a child by symmetric transfer, out of it through the loop's ready queue: no dependence on tail calls, and a
// chain of awaits that are ready goes back to the loop at each link.
// A suspended task is never destroyed: stopping a job makes its pending operation complete, which resumes it.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "reactor/frames.h"
#include "reactor/ready.h"

namespace reactor {

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> parent;
  std::exception_ptr failure;

  struct Finish : std::suspend_always {
    template <class P>
    void await_suspend(std::coroutine_handle<P> h) const noexcept {
      if (h.promise().parent) post_ready(h.promise().parent);
    }
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  Finish final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  static void* operator new(std::size_t bytes) { return frames::allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { frames::release(frame, bytes); }
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  template <class U>
  void return_value(U&& v) {
    value.emplace(std::forward<U>(v));
  }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
};

template <>
struct Promise<void> : PromiseBase {
  void return_void() const noexcept {}
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::Promise<T> {
    Task get_return_object() noexcept { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  Task() noexcept = default;
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();  // legal only before the start or after the end
  }

  struct Await : std::suspend_always {
    Handle handle;
    explicit Await(Handle h) noexcept : handle(h) {}
    Handle await_suspend(std::coroutine_handle<> parent) const noexcept {
      handle.promise().parent = parent;
      return handle;
    }
    T await_resume() const { return handle.promise().take(); }
  };
  Await operator co_await() && noexcept { return Await(handle_); }

  /// The coroutine itself, for whoever starts it without awaiting (a job's root).
  [[nodiscard]] Handle handle() const noexcept { return handle_; }
  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

 private:
  explicit Task(Handle h) noexcept : handle_(h) {}
  Handle handle_;
};

}  // namespace reactor
