#include "harness.h"

#include <sys/socket.h>

using namespace testing;

namespace {

Task<int> sleeper(Nanoseconds length, std::vector<int>* log, int tag) {
  auto slept = co_await sleep_for(length);
  log->push_back(slept ? tag : -tag);
  co_return slept ? 0 : 130;
}

Task<int> scope_waits_for_children() {
  std::vector<int> log;
  JobScope scope;
  scope.spawn("b", sleeper(20ms, &log, 2));
  scope.spawn("a", sleeper(5ms, &log, 1));
  co_await scope.join();
  co_return log == std::vector<int>{1, 2} ? 0 : 1;
}

// What a job puts back at its end (a TAP's drain) must not outlive the scope that is being stopped.
Task<int> spawns_at_its_end(JobScope* scope, std::vector<int>* log) {
  (void)co_await sleep_for(1h);
  scope->spawn("put back", sleeper(1h, log, 1));
  co_return 0;
}

Task<int> late_children_start_stopped() {
  std::vector<int> log;
  JobScope scope;
  scope.spawn("late", spawns_at_its_end(&scope, &log));
  (void)co_await sleep_for(5ms);
  scope.request_stop();
  co_await scope.join();
  scope.spawn("anew", sleeper(1ms, &log, 2));
  co_await scope.join();
  co_return log == std::vector<int>{-1, 2} ? 0 : 1;
}

Task<int> parent_of(std::vector<int>* log) {
  JobScope scope;
  scope.spawn("child", sleeper(1h, log, 1));
  auto slept = co_await sleep_for(1h);
  log->push_back(slept ? 2 : -2);
  co_await scope.join();
  co_return 0;
}

Task<int> stop_reaches_grandchildren() {
  std::vector<int> log;
  JobScope scope;
  const auto job = scope.spawn("parent", parent_of(&log));
  (void)co_await sleep_for(5ms);
  job->request_stop();
  co_await scope.join();
  co_return log.size() == 2 && log[0] + log[1] == -3 ? 0 : 1;
}

Task<int> shielded(std::vector<int>* log) {
  (void)co_await sleep_for(1h);
  {
    const Shield shield;
    auto slept = co_await sleep_for(5ms);
    log->push_back(slept ? 1 : -1);
  }
  auto slept = co_await sleep_for(5ms);
  log->push_back(slept ? 2 : -2);
  co_return 0;
}

Task<int> shield_holds_off_a_stop() {
  std::vector<int> log;
  JobScope scope;
  const auto job = scope.spawn("shielded", shielded(&log));
  (void)co_await sleep_for(2ms);
  job->request_stop();
  co_await scope.join();
  co_return log == std::vector<int>{1, -2} ? 0 : 1;
}

Task<int> status_of(int status) {
  co_await yield();
  co_return status;
}

Task<int> finished_gives_the_status() {
  JobScope scope;
  const auto job = scope.spawn("seven", status_of(7));
  auto status = co_await job->finished();
  co_await scope.join();
  auto again = co_await job->finished();
  co_return status && *status == 7 && again && *again == 7 && job->done() ? 0 : 1;
}

Task<Result<int>> slow_value() {
  auto slept = co_await sleep_for(1h);
  if (!slept) co_return tl::unexpected(slept.error());
  co_return 1;
}

Task<Result<int>> quick_value() { co_return 5; }

Task<int> timeouts() {
  auto late = co_await with_timeout(5ms, "slow", slow_value());
  if (late || late.error().code != ETIMEDOUT) co_return 1;
  auto quick = co_await with_timeout(1h, "quick", quick_value());
  co_return quick && *quick == 5 ? 0 : 2;
}

Task<int> cancelled_timeout(int* code) {
  auto value = co_await with_timeout(1h, "slow", slow_value());
  *code = value ? 0 : value.error().code;
  co_return 0;
}

Task<int> a_stop_is_not_a_timeout() {
  int code = 0;
  JobScope scope;
  const auto job = scope.spawn("limited", cancelled_timeout(&code));
  (void)co_await sleep_for(2ms);
  job->request_stop();
  co_await scope.join();
  co_return code == ECANCELED ? 0 : 1;
}

Task<int> events() {
  Event event;
  std::vector<int> log;
  const auto waiter = [](Event* e, std::vector<int>* out, int tag) -> Task<int> {
    auto waited = co_await e->wait();
    out->push_back(waited ? tag : -tag);
    co_return 0;
  };
  JobScope scope;
  scope.spawn("1", waiter(&event, &log, 1));
  const auto second = scope.spawn("2", waiter(&event, &log, 2));
  scope.spawn("3", waiter(&event, &log, 3));
  (void)co_await sleep_for(1ms);
  second->request_stop();
  (void)co_await sleep_for(1ms);
  event.set();
  co_await scope.join();
  co_return log == std::vector<int>{-2, 1, 3} ? 0 : 1;
}

// The classical bug: a frame with a buffer is freed while the kernel still holds the buffer, and later the kernel writes into
// what is somebody else's memory by then. A pending read is cancelled, a full socket's write is cancelled, and their scope ends
// around both; then the peer writes and reads. Freed frames are kept with a pattern that any late write of the kernel breaks.
Task<int> pending_read(int fd, int* completed) {
  char buffer[512];
  auto n = co_await read(fd, buffer);
  if (!n && n.error().cancelled()) ++*completed;
  co_return 0;
}

Task<int> pending_write(int fd, int* completed) {
  char buffer[512] = {};
  for (;;) {
    auto n = co_await write(fd, std::string_view(buffer, sizeof buffer));
    if (n) continue;
    if (n.error().cancelled()) ++*completed;
    co_return 0;
  }
}

Task<int> cancel_races(int rounds) {
  int completed = 0;
  int reads[2], writes[2];
  for (int i = 0; i < rounds; ++i) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | Loop::current().nonblocking_flag(), 0, reads) != 0) co_return 1;
    if (::socketpair(AF_UNIX, SOCK_STREAM | Loop::current().nonblocking_flag(), 0, writes) != 0) co_return 1;
    const int small = 4096;
    ::setsockopt(writes[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    {
      JobScope scope;
      scope.spawn("read", pending_read(reads[0], &completed));
      scope.spawn("write", pending_write(writes[0], &completed));
      co_await yield();
      if (i % 3 != 0) co_await yield();
      if (i % 64 == 0) (void)co_await sleep_for(200us);
      scope.request_stop();
      co_await scope.join();
    }
    const char late[64] = "written after the reader's frame was freed";
    if (::write(reads[1], late, sizeof late) != sizeof late) co_return 2;
    for (const int fd : {reads[0], reads[1], writes[0], writes[1]}) ::close(fd);
  }
  // Every job was cancelled exactly once: a read that nobody feeds, a write that fills up or had no chance to.
  co_return completed == 2 * rounds ? 0 : 3;
}

}  // namespace

