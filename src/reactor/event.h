// Event: a flag that coroutines wait for; the base of all waiting between coroutines.
#pragma once

#include <coroutine>

#include "reactor/error.h"
#include "reactor/ready.h"
#include "reactor/stop.h"

namespace reactor {

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  /// Wakes everyone who waits, in the loop's next round; stays set until reset().
  void set() noexcept;
  void reset() noexcept { set_ = false; }
  [[nodiscard]] bool is_set() const noexcept { return set_; }

  class Wait {
   public:
    explicit Wait(Event& event) noexcept : event_(event), callback_(&Wait::stop, this) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    bool await_ready() noexcept;
    void await_suspend(std::coroutine_handle<> waiter) noexcept;
    /// Cancelled (ECANCELED) when the job was asked to stop first.
    Result<void> await_resume();

   private:
    friend class Event;
    static void stop(void* self) noexcept;
    void leave() noexcept;

    Event& event_;
    StopCallback callback_;
    std::coroutine_handle<> waiter_;
    Job* job_ = nullptr;
    Wait* next_ = nullptr;
    Wait** link_ = nullptr;
    bool stopped_ = false;
  };

  [[nodiscard]] Wait wait() noexcept { return Wait(*this); }

 private:
  Wait* first_ = nullptr;
  bool set_ = false;
};

}  // namespace reactor
