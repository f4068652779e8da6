// A limit on a task: the task and a timer, the first one stops the other; the same on both back ends.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "reactor/job.h"
#include "reactor/loop.h"
#include "reactor/timer.h"

namespace reactor {

namespace detail {
template <class T>
Task<void> store(Task<Result<T>> task, std::optional<Result<T>>* into) {
  auto value = co_await std::move(task);
  into->emplace(std::move(value));
}
}  // namespace detail

/// Runs `task` for `limit` at the most. Out of time: it is cancelled, waited for, and the error is ETIMEDOUT, unless it came
/// with a value all the same.
template <class T>
Task<Result<T>> with_timeout(Nanoseconds limit, std::string name, Task<Result<T>> task) {
  std::optional<Result<T>> value;
  JobScope scope;
  auto job = scope.spawn(std::move(name), detail::store(std::move(task), &value));
  Timer timer([](void* j) noexcept { static_cast<Job*>(j)->request_stop(); }, job.get());
  timer.arm(monotonic_now() + limit);
  auto waited = co_await job->finished();
  const bool stopped_by_us = waited.has_value() && !timer.armed();
  timer.disarm();
  co_await scope.join();
  if (!value) co_return failed({}, {}, job->failure().empty() ? std::string("ended without a result") : job->failure());
  if (!*value && stopped_by_us && value->error().cancelled()) value->error().code = ETIMEDOUT;
  co_return std::move(*value);
}

}  // namespace reactor
