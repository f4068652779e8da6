#include "reactor/io.h"

#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <termios.h>

#include <algorithm>

#include "reactor/blocking.h"
#include "reactor/loop.h"

namespace reactor {

namespace {

// A blocking terminal would hold us until all is printed; this much fits when it says that it is writable (n_tty wakes
// writers at 256 free characters).
constexpr std::size_t kTerminalPiece = 256;

bool ready_now(int fd, short events) noexcept {
  pollfd p{fd, events, 0};
  return ::poll(&p, 1, 0) != 0;  // an error here shows up in the call itself
}

template <class Call>
int retrying(Call call) noexcept {
  for (;;) {
    const long n = call();
    if (n >= 0) return static_cast<int>(n);
    if (errno != EINTR) return -errno;
  }
}

}  // namespace

Read::Read(int fd, std::span<char> buffer, std::int64_t offset, const char* name) noexcept
    : Op(name, fd, POLLIN), buffer_(buffer), offset_(offset) {}

void Read::prep(io_uring_sqe* sqe) noexcept {
  io_uring_prep_read(sqe, fd(), buffer_.data(), static_cast<unsigned>(buffer_.size()), static_cast<std::uint64_t>(offset_));
}

int Read::attempt(bool may_block) noexcept {
  if (!may_block) {
    // The descriptor may be a blocking one that others share: RWF_NOWAIT where the file knows it, else ask first.
    iovec part{buffer_.data(), buffer_.size()};
    const int n = retrying([&] { return ::preadv2(fd(), &part, 1, offset_, RWF_NOWAIT); });
    if (n != -EOPNOTSUPP && n != -EINVAL && n != -ENOSYS) return n;
    if (!ready_now(fd(), POLLIN)) return -EAGAIN;
  }
  return retrying([&] {
    return offset_ < 0 ? ::read(fd(), buffer_.data(), buffer_.size()) : ::pread(fd(), buffer_.data(), buffer_.size(), offset_);
  });
}

Result<std::size_t> Read::await_resume() {
  return result(res_, name()).map([](int n) { return static_cast<std::size_t>(n); });
}

Read read(int fd, std::span<char> buffer, std::int64_t offset) noexcept { return {fd, buffer, offset}; }

Write::Write(int fd, std::string_view data, std::int64_t offset) noexcept
    : Op("write", fd, POLLOUT), data_(data), offset_(offset) {}

void Write::prep(io_uring_sqe* sqe) noexcept {
  io_uring_prep_write(sqe, fd(), data_.data(), static_cast<unsigned>(data_.size()), static_cast<std::uint64_t>(offset_));
}

int Write::attempt(bool may_block) noexcept {
  std::size_t length = data_.size();
  if (!may_block) {
    iovec part{const_cast<char*>(data_.data()), length};
    const int n = retrying([&] { return ::pwritev2(fd(), &part, 1, offset_, RWF_NOWAIT); });
    if (n != -EOPNOTSUPP && n != -EINVAL && n != -ENOSYS) return n;
    if (!ready_now(fd(), POLLOUT)) return -EAGAIN;
    if (length > kTerminalPiece && (::fcntl(fd(), F_GETFL) & O_NONBLOCK) == 0 && ::isatty(fd()) == 1) length = kTerminalPiece;
  }
  return retrying([&] {
    return offset_ < 0 ? ::write(fd(), data_.data(), length) : ::pwrite(fd(), data_.data(), length, offset_);
  });
}

Result<std::size_t> Write::await_resume() {
  return result(res_, name()).map([](int n) { return static_cast<std::size_t>(n); });
}

Write write(int fd, std::string_view data, std::int64_t offset) noexcept { return {fd, data, offset}; }

Task<Result<void>> write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    // io_uring does not move the file's position when a full disk cuts a write short: what comes next would be written over it.
    const bool may_stay = !Loop::current().backend().wants_nonblocking();
    const off_t at = may_stay ? ::lseek(fd, 0, SEEK_CUR) : -1;  // negative: it has none
    auto n = co_await write(fd, data);
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) co_return failed("write", {}, "nothing was taken");
    data.remove_prefix(*n);
    if (at < 0 || data.empty() || ::lseek(fd, 0, SEEK_CUR) != at) continue;
    if (::lseek(fd, at + static_cast<off_t>(*n), SEEK_SET) < 0) co_return failed("write", {}, errno);
  }
  co_return Result<void>();
}

Open::Open(int directory, const char* path, int flags, mode_t mode) noexcept
    : Op("open", -1, 0), directory_(directory), path_(path), flags_(flags | O_CLOEXEC), mode_(mode) {}

void Open::prep(io_uring_sqe* sqe) noexcept { io_uring_prep_openat(sqe, directory_, path_, flags_, mode_); }

int Open::attempt(bool) noexcept {
  return retrying([&] { return ::openat(directory_, path_, flags_, mode_); });
}

Result<Fd> Open::await_resume() {
  return result(res_, name()).map([](int fd) { return Fd(fd); });
}

Open open(const char* path, int flags, mode_t mode) noexcept { return {AT_FDCWD, path, flags, mode}; }

