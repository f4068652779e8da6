#include "reactor/signals.h"

#include <sys/signalfd.h>

#include <span>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/require.h"

namespace reactor {

Signals::Signals(std::initializer_list<int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) ::sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  fd_ = Fd(::signalfd(-1, &set, SFD_CLOEXEC | Loop::current().nonblocking_flag()));
  require(static_cast<bool>(fd_), "signalfd");
}

Task<Result<int>> Signals::next() {
  signalfd_siginfo info{};
  auto n = co_await read(fd_.get(), std::span(reinterpret_cast<char*>(&info), sizeof info));
  if (!n) co_return tl::unexpected(n.error());
  co_return static_cast<int>(info.ssi_signo);
}

}  // namespace reactor
