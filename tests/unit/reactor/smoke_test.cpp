#include <catch2/catch.hpp>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"

using namespace reactor;

namespace {

Task<int> ping_pong() {
  auto pipe = make_pipe();
  if (!pipe) co_return 1;
  char buffer[8];
  auto late = co_await with_timeout(Nanoseconds(20'000'000), "reader", [](int fd, std::span<char> into) -> Task<Result<std::size_t>> {
    auto n = co_await read(fd, into);
    co_return n;
  }(pipe->read.get(), buffer));
  if (late || late.error().code != ETIMEDOUT) co_return 2;
  auto written = co_await write(pipe->write.get(), "hello");
  if (!written || *written != 5) co_return 3;
  auto n = co_await read(pipe->read.get(), buffer);
  if (!n || *n != 5) co_return 4;
  co_return 0;
}

}  // namespace

TEST_CASE("a read times out, and another one gets what was written") {
  const auto choice = GENERATE(BackendChoice::uring, BackendChoice::epoll);
  Loop loop(choice);
  CHECK(loop.run(ping_pong()) == 0);
}