namespace {

// A FIFO waits for its other end, a terminal for a carrier. Memory devices (1) and miscellaneous ones (10) do not.
bool waits_in_open(const std::string& path) noexcept {
  struct stat s {};
  if (::stat(path.c_str(), &s) < 0) return false;
  return S_ISFIFO(s.st_mode) || (S_ISCHR(s.st_mode) && ::major(s.st_rdev) != 1 && ::major(s.st_rdev) != 10);
}

}  // namespace

Task<Result<Fd>> open_file(std::string path, int flags, mode_t mode) {
  Loop& loop = Loop::current();
  if (loop.uring_is_due() && (flags & O_NONBLOCK) == 0 && waits_in_open(path)) loop.take_uring();
  auto fd = co_await open(path.c_str(), flags, mode);
  if (!fd) fd.error().on = path;
  co_return fd;
}

Close::Close(int fd) noexcept : Op("close", fd, 0) { force_async_ = true; }
void Close::prep(io_uring_sqe* sqe) noexcept { io_uring_prep_close(sqe, fd()); }
int Close::attempt(bool) noexcept { return ::close(fd()) < 0 ? -errno : 0; }
Result<void> Close::await_resume() {
  return result(res_, name()).map([](int) {});
}
Close close_file(Fd fd) noexcept { return Close(fd.release()); }

Task<Result<void>> close(Fd fd) {
  const Shield shield;  // a descriptor that is being closed is closed
  if (Loop::current().backend().wants_nonblocking()) {
    // The child has a reference of its own and is the last to let go.
    const int inherited = fd.get();
    auto child = ForkedCall::start("close", [inherited]() noexcept { return ::close(inherited) < 0 ? errno : 0; });
    fd.reset();
    if (!child) co_return Result<void>();  // no process to be had: ours was the last reference, closed the slow way
    auto done = co_await child->finished();
    co_return done;
  }
  auto done = co_await close_file(std::move(fd));
  co_return done;
}

Fsync::Fsync(int fd) noexcept : Op("fsync", fd, 0) { force_async_ = true; }
void Fsync::prep(io_uring_sqe* sqe) noexcept { io_uring_prep_fsync(sqe, fd(), 0); }
int Fsync::attempt(bool) noexcept { return ::fsync(fd()) < 0 ? -errno : 0; }
Result<void> Fsync::await_resume() {
  return result(res_, name()).map([](int) {});
}
Fsync fsync(int fd) noexcept { return Fsync(fd); }

Poll::Poll(int fd, short events) noexcept : Op("poll", fd, events), wanted_(events) {}
void Poll::prep(io_uring_sqe* sqe) noexcept { io_uring_prep_poll_add(sqe, fd(), static_cast<unsigned>(wanted_)); }
int Poll::attempt(bool may_block) noexcept {
  pollfd p{fd(), wanted_, 0};
  const int n = ::poll(&p, 1, 0);
  if (n < 0) return -errno;
  if (p.revents & POLLNVAL) return -EBADF;
  return n == 0 && !may_block ? -EAGAIN : p.revents;
}
Result<short> Poll::await_resume() {
  return result(res_, name()).map([](int n) { return static_cast<short>(n); });
}
Poll poll(int fd, short events) noexcept { return {fd, events}; }

void Nop::prep(io_uring_sqe* sqe) noexcept { io_uring_prep_nop(sqe); }
Result<void> Nop::await_resume() {
  return result(res_, name()).map([](int) {});
}

Result<PipeEnds> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | Loop::current().nonblocking_flag()) < 0) return failed("pipe", {}, errno);
  return PipeEnds{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> reopen_nonblocking(int fd, int access) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const int own = ::open(path.c_str(), access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (own < 0) return failed("open", path, errno);
  return Fd(own);
}

Task<Result<std::string>> read_file(std::string path, std::size_t limit) {
  auto fd = co_await open_file(path, O_RDONLY);
  if (!fd) co_return tl::unexpected(fd.error());
  std::string data;
  std::size_t length = 0;
  for (;;) {
    if (data.size() - length < 4096) data.resize(std::max<std::size_t>(data.size() * 2, 65536));
    auto n = co_await read(fd->get(), std::span(data).subspan(length));
    if (!n) {
      n.error().on = path;
      co_return tl::unexpected(n.error());
    }
    if (*n == 0) break;
    length += *n;
    if (length > limit) co_return failed("read", path, EFBIG);
  }
  data.resize(length);
  co_return data;
}

Result<std::string> read_small_file(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return failed("open", path, errno);
  std::string data;
  char buffer[4096];
  while (data.size() < 1U << 20) {
    const int n = retrying([&] { return ::read(fd.get(), buffer, sizeof buffer); });
    if (n < 0) return failed("read", path, -n);
    if (n == 0) break;
    data.append(buffer, static_cast<std::size_t>(n));
  }
  return data;
}

Task<Result<void>> write_file(std::string path, std::string data, mode_t mode) {
  auto fd = co_await open_file(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (!fd) co_return tl::unexpected(fd.error());
  auto written = co_await write_all(fd->get(), data);
  if (!written) written.error().on = path;
  co_return written;
}

}  // namespace reactor
