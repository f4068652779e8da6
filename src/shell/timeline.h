// When what ran: boot stages, scripts, and each command that took 10 ms or more. For `boot` and the tests of its speed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "reactor/timer.h"

namespace shell {

struct Timeline {
  using Nanoseconds = std::chrono::nanoseconds;
  static constexpr Nanoseconds kWorthNoting{10'000'000};
  static constexpr std::size_t kMost = 1000;  // entries; a long-lived console must not grow without end

  struct Entry {
    std::string what;
    int depth;
    Nanoseconds begin, length;  // begin on CLOCK_MONOTONIC
  };
  Nanoseconds start{0};  // of the program
  std::vector<Entry> entries;

  void add(std::string what, int depth, Nanoseconds begin, Nanoseconds length) {
    if (entries.size() < kMost) entries.push_back({std::move(what), depth, begin, length});
  }
};

}  // namespace shell
