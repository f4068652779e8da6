// Every reactor case runs on both back ends, and on epoll that hands over to io_uring meanwhile: `on_loop(backend(), coroutine)`.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"

namespace testing {

using namespace reactor;
using namespace std::chrono_literals;

inline BackendChoice backend() { return GENERATE(BackendChoice::uring, BackendChoice::epoll, BackendChoice::uring_later); }

/// `task`, in which the loop takes io_uring after a time that differs from call to call.
inline Task<int> with_handover(Task<int> task) {
  constexpr Nanoseconds kDelays[] = {0us, 100us, 1ms, 5ms, 20ms};
  static std::size_t turn = 0;
  const auto hand_over = [](Nanoseconds delay) -> Task<void> {
    (void)co_await sleep_for(delay);
    Loop::current().take_uring();
  };
  JobScope scope;
  scope.spawn("handover", hand_over(kDelays[turn++ % std::size(kDelays)]));
  const auto job = scope.spawn("test", std::move(task));  // a job of its own: it may end by an exception
  co_await scope.join();
  co_return job->status();
}

/// Runs to the end; a case that hangs is ended by SIGALRM after 60 s.
inline int on_loop(BackendChoice choice, Task<int> task) {
  ::alarm(60);
  Loop loop(choice);
  if (choice == BackendChoice::uring_later) task = with_handover(std::move(task));
  const int status = loop.run(std::move(task), "test");
  ::alarm(0);
  return status;
}

}  // namespace testing
