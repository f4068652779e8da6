#include "harness.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "reactor/blocking.h"
#include "reactor/child.h"
#include "reactor/signals.h"

using namespace testing;

namespace {

Child::Program program(std::vector<std::string> arguments) {
  Child::Program p;
  p.arguments = std::move(arguments);
  return p;
}

Task<int> statuses() {
  auto child = Child::start(program({"/bin/sh", "-c", "exit 7"}));
  if (!child) co_return 1;
  auto exit = co_await child->finished();
  if (!exit || exit->status != 7 || exit->signal != 0) co_return 2;
  auto killed = Child::start(program({"sleep", "100"}));
  if (!killed || !killed->send(SIGTERM)) co_return 3;
  auto end = co_await killed->finished();
  if (!end || end->status != 128 + SIGTERM || end->signal != SIGTERM) co_return 4;
  auto missing = Child::start(program({"/no/such/program"}));
  co_return !missing && missing.error().text() == "/no/such/program: No such file or directory" ? 0 : 5;
}

Task<int> output() {
  auto pipe = make_pipe();
  auto p = program({"/bin/sh", "-c", "echo out; pwd; echo $GREETING"});
  p.out = pipe->write.get();
  p.directory = "/";
  p.environment = {"GREETING=hello", "PATH=/bin:/usr/bin"};
  auto child = Child::start(p);
  pipe->write.reset();
  char buffer[64];
  std::string text;
  for (;;) {
    auto n = co_await read(pipe->read.get(), buffer);
    if (!n || *n == 0) break;
    text.append(buffer, *n);
  }
  (void)co_await child->finished();
  co_return text == "out\n/\nhello\n" ? 0 : 1;
}

// The loop goes on while a call blocks, and the call's errno comes back.
Task<int> blocking_calls() {
  const auto nap = []() noexcept {
    const timespec t{0, 50'000'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &t, nullptr);
    return 0;
  };
  const auto refuse = []() noexcept { return ENODEV; };
  JobScope scope;
  int ticks = 0;
  const auto ticker = [](int* count) -> Task<int> {
    for (;;) {
      auto slept = co_await sleep_for(1ms);
      if (!slept) co_return 0;
      ++*count;
    }
  };
  scope.spawn("ticker", ticker(&ticks));
  auto done = co_await blocking("nap", nap);
  const int ticks_meanwhile = ticks;
  auto refused = co_await blocking("refuse", refuse);
  scope.request_stop();
  co_await scope.join();
  if (!done || ticks_meanwhile < 10) co_return 1;
  co_return !refused && refused.error().text() == "refuse: No such device" ? 0 : 2;
}

Task<int> a_forked_call_has_a_value() {
  const auto seven = []() noexcept { return 7; };
  auto counted = ForkedCall::start("count", seven);
  if (!counted) co_return 1;
  auto value = co_await counted->value();
  if (!value || *value != 7) co_return 2;
  const auto fall = []() noexcept { return ::raise(SIGKILL); };
  auto killed = ForkedCall::start("fall", fall);
  if (!killed) co_return 3;
  auto none = co_await killed->value();
  co_return !none && none.error().text() == "fall: the helper process was killed by signal 9" ? 0 : 4;
}

Task<int> block_for_ever(int* code) {
  const auto wait = []() noexcept { return ::pause(); };
  auto done = co_await blocking("pause", wait);
  *code = done ? 0 : done.error().code;
  co_return 0;
}

Task<int> a_stop_kills_a_blocking_call() {
  int code = 0;
  JobScope scope;
  scope.spawn("pause", block_for_ever(&code));
  (void)co_await sleep_for(10ms);
  scope.request_stop();
  co_await scope.join();
  co_return code == ECANCELED ? 0 : 1;
}

Task<int> signals() {
  Signals usr{SIGUSR1, SIGUSR2};
  ::raise(SIGUSR2);
  auto signal = co_await usr.next();
  co_return signal && *signal == SIGUSR2 ? 0 : 1;
}

// PID 1 reaps strangers and never takes the status of a child that a job waits for.
Task<int> reaping() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  Signals child_signal{SIGCHLD};
  auto ours = Child::start(program({"/bin/sh", "-c", "(exit 3) & (exit 4) & exit 9"}));
  if (!ours) co_return 1;
  int strangers = 0;
  while (strangers < 2) {
    auto signal = co_await with_timeout(5s, "signal", child_signal.next());
    if (!signal) co_return 2;
    strangers += reap_children();
  }
  auto exit = co_await ours->finished();
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  co_return exit && exit->status == 9 ? 0 : 3;
}

}  // namespace

TEST_CASE("a child's status comes back as shells give it") { CHECK(on_loop(backend(), statuses()) == 0); }
TEST_CASE("a child gets streams, directory and environment") { CHECK(on_loop(backend(), output()) == 0); }
TEST_CASE("a blocking call leaves the loop alive") { CHECK(on_loop(backend(), blocking_calls()) == 0); }
TEST_CASE("a forked call's value comes back, and that it was killed") { CHECK(on_loop(backend(), a_forked_call_has_a_value()) == 0); }
TEST_CASE("a stop request kills a blocking call") { CHECK(on_loop(backend(), a_stop_kills_a_blocking_call()) == 0); }
TEST_CASE("signals are awaited") { CHECK(on_loop(backend(), signals()) == 0); }
TEST_CASE("strangers are reaped, and our own child keeps its status") { CHECK(on_loop(backend(), reaping()) == 0); }
