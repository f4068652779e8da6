#include "reactor/blocking.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reactor/job.h"

namespace reactor {

Result<ForkedCall> ForkedCall::start(std::string_view tried, const std::function<int()>& call) {
  TRY(child, Child::fork(call));
  return ForkedCall(tried, std::move(child));
}

Task<Result<int>> ForkedCall::value() {
  auto exit = co_await child_.finished();
  if (!exit) {
    const Shield shield;
    (void)child_.send(SIGKILL);
    (void)co_await child_.finished();
    co_return tl::unexpected(exit.error());
  }
  if (exit->signal != 0) co_return failed(tried_, {}, "the helper process was killed by signal " + std::to_string(exit->signal));
  co_return exit->status;
}

Task<Result<void>> ForkedCall::finished() {
  auto code = co_await value();
  if (!code) co_return tl::unexpected(code.error());
  if (*code != 0) co_return failed(tried_, {}, *code);
  co_return Result<void>();
}

Task<Result<void>> blocking(std::string tried, std::function<int()> call) {
  auto started = ForkedCall::start(tried, call);
  if (!started) co_return tl::unexpected(started.error());
  auto done = co_await started->finished();
  co_return done;
}

Task<Result<void>> empty_file(int fd) {
  struct stat s {};
  if (::fstat(fd, &s) < 0 || !S_ISREG(s.st_mode) || s.st_size == 0) co_return Result<void>();
  const auto truncate = [fd]() -> int { return ::ftruncate(fd, 0) < 0 ? errno : 0; };
  auto done = co_await blocking("truncate", truncate);
  co_return done;
}

}  // namespace reactor
