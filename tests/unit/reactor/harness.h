// Every reactor case runs on both back ends: `on_loop(backend(), coroutine)`.
#pragma once

#include <unistd.h>

#include <catch2/catch.hpp>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"

namespace testing {

using namespace reactor;
using namespace std::chrono_literals;

inline BackendChoice backend() { return GENERATE(BackendChoice::uring, BackendChoice::epoll); }

/// Runs to the end; a case that hangs is ended by SIGALRM after 60 s.
inline int on_loop(BackendChoice choice, Task<int> task) {
  ::alarm(60);
  Loop loop(choice);
  const int status = loop.run(std::move(task), "test");
  ::alarm(0);
  return status;
}

}  // namespace testing
