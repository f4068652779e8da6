// A console on a pseudo terminal with a VT100 at the other end, all on one loop.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"
#include "shell/console.h"
#include "shell/vt100.h"

namespace test {

using namespace std::chrono_literals;
using reactor::Task;

inline Task<reactor::Result<std::size_t>> read_pty(int fd, std::span<char> buffer) {
  auto n = co_await reactor::read(fd, buffer);
  co_return n;
}

struct PtyOptions {
  int columns = 40, rows = 10;
  bool driver_knows_size = true;
  bool stays = false;
  std::function<Task<int>()> reopen = {};
  std::string history_file = {};
};

class PtySession {
 public:
  explicit PtySession(PtyOptions options = {}) : screen(options.columns, options.rows) {
    master_ = reactor::Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    ::grantpt(master_.get());
    ::unlockpt(master_.get());
    char name[64];
    ::ptsname_r(master_.get(), name, sizeof name);
    slave_ = reactor::Fd(::open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (options.driver_knows_size) set_driver_size(options.columns, options.rows);
    ::tcgetattr(slave_.get(), &before);
    if (!options.history_file.empty()) shell.set_variable("HISTFILE", options.history_file);
    console.emplace(shell, shell::Console::Setup{.fd = slave_.get(), .stays = options.stays, .reopen = options.reopen});
    job = scope.spawn("console", console->run());
  }

  /// Sends it as a keyboard does, all at once.
  Task<void> type(std::string text) { (void)co_await reactor::write_all(master_.get(), text); }

  /// Types a line, or an answer, with Enter; this comes to stand on the screen.
  Task<void> enter(std::string line, std::string shown) {
    co_await type(std::move(line) + "\r");
    co_await contains(std::move(shown));
  }
  /// Types what ends a full-screen tool.
  Task<void> leave(std::string keys) {
    co_await type(std::move(keys));
    co_await comes_true([this] { return !screen.alternate(); });
  }
  /// As a terminal emulator does it when its window gets another size.
  void resize(int columns, int rows) {
    screen.resize(columns, rows);
    set_driver_size(columns, rows);
    ::kill(::getpid(), SIGWINCH);
  }

  /// Reads what the console prints until the condition holds; false after 30 s.
  Task<bool> until(std::function<bool()> holds) {
    const auto deadline = reactor::monotonic_now() + 30s;
    while (!holds()) {
      if (reactor::monotonic_now() > deadline) co_return false;
      (void)co_await read_some(reactor::monotonic_now() + 20ms);
    }
    co_return true;
  }
  /// Checks that the screen comes to show just this, trailing blanks left out.
  Task<void> shows(std::string text) {
    auto shown = co_await until([this, &text] { return screen.screen() == text; });
    INFO("on the screen:\n" << screen.screen() << "\nexpected:\n" << text);
    CHECK(shown);
  }
  /// Checks that this comes to stand on the screen or above it.
  Task<void> contains(std::string text) {
    auto shown = co_await until([this, &text] { return screen.everything().find(text) != std::string::npos; });
    INFO("on the screen:\n" << screen.everything() << "\nexpected in it:\n" << text);
    CHECK(shown);
  }
  Task<void> comes_true(std::function<bool()> holds) {
    auto held = co_await until(std::move(holds));
    INFO("on the screen:\n" << screen.everything());
    CHECK(held);
  }
  /// Reads for this long, whatever comes.
  Task<void> read_for(reactor::Nanoseconds length) {
    const auto deadline = reactor::monotonic_now() + length;
    bool more = true;
    while (more) more = co_await read_some(deadline);
  }
  /// Types it; how many bytes the console sends for that.
  Task<std::size_t> bytes_for(std::string key) {
    co_await read_for(30ms);
    const std::size_t before = bytes;
    co_await type(std::move(key));
    co_await comes_true([this, before] { return bytes > before; });
    co_await read_for(60ms);
    co_return bytes - before;
  }
  /// The console has ended; its status.
  Task<int> ended() {
    auto done = co_await until([this] { return job->done(); });
    co_return done ? job->status() : -1;
  }
  Task<void> close() {
    job->request_stop();
    co_await scope.join();
    co_await shell.close();
    CHECK(job->failure().empty());
    CHECK(screen.unknown() == 0);
  }

  void set_driver_size(int columns, int rows) const {
    const winsize size{.ws_row = static_cast<unsigned short>(rows), .ws_col = static_cast<unsigned short>(columns), .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(master_.get(), TIOCSWINSZ, &size);
  }
  void hang_up() { master_.reset(); }
  /// The same; checks that the console ends.
  Task<void> hangs_up() {
    hang_up();
    auto status = co_await ended();
    CHECK(status != -1);
  }
  [[nodiscard]] int slave() const { return slave_.get(); }
  [[nodiscard]] bool cooked() const {
    termios now{};
    ::tcgetattr(slave_.get(), &now);
    return now.c_lflag == before.c_lflag && now.c_iflag == before.c_iflag && now.c_oflag == before.c_oflag;
  }

 private:
  // Once; false when nothing has come until then.
  Task<bool> read_some(reactor::Nanoseconds deadline) {
    const auto now = reactor::monotonic_now();
    if (now >= deadline) co_return false;
    std::string buffer(65536, '\0');
    auto n = co_await reactor::with_timeout(deadline - now, "pty", read_pty(master_.get(), buffer));
    if (!n || *n == 0) {
      if (!n && n.error().code != ETIMEDOUT) (void)co_await reactor::sleep_until(deadline);  // the console closed it
      co_return false;
    }
    bytes += *n;
    screen.feed(std::string_view(buffer).substr(0, *n));
    const std::string answer = screen.take_answers();
    if (!answer.empty()) (void)co_await reactor::write_all(master_.get(), answer);
    co_return true;
  }

  reactor::Fd master_, slave_;

 public:
  Vt100 screen;
  std::size_t bytes = 0;  // sent by the console so far
  termios before{};
  shell::Shell shell{reactor::null_sink(), reactor::null_sink()};
  reactor::JobScope scope;
  std::optional<shell::Console> console;
  std::shared_ptr<reactor::Job> job;
};

/// Runs a test's coroutine on a loop of each back end.
inline void on_loop(const std::function<Task<void>()>& body) {
  const auto backend = GENERATE(reactor::BackendChoice::uring, reactor::BackendChoice::epoll);
  CAPTURE(backend == reactor::BackendChoice::uring);
  reactor::Loop loop(backend);
  const auto run = [](const std::function<Task<void>()>* test) -> Task<int> {
    co_await (*test)();
    co_return 0;
  };
  CHECK(loop.run(run(&body)) == 0);
}

inline Task<void> run_on_pty(const PtyOptions* options, Task<void> (*body)(PtySession&)) {
  PtySession session(*options);
  co_await session.shows(">");
  co_await body(session);
  co_await session.close();
}
/// The same with a console that shows its prompt, and is closed behind the test.
inline void on_pty(const PtyOptions& options, Task<void> (*body)(PtySession&)) {
  on_loop([&options, body] { return run_on_pty(&options, body); });
}

}  // namespace test