TEST_CASE("a scope ends after its children") { CHECK(on_loop(backend(), scope_waits_for_children()) == 0); }
TEST_CASE("a scope that is being stopped starts nothing that stays") { CHECK(on_loop(backend(), late_children_start_stopped()) == 0); }
TEST_CASE("a stop request reaches the children's children") { CHECK(on_loop(backend(), stop_reaches_grandchildren()) == 0); }
TEST_CASE("a shield holds off a stop request") { CHECK(on_loop(backend(), shield_holds_off_a_stop()) == 0); }
TEST_CASE("finished gives the status, now and later") { CHECK(on_loop(backend(), finished_gives_the_status()) == 0); }
TEST_CASE("a time limit stops what is slow and leaves what is quick") { CHECK(on_loop(backend(), timeouts()) == 0); }
TEST_CASE("a stop request inside a time limit is no timeout") { CHECK(on_loop(backend(), a_stop_is_not_a_timeout()) == 0); }
TEST_CASE("an event wakes those who wait, in order, and a stopped one leaves") { CHECK(on_loop(backend(), events()) == 0); }

TEST_CASE("10,000 cancelled reads and writes leave no buffer with the kernel") {
  const auto choice = backend();
  frames::quarantine(true);
  const int status = on_loop(choice, cancel_races(10'000));
  frames::quarantine(false);
  CHECK(frames::damaged_in_quarantine() == 0);
  CHECK(status == 0);
}
