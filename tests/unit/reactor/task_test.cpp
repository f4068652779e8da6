#include "harness.h"

#include <stdexcept>

using namespace testing;

namespace {

struct Counted {
  static inline int alive = 0;
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  ~Counted() { --alive; }
};

Task<int> hold(Counted, bool* started) {
  *started = true;
  co_return 1;
}

Task<int> never_awaited(bool* started) {
  const Task<int> task = hold(Counted(), started);
  CHECK(Counted::alive == 1);
  co_return 0;
}

Task<int> throwing() {
  co_await yield();
  throw std::runtime_error("told");
}

Task<int> catching() {
  try {
    (void)co_await throwing();
  } catch (const std::runtime_error& e) {
    co_return std::string_view(e.what()) == "told" ? 7 : 1;
  }
  co_return 2;
}

Task<std::string> text(int n) { co_return std::string(static_cast<std::size_t>(n), 'x'); }

Task<int> deep(int depth) {
  if (depth == 0) co_return 0;
  auto below = co_await deep(depth - 1);
  co_return below + 1;
}

Task<int> many_ready(int count) {
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    auto t = co_await text(3);
    sum += static_cast<int>(t.size());
  }
  co_return sum == 3 * count ? 0 : 1;
}

}  // namespace

TEST_CASE("a task does not start until it is awaited, and destroys what it captured") {
  bool started = false;
  CHECK(on_loop(backend(), never_awaited(&started)) == 0);
  CHECK_FALSE(started);
  CHECK(Counted::alive == 0);
}

TEST_CASE("an exception reaches the one who awaits") { CHECK(on_loop(backend(), catching()) == 7); }

TEST_CASE("a job that ends by an exception has status 1") { CHECK(on_loop(backend(), throwing()) == 1); }

TEST_CASE("a chain of 100,000 tasks does not use up the stack") { CHECK(on_loop(backend(), deep(100'000)) == 100'000); }

TEST_CASE("a million ready children in a loop do not use up the stack") { CHECK(on_loop(backend(), many_ready(1'000'000)) == 0); }
