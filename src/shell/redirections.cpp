#include "shell/redirections.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>

#include "reactor/io.h"
#include "reactor/job.h"
#include "shell/printable.h"

namespace shell {

Task<Result<void>> Redirected::open(const std::vector<ast::Redirection>& all, const Values& values) {
  using Kind = ast::Redirection::Kind;
  for (const ast::Redirection& r : all) {
    if (r.kind == Kind::duplicate) {
      outs_[static_cast<std::size_t>(r.fd)] = outs_[static_cast<std::size_t>(r.from_fd)];
      continue;
    }
    const std::string path = expand_text(r.target, values);
    const int flags = r.kind == Kind::read     ? O_RDONLY
                      : r.kind == Kind::append ? O_WRONLY | O_CREAT | O_APPEND
                                               : O_WRONLY | O_CREAT | O_TRUNC;
    auto fd = co_await reactor::open_file(path, flags | O_NOCTTY, 0666);
    if (!fd) {
      if (fd.error().cancelled()) co_return tl::unexpected(fd.error());
      co_return reactor::failed({}, r.kind == Kind::read ? "Input redirection error" : "Output redirection error",
                                printable(path, path.size()) + ": " + reactor::errno_text(fd.error().code));
    }
    if (r.kind == Kind::read) {
      own_in_ = std::make_unique<In>(reactor::fd_source(std::move(*fd)));
      in_ = own_in_.get();
    } else {
      auto out = std::make_unique<Out>(reactor::fd_sink(fd->get()));
      files_.push_back({path, std::move(*fd), std::move(out)});
      outs_[static_cast<std::size_t>(r.fd)] = files_.back().out.get();
    }
  }
  co_return Result<void>();
}

bool Redirected::broken() const {
  return std::any_of(files_.begin(), files_.end(), [](const File& file) { return file.out->broken(); });
}

namespace {

// What a stopped command had printed belongs into its file all the same; but nobody waits for the reader of a FIFO then.
Task<Result<void>> hand_over(Out* out) {
  std::optional<reactor::Shield> shield;
  if (!out->interactive()) shield.emplace();
  auto done = co_await out->finish();
  co_return done;
}

}  // namespace

Task<Result<void>> Redirected::finish() {
  Result<void> first;
  for (File& file : files_) {
    auto done = co_await hand_over(file.out.get());
    {
      const reactor::Shield shield;
      Result<void> closed;
      if (file.out->interactive()) closed = co_await reactor::close(std::move(file.fd));  // a serial line's waits for its output
      else closed = co_await reactor::close_file(std::move(file.fd));
      if (done && !closed) done = closed;  // some file systems tell of a failed write only now
    }
    if (!done && first) {
      done.error().tried.clear();
      done.error().on = printable(file.path, file.path.size());
      first = done;
    }
  }
  co_return first;
}

}  // namespace shell
