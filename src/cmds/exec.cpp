// exec: runs a program as a child with our streams and waits for its end; the console's foreground line gives it a terminal of its
// own (pty(7)), so that shells and editors work and Ctrl-C is a signal of that terminal. Status as shells give it: its own, 128 + signal,
// 127 not found, 126 cannot be run; 130 when stopped (SIGINT first, SIGKILL after two seconds, to all of its group).
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "reactor/child.h"
#include "reactor/io.h"
#include "reactor/job.h"
#include "reactor/timeout.h"
#include "shell/console.h"
#include "shell/filter.h"
#include "shell/programs.h"

namespace {
using namespace shell;
using reactor::Child;

constexpr std::size_t kPiece = 64 * 1024;

// The child's end of a pipe: the other programs of the world expect it to block.
Result<int> for_child(const reactor::Fd& end) {
  TRY(flags, reactor::checked(::fcntl(end.get(), F_GETFL), "fcntl"));
  TRY_VOID(reactor::checked(::fcntl(end.get(), F_SETFL, flags & ~O_NONBLOCK), "fcntl").map([](int) {}));
  return end.get();
}

Task<void> pump_out(int from, Out* to) {
  std::string piece(kPiece, '\0');
  for (;;) {
    auto n = co_await reactor::read(from, piece);
    if (!n || *n == 0) co_return;
    to->write(std::string_view(piece).substr(0, *n));
    auto flushed = co_await to->flush();
    if (!flushed) co_return;
  }
}

Task<void> pump_in(In* from, reactor::Fd to) {
  std::string piece(kPiece, '\0');
  for (;;) {
    auto n = co_await from->read(piece);
    if (!n || *n == 0) co_return;
    auto written = co_await reactor::write_all(to.get(), std::string_view(piece).substr(0, *n));
    if (!written) co_return;
  }
}

// Streams with a descriptor behind them go to the child as they are, the others through pipes.
struct Plumbing {
  reactor::PipeEnds in, out, err;
  Child::Program program;
};

Result<void> connect(Context& cx, Plumbing& plumbing) {
  Child::Program& program = plumbing.program;
  program.in = cx.in.fd();
  program.out = cx.out.fd();
  program.err = cx.err.fd();
  if (program.in < 0) {
    TRY(ends, reactor::make_pipe());
    plumbing.in = std::move(ends);
    TRY(fd, for_child(plumbing.in.read));
    program.in = fd;
  }
  if (program.out < 0) {
    TRY(ends, reactor::make_pipe());
    plumbing.out = std::move(ends);
    TRY(fd, for_child(plumbing.out.write));
    program.out = fd;
  }
  if (program.err < 0 && &cx.err == &cx.out) {
    program.err = program.out;
  } else if (program.err < 0) {
    TRY(ends, reactor::make_pipe());
    plumbing.err = std::move(ends);
    TRY(fd, for_child(plumbing.err.write));
    program.err = fd;
  }
  return {};
}

Task<void> kill_group(Child* child) {
  const reactor::Shield shield;
  ::kill(-child->pid(), SIGINT);
  auto ended = co_await reactor::with_timeout(std::chrono::seconds(2), "exec", child->finished());
  if (ended) co_return;
  ::kill(-child->pid(), SIGKILL);
  (void)co_await child->finished();
}

// A pseudo terminal of the console's size.
struct Pty {
  reactor::Fd ours, theirs;
};

void set_size(const Pty& pty, const Console& console) { set_terminal_size(pty.ours.get(), {console.columns(), console.rows()}); }

Result<Pty> make_pty(const Console& console) {
  Pty pty{reactor::Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)), {}};
  if (!pty.ours) return reactor::failed("open", "/dev/ptmx", errno);
  // By the descriptor: devpts need not be mounted where its names are looked for.
  int unlock = 0;
  TRY_VOID(reactor::checked(::ioctl(pty.ours.get(), TIOCSPTLCK, &unlock), "TIOCSPTLCK").map([](int) {}));
  TRY(theirs, reactor::checked(::ioctl(pty.ours.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "TIOCGPTPEER"));
  pty.theirs = reactor::Fd(theirs);
  set_size(pty, console);
  return pty;
}

Task<void> pump_typed(Console::FullScreen* screen, const Console* console, const Pty* pty) {
  for (;;) {
    auto bytes = co_await screen->next_bytes();
    if (!bytes) co_return;
    set_size(*pty, *console);
    auto written = co_await reactor::write_all(pty->ours.get(), *bytes);
    if (!written) co_return;
  }
}

