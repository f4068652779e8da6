#include "shell/filter.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "reactor/io.h"
#include "reactor/loop.h"

namespace shell {

Task<Result<Input>> Input::open(Context& cx, std::string name) {
  Input input(name);
  if (name == "-") {
    input.name_ = "standard input";
    input.own_ = &cx.in;
    (void)co_await cx.err.flush();  // what was wrong with the inputs before it: reading may wait for ever
    co_return input;
  }
  const int nonblocking = reactor::Loop::current().nonblocking_flag();
  auto fd = co_await reactor::open_file(name, O_RDONLY | O_NOCTTY | nonblocking);
  if (!fd) co_return tl::unexpected(input.named(fd.error()));
  // On epoll the open did not wait for a FIFO's first writer, and a read would say "end"; the poll waits for it.
  struct stat s {};
  if (nonblocking != 0 && ::fstat(fd->get(), &s) == 0 && S_ISFIFO(s.st_mode)) {
    auto ready = co_await reactor::poll(fd->get(), POLLIN);
    if (!ready) co_return tl::unexpected(input.named(ready.error()));
  }
  input.file_.emplace(reactor::fd_source(std::move(*fd)));
  co_return input;
}

Error Input::named(Error error) const {
  error.tried.clear();
  error.on = name_;
  return error;
}

std::vector<std::string> input_names(std::span<const std::string> words) {
  if (words.empty()) return {"-"};
  return {words.begin(), words.end()};
}

Task<Result<void>> take_turns() {
  if (reactor::Loop::current().slice_used()) {
    co_await reactor::yield();
    if (reactor::must_stop()) co_return reactor::failed({}, {}, ECANCELED);
  }
  co_return Result<void>();
}

Task<Result<void>> breathe(Out& out) {
  if (out.full()) {
    auto flushed = co_await out.flush();
    if (!flushed) co_return flushed;
  }
  auto went_on = co_await take_turns();
  co_return went_on;
}

Task<Result<void>> after_line(In& in, Out& out) {
  if (!in.has_line()) {
    auto flushed = co_await out.flush();
    if (!flushed) co_return flushed;
  }
  auto went_on = co_await breathe(out);
  co_return went_on;
}

}  // namespace shell
