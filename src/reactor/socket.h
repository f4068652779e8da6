// Socket operations. Sockets are made by make_socket, which gives them the mode that the loop's back end wants.
#pragma once

#include <sys/socket.h>

#include <span>
#include <string_view>

#include "reactor/fd.h"
#include "reactor/op.h"

namespace reactor {

/// socket(2) with SOCK_CLOEXEC.
[[nodiscard]] Result<Fd> make_socket(int domain, int type, int protocol);

class Accept final : public Op {
 public:
  explicit Accept(int fd, sockaddr_storage* peer) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<Fd> await_resume();

 private:
  sockaddr_storage* peer_;
  socklen_t length_ = sizeof(sockaddr_storage);
};
/// accept4(2); `peer` (may be nullptr) gets the other side's address.
[[nodiscard]] Accept accept(int fd, sockaddr_storage* peer = nullptr) noexcept;

class Connect final : public Op {
 public:
  Connect(int fd, const sockaddr* address, socklen_t length) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<void> await_resume();

 private:
  sockaddr_storage address_{};
  socklen_t length_;
  bool begun_ = false;
};
/// connect(2), until it is connected or refused.
[[nodiscard]] Connect connect(int fd, const sockaddr* address, socklen_t length) noexcept;

/// sendmsg(2)/recvmsg(2). The msghdr and all that it points to must live as long as the await.
class SendMsg final : public Op {
 public:
  SendMsg(int fd, const msghdr* message, int flags, bool off_loop) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<std::size_t> await_resume();

 private:
  const msghdr* message_;
  int flags_;
};
[[nodiscard]] SendMsg sendmsg(int fd, const msghdr* message, int flags = 0) noexcept;
/// The same in a kernel worker from the start: for rtnetlink requests, which do their work inside sendmsg (deleting a veth: 43 ms).
[[nodiscard]] SendMsg sendmsg_off_loop(int fd, const msghdr* message, int flags = 0) noexcept;

class RecvMsg final : public Op {
 public:
  RecvMsg(int fd, msghdr* message, int flags) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<std::size_t> await_resume();

 private:
  msghdr* message_;
  int flags_;
};
[[nodiscard]] RecvMsg recvmsg(int fd, msghdr* message, int flags = 0) noexcept;

/// send(2)/recv(2).
class Send final : public Op {
 public:
  Send(int fd, std::string_view data, int flags) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<std::size_t> await_resume();

 private:
  std::string_view data_;
  int flags_;
};
[[nodiscard]] Send send(int fd, std::string_view data, int flags = 0) noexcept;

class Recv final : public Op {
 public:
  Recv(int fd, std::span<char> buffer, int flags) noexcept;
  void prep(io_uring_sqe* sqe) noexcept override;
  int attempt(bool may_block) noexcept override;
  Result<std::size_t> await_resume();

 private:
  std::span<char> buffer_;
  int flags_;
};
[[nodiscard]] Recv recv(int fd, std::span<char> buffer, int flags = 0) noexcept;

}  // namespace reactor
