#include "reactor/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>

#include "reactor/io.h"
#include "reactor/job.h"

namespace reactor {

struct Child::State {
  Fd pidfd;
  pid_t pid = -1;
  bool reaped = false;
  Exit exit{0, 0};
};

namespace {

// Our children that have not been reaped; entries belong to the Child objects.
std::vector<Child::State*>& children() {
  static std::vector<Child::State*> all;
  return all;
}

Child::Exit exit_of(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {info.si_status, 0};
  return {128 + info.si_status, info.si_status};
}

// The child begins with a clean slate: what the loop blocked or ignored is no business of a program's.
void reset_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal)
    if (signal != SIGKILL && signal != SIGSTOP) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

Child::~Child() {
  if (!state_ || state_->reaped) return;
  send(SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(state_->pid), &info, WEXITED) < 0 && errno == EINTR) {
  }
  std::erase(children(), state_.get());
}

Result<Child> Child::adopt(pid_t pid) {
  Child child;
  child.pid_ = pid;
  child.state_ = std::make_shared<State>();
  child.state_->pid = pid;
  children().push_back(child.state_.get());
  child.state_->pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!child.state_->pidfd) return failed("pidfd_open", {}, errno);
  return child;
}

Result<Child> Child::fork(const std::function<int()>& body) {
  const pid_t pid = ::fork();
  if (pid < 0) return failed("fork", {}, errno);
  if (pid == 0) {
    reset_signals();
    ::_exit(body());
  }
  return adopt(pid);
}

Result<Child> Child::start(const Program& program) {
  std::vector<char*> arguments, environment;
  for (const auto& a : program.arguments) arguments.push_back(const_cast<char*>(a.c_str()));
  arguments.push_back(nullptr);
  for (const auto& e : program.environment) environment.push_back(const_cast<char*>(e.c_str()));
  environment.push_back(nullptr);
  // vfork: the child borrows our memory until exec, so no page is copied, none is left mapped in it, and it can say in
  // `error` why it failed. Signals stay blocked meanwhile: a handler would run on our stack.
  volatile int error = 0;
  const pid_t pid = ::vfork();
  if (pid == 0) {
    int fds[3] = {program.in, program.out, program.err};
    // Out of the way of 0..2 first: one may be the source of another.
    for (int& fd : fds)
      if (fd >= 0 && fd < 3) fd = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    for (int target = 0; target < 3; ++target)
      if (fds[target] < 0 || ::dup2(fds[target], target) < 0) {
        error = fds[target] < 0 ? EBADF : errno;
        ::_exit(127);
      }
    if (!program.directory.empty() && ::chdir(program.directory.c_str()) < 0) {
      error = errno;
      ::_exit(127);
    }
    ::setsid();
    if (program.terminal) ::ioctl(0, TIOCSCTTY, 0);
    reset_signals();
    if (program.environment.empty())
      ::execvp(arguments[0], arguments.data());
    else
      ::execvpe(arguments[0], arguments.data(), environment.data());
    error = errno;
    ::_exit(127);
  }
  if (pid < 0) return failed("fork", {}, errno);
  if (error != 0) {
    ::waitpid(pid, nullptr, 0);
    return failed({}, program.arguments[0], static_cast<int>(error));
  }
  return adopt(pid);
}

Result<void> Child::send(int signal) const {
  if (state_->reaped) return {};
  if (::syscall(SYS_pidfd_send_signal, state_->pidfd.get(), signal, nullptr, 0) < 0) return failed("kill", {}, errno);
  return {};
}

Task<Result<Child::Exit>> Child::finished() {
  const auto state = state_;
  while (!state->reaped) {
    auto ready = co_await poll(state->pidfd.get(), POLLIN);
    if (!ready) co_return tl::unexpected(ready.error());
    siginfo_t info{};
    if (!state->reaped && ::waitid(P_PID, static_cast<id_t>(state->pid), &info, WEXITED | WNOHANG) == 0 && info.si_pid == state->pid) {
      state->exit = exit_of(info);
      state->reaped = true;
      std::erase(children(), state.get());
    }
  }
  co_return state->exit;
}

int reap_children() {
  int strangers = 0;
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0) return strangers;
    auto& ours = children();
    const auto found = std::find_if(ours.begin(), ours.end(), [&info](const Child::State* child) { return child->pid == info.si_pid; });
    if (found == ours.end()) {
      ++strangers;
      continue;
    }
    (*found)->exit = exit_of(info);
    (*found)->reaped = true;
    ours.erase(found);
  }
}

}  // namespace reactor
