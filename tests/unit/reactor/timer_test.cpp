#include "harness.h"

#include <sys/resource.h>

#include <algorithm>
#include <numeric>
#include <random>

using namespace testing;

namespace {

struct Woken {
  int index;
  Nanoseconds late;
};

Task<int> wake_at(Nanoseconds deadline, int index, std::vector<Woken>* log) {
  (void)co_await sleep_until(deadline);
  log->push_back({index, monotonic_now() - deadline});
  co_return 0;
}

// 100,000 timers over a second, armed in random order.
Task<int> many_timers(std::vector<Woken>* log) {
  constexpr int kCount = 100'000;
  std::vector<int> order(kCount);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(42));
  log->reserve(kCount);
  const auto first = monotonic_now() + 1s;  // by then all are armed
  JobScope scope;
  for (const int index : order) scope.spawn("timer", wake_at(first + index * 10us, index, log));
  co_await scope.join();
  co_return 0;
}

Task<int> idle(long* switches) {
  rusage before{}, after{};
  (void)co_await sleep_for(1ms);
  ::getrusage(RUSAGE_SELF, &before);
  (void)co_await sleep_for(3s);
  ::getrusage(RUSAGE_SELF, &after);
  *switches = after.ru_nvcsw - before.ru_nvcsw;
  co_return 0;
}

// What an idle shell is: a read that waits for a key, and a timer somewhere.
Task<int> idle_with_a_reader(long* switches) {
  auto pipe = make_pipe();
  JobScope scope;
  const auto reader = [](int fd) -> Task<int> {
    char key = 0;
    (void)co_await read(fd, std::span(&key, 1));
    co_return 0;
  };
  scope.spawn("reader", reader(pipe->read.get()));
  auto status = co_await idle(switches);
  scope.request_stop();
  co_await scope.join();
  co_return status;
}

}  // namespace

TEST_CASE("100,000 timers fire in order, with a median lateness under 100 us") {
  const auto choice = backend();
  // What else a busy machine does is no lateness of ours: one of five rounds must meet it.
  Nanoseconds median{};
  for (int round = 0; round < 5; ++round) {
    std::vector<Woken> log;
    REQUIRE(on_loop(choice, many_timers(&log)) == 0);
    REQUIRE(log.size() == 100'000);
    CHECK(std::is_sorted(log.begin(), log.end(), [](const Woken& a, const Woken& b) { return a.index < b.index; }));
    std::vector<Nanoseconds> late;
    for (const Woken& w : log) late.push_back(w.late);
    CHECK(*std::min_element(late.begin(), late.end()) >= 0ns);
    std::nth_element(late.begin(), late.begin() + 50'000, late.end());
    median = late[50'000];
    if (median < 100us) break;
  }
  INFO("median lateness " << median.count() << " ns");
#if defined(__OPTIMIZE__)
  CHECK(median < 100us);
#endif
}

TEST_CASE("an idle loop is not woken") {
  const auto choice = backend();
  long switches = -1;
  REQUIRE(on_loop(choice, idle_with_a_reader(&switches)) == 0);
  // One wait, one wake-up at its end.
  CHECK(switches <= 2);
}