// Until the last process that has the other end is gone (EIO); or, `ended`, as long as there is something.
Task<void> pump_shown(Console::FullScreen* screen, const Pty* pty, bool ended) {
  std::string piece(kPiece, '\0');
  for (;;) {
    pollfd there{pty->ours.get(), POLLIN, 0};
    if (ended && ::poll(&there, 1, 0) <= 0) co_return;
    auto n = co_await reactor::read(pty->ours.get(), piece);
    if (!n || *n == 0) co_return;
    auto written = co_await screen->write(piece.substr(0, *n));
    if (!written) co_return;
  }
}

int start_failed(Context& cx, const Error& error) {
  cx.err.print("{}: {}\n", cx.spec.name, error.text());
  return error.code == ENOENT ? 127 : 126;
}

// Status 130 when we were stopped before the program ended.
Task<int> run_on_terminal(Context& cx, Child::Program program, const std::string& name, Console& console, Pty pty) {
  program.in = program.out = pty.theirs.get();
  program.err = cx.err.fd() == cx.out.fd() ? program.out : cx.err.fd();
  program.terminal = true;
  auto child = Child::start(program);
  if (!child) co_return start_failed(cx, Error{{}, name, child.error().code, {}});
  pty.theirs.reset();
  Console::FullScreen screen(console);
  screen.take_bytes();
  int status = 130;
  {
    reactor::JobScope pumps;
    pumps.spawn("exec input", pump_typed(&screen, &console, &pty));
    pumps.spawn("exec output", pump_shown(&screen, &pty, false));
    auto exit = co_await child->finished();
    if (exit) status = exit->status;
    else co_await kill_group(&*child);
    pumps.request_stop();
    co_await pumps.join();
  }
  co_await pump_shown(&screen, &pty, true);
  co_return status;
}

Task<int> run(Context& cx) {
  if (cx.args.words().empty()) co_return cx.bad_usage("missing PROGRAM");
  const std::string name = cx.args.words()[0];
  const auto found = find_programs(cx.shell, name);
  if (found.empty() && name.find('/') == std::string::npos) co_return start_failed(cx, Error{{}, name, ENOENT, {}});
  // What was printed before comes before what the program prints.
  (void)co_await cx.out.finish();
  (void)co_await cx.err.finish();
  Plumbing plumbing;
  plumbing.program.arguments.assign(cx.args.words().begin(), cx.args.words().end());
  plumbing.program.environment = program_environment(cx.shell);
  plumbing.program.arguments[0] = found.empty() ? name : found[0];
  if (Console* console = cx.shell.console(); console != nullptr && cx.err.fd() >= 0 && console->gives_terminal(cx.in, cx.out)) {
    // Without one (no devpts) pipes have to do.
    if (auto pty = make_pty(*console)) {
      auto status = co_await run_on_terminal(cx, std::move(plumbing.program), name, *console, std::move(*pty));
      co_return status;
    }
  }
  auto connected = connect(cx, plumbing);
  if (!connected) co_return cx.fail(connected.error());
  auto child = Child::start(plumbing.program);
  if (!child) co_return start_failed(cx, Error{{}, name, child.error().code, {}});
  plumbing.in.read.reset();
  plumbing.out.write.reset();
  plumbing.err.write.reset();

  int status = 130;
  {
    reactor::JobScope outputs, input;
    if (plumbing.in.write) input.spawn("exec input", pump_in(&cx.in, std::move(plumbing.in.write)));
    if (plumbing.out.read) outputs.spawn("exec output", pump_out(plumbing.out.read.get(), &cx.out));
    if (plumbing.err.read) outputs.spawn("exec errors", pump_out(plumbing.err.read.get(), &cx.err));
    auto exit = co_await child->finished();
    if (exit) {
      status = exit->status;
    } else {
      co_await kill_group(&*child);
      outputs.request_stop();
    }
    input.request_stop();
    co_await input.join();
    co_await outputs.join();
  }
  co_return status;
}

constexpr ArgSpec args[] = {{.name = "PROGRAM", .kind = Arg::path}, {.name = "ARG", .optional = true, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "exec",
    .group = Group::shell,
    .usage = "PROGRAM [ARG…]",
    .help = "run an external program and wait for it",
    .args = args,
    .details =
        "PROGRAM is a path or a name on $PATH. It sees the shell's variables in its environment. Its status is that of exec;\n"
        "128 + N when signal N ended it, 127 when it is not there, 126 when it cannot be run. On the console's own line it has\n"
        "a terminal: shells and editors work, and Ctrl-C is for the program.",
    .example = "exec /mnt/host/bin/tool --verbose",
    .raw = true,
    .run = run};
const Command self(spec);

}  // namespace
