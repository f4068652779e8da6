// Timers: a heap in the loop and one deadline for the back end, never a kernel timer each.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "reactor/error.h"
#include "reactor/stop.h"

namespace reactor {

class Job;
using Nanoseconds = std::chrono::nanoseconds;

/// A member of whatever waits for a time; `fire` is called once, from the loop, at or after the deadline.
class Timer {
 public:
  using Fire = void (*)(void* owner) noexcept;
  Timer(Fire fire, void* owner) noexcept : fire_(fire), owner_(owner) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { disarm(); }

  /// `deadline` on CLOCK_MONOTONIC. Arming an armed timer moves it.
  void arm(Nanoseconds deadline);
  void disarm() noexcept;
  [[nodiscard]] bool armed() const noexcept { return index_ != kIdle; }

 private:
  friend class Timers;
  static constexpr std::size_t kIdle = static_cast<std::size_t>(-1);
  Fire fire_;
  void* owner_;
  Nanoseconds deadline_{0};
  std::uint64_t order_ = 0;  // equal deadlines fire in the order in which they were armed
  std::size_t index_ = kIdle;
};

class Timers {
 public:
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] std::size_t count() const noexcept { return heap_.size(); }
  [[nodiscard]] std::optional<Nanoseconds> next() const noexcept;
  void fire_due(Nanoseconds now) noexcept;

 private:
  friend class Timer;
  static bool earlier(const Timer& a, const Timer& b) noexcept {
    return a.deadline_ != b.deadline_ ? a.deadline_ < b.deadline_ : a.order_ < b.order_;
  }
  void place(Timer* timer, std::size_t index) noexcept;
  void up(std::size_t index) noexcept;
  void down(std::size_t index) noexcept;
  void remove(Timer& timer) noexcept;

  std::vector<Timer*> heap_;
  std::uint64_t order_ = 0;
};

/// Awaitable: until a point of CLOCK_MONOTONIC. Error only when cancelled.
class Sleep {
 public:
  explicit Sleep(Nanoseconds deadline) noexcept;
  Sleep(const Sleep&) = delete;
  Sleep& operator=(const Sleep&) = delete;
  bool await_ready() noexcept;
  void await_suspend(std::coroutine_handle<> waiter);
  Result<void> await_resume();

 private:
  void wake() noexcept;
  Timer timer_;
  StopCallback callback_;
  Nanoseconds deadline_;
  std::coroutine_handle<> waiter_;
  Job* job_ = nullptr;
  bool stopped_ = false;
};

[[nodiscard]] Sleep sleep_until(Nanoseconds deadline) noexcept;
[[nodiscard]] Sleep sleep_for(Nanoseconds length) noexcept;

}  // namespace reactor
