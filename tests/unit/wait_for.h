// For tests outside of a coroutine: runs one task on a loop of its own.
#pragma once

#include <memory>

#include "reactor/loop.h"

namespace test {

/// What the task gives.
template <class T>
T wait_for(reactor::Task<T> task) {
  std::unique_ptr<T> value;
  const auto store = [](reactor::Task<T> inner, std::unique_ptr<T>* into) -> reactor::Task<int> {
    auto result = co_await std::move(inner);
    *into = std::make_unique<T>(std::move(result));
    co_return 0;
  };
  reactor::Loop loop;
  (void)loop.run(store(std::move(task), &value));
  return std::move(*value);
}

}  // namespace test
