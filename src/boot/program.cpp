#include "boot/program.h"

#include <unistd.h>

#include <csignal>

#include "boot/prompt.h"
#include "reactor/job.h"
#include "reactor/loop.h"
#include "reactor/signals.h"
#include "shell/shell.h"

namespace boot {

namespace {

using reactor::Task;

constexpr std::string_view kUsage =
    "usage: myinit                     the console on this terminal\n"
    "       myinit -c 'line; line' [argument…]\n"
    "       myinit FILE.run [argument…]\n"
    "       myinit COMMAND [argument…]\n"
    "As PID 1 it boots by script; `myinit help` lists the commands.\n";

// The streams of a program: its own descriptors.
struct ProgramStreams {
  reactor::In in{reactor::fd_source(0)};
  reactor::Out out{reactor::fd_sink(1, true)};  // also into a file each command's words come before those of the next, and stderr's between them
  reactor::Out err{reactor::fd_sink(2, true)};
  shell::Streams streams{in, out, err};
};

Task<int> run_arguments(std::vector<std::string> arguments, shell::Shell& shell, shell::Streams streams) {
  shell::Script script;
  if (arguments.size() == 1) {
    auto status = co_await prompt(shell, streams);
    co_return status;
  }
  const std::string first = arguments[1];
  if (first == "-c") {
    if (arguments.size() < 3) {
      streams.err.write(kUsage);
      co_return 2;
    }
    script.name = "-c";
    script.arguments.assign(arguments.begin() + 3, arguments.end());
    auto status = co_await shell.run_text(arguments[2], script, streams);
    co_return status;
  }
  if (first == "-h" || first == "--help") {
    streams.out.write(kUsage);
    co_return 0;
  }
  if (first.ends_with(".run") || (first.find('/') != std::string::npos && shell::find_command(first) == nullptr)) {
    auto status = co_await shell.run_file(first, {arguments.begin() + 2, arguments.end()}, script, streams);
    co_return status;
  }
  arguments.erase(arguments.begin());
  auto status = co_await shell.run_command(std::move(arguments), script, streams);
  co_return status;
}

// The first SIGINT, SIGTERM or SIGHUP stops the work as Ctrl-C does on the console: files are whole, interfaces as they were.
Task<void> stop_on_signal(reactor::Job* work) {
  reactor::Signals signals{SIGINT, SIGTERM, SIGHUP};
  auto signal = co_await signals.next();
  if (signal) work->request_stop();
}

Task<int> program(std::vector<std::string> arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  ProgramStreams own;
  shell::Shell shell(reactor::fd_sink(1, true), reactor::fd_sink(2, true));
  int status = 0;
  {
    reactor::JobScope scope;
    const auto work = scope.spawn("program", run_arguments(std::move(arguments), shell, own.streams));
    const auto watch = scope.spawn("signals", stop_on_signal(work.get()));
    (void)co_await work->finished();
    status = work->status();
    if (!work->failure().empty()) own.err.print("myinit: {}\n", work->failure());
    watch->request_stop();
    co_await scope.join();
  }
  co_await shell.close();
  auto printed = co_await own.out.finish();
  if (!printed && status == 0 && printed.error().code != EPIPE) {
    own.err.print("myinit: {}\n", printed.error().text());
    status = 1;
  }
  (void)co_await own.err.finish();
  co_return status;
}

}  // namespace

int run_program(std::vector<std::string> arguments) {
  auto choice = reactor::BackendChoice::automatic;
  const std::string_view name(arguments[0]);
  if (name == "modprobe" || name.ends_with("/modprobe")) {
    // The kernel waits for us: epoll needs no set-up.
    arguments.insert(arguments.begin() + 1, "modprobe");
    choice = reactor::BackendChoice::epoll;
  }
  reactor::Loop loop(choice);
  return loop.run(program(std::move(arguments)));
}

}  // namespace boot
