#include "shell/redirections.h"

#include <fcntl.h>

#include "reactor/io.h"

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
    auto fd = co_await reactor::open_file(path, flags, 0666);
    if (!fd) {
      if (fd.error().cancelled()) co_return tl::unexpected(fd.error());
      co_return reactor::failed({}, r.kind == Kind::read ? "Input redirection error" : "Output redirection error",
                                path + ": " + reactor::errno_text(fd.error().code));
    }
    if (r.kind == Kind::read) {
      own_in_ = std::make_unique<In>(reactor::fd_source(std::move(*fd)));
      in_ = own_in_.get();
    } else {
      files_.push_back({path, std::make_unique<Out>(reactor::fd_sink(std::move(*fd)))});
      outs_[static_cast<std::size_t>(r.fd)] = files_.back().out.get();
    }
  }
  co_return Result<void>();
}

Task<Result<void>> Redirected::finish() {
  const reactor::Shield shield;  // what a cancelled command had printed belongs into its file all the same
  Result<void> first;
  for (File& file : files_) {
    auto done = co_await file.out->finish();
    if (!done && first) {
      done.error().on = file.path;
      first = done;
    }
  }
  co_return first;
}

}  // namespace shell
