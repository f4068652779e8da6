// Operations on descriptors. Each is awaited where it is made: `auto n = co_await read(fd, buffer);`
// Buffers must live as long as the await; a cancelled operation completes with ECANCELED, or with what came first.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "reactor/fd.h"
#include "reactor/op.h"
#include "reactor/task.h"

namespace reactor {

/// read(2)/pread(2): bytes read, 0 at the end. `offset` -1: the file's own position.
class Read final : public Op {
 public:
  Read(int fd, std::span<char> buffer, std::int64_t offset, const char* name = "read") noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<std::size_t> await_resume();

 private:
  std::span<char> buffer_;
  std::int64_t offset_;
};
[[nodiscard]] Read read(int fd, std::span<char> buffer, std::int64_t offset = -1) noexcept;

/// write(2)/pwrite(2): bytes written, perhaps fewer than given. See write_all.
class Write final : public Op {
 public:
  Write(int fd, std::string_view data, std::int64_t offset) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<std::size_t> await_resume();

 private:
  std::string_view data_;
  std::int64_t offset_;
};
[[nodiscard]] Write write(int fd, std::string_view data, std::int64_t offset = -1) noexcept;
/// Everything, in as few calls as the kernel allows. On an error nothing is known about how much of `data` got through.
[[nodiscard]] Task<Result<void>> write_all(int fd, std::string_view data);

/// openat(2) with O_CLOEXEC. The path must live as long as the await.
class Open final : public Op {
 public:
  Open(int directory, const char* path, int flags, mode_t mode) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<Fd> await_resume();

 private:
  int directory_;
  const char* path_;
  int flags_;
  mode_t mode_;
};
[[nodiscard]] Open open(const char* path, int flags, mode_t mode = 0666) noexcept;
/// The same for a path that may not live long; the error names it.
[[nodiscard]] Task<Result<Fd>> open_file(std::string path, int flags, mode_t mode = 0666);

/// close(2), forced off the loop: closing a packet ring takes 22 ms, a TAP 27 ms (measured, kernel 6.18). On epoll a short-lived
/// child holds the last reference.
[[nodiscard]] Task<Result<void>> close(Fd fd);
/// close(2) of a file that was read or written: on epoll at once, as that was. Awaited under a Shield, or a stopped job leaves it open.
class Close final : public Op {
 public:
  explicit Close(int fd) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<void> await_resume();
};
[[nodiscard]] Close close_file(Fd fd) noexcept;

/// fsync(2), off the loop.
class Fsync final : public Op {
 public:
  explicit Fsync(int fd) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<void> await_resume();
};
[[nodiscard]] Fsync fsync(int fd) noexcept;

/// poll(2) once: the events that came, POLLERR and POLLHUP included.
class Poll final : public Op {
 public:
  Poll(int fd, short events) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<short> await_resume();

 private:
  short wanted_;
};
[[nodiscard]] Poll poll(int fd, short events) noexcept;

/// Does nothing, through the kernel: for measurements.
class Nop final : public Op {
 public:
  Nop() noexcept : Op("nop", -1, 0) {}
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool) noexcept override { return 0; }
  Result<void> await_resume();
};

/// pipe2(2), made for the loop's back end: [0] is read, [1] is written.
struct PipeEnds {
  Fd read, write;
};
[[nodiscard]] Result<PipeEnds> make_pipe();

/// A description of our own, O_NONBLOCK, of the terminal or FIFO behind an inherited descriptor, whose flags others share.
[[nodiscard]] Result<Fd> reopen_nonblocking(int fd, int access);

/// A whole file into memory; for files without a size (/proc) too. Fails with EFBIG over `limit` bytes.
[[nodiscard]] Task<Result<std::string>> read_file(std::string path, std::size_t limit = 64U << 20);
/// A small file that is answered from memory (/proc, /sys, /etc), read at once. Over 1 MiB: cut there.
[[nodiscard]] Result<std::string> read_small_file(const std::string& path);
/// Creates or truncates, writes in one call, closes.
[[nodiscard]] Task<Result<void>> write_file(std::string path, std::string data, mode_t mode = 0666);

}  // namespace reactor
