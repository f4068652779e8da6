#include "reactor/socket.h"

#include <liburing.h>
#include <poll.h>

#include <cerrno>
#include <cstring>

#include "reactor/loop.h"

namespace reactor {

namespace {

// On epoll every call is a try; io_uring waits by itself.
int try_flags(int flags, bool may_block) { return (may_block ? flags : flags | MSG_DONTWAIT) | MSG_NOSIGNAL; }

int code(long n) { return n < 0 ? -errno : static_cast<int>(n); }

Result<std::size_t> as_size(int res, const char* name) {
  return result(res, name).map([](int n) { return static_cast<std::size_t>(n); });
}

}  // namespace

Result<Fd> make_socket(int domain, int type, int protocol) {
  const int fd = ::socket(domain, type | SOCK_CLOEXEC | Loop::current().nonblocking_flag(), protocol);
  if (fd < 0) return failed("socket", {}, errno);
  return Fd(fd);
}

Accept::Accept(int fd, sockaddr_storage* peer) noexcept : Op("accept", fd, POLLIN), peer_(peer) {}
void Accept::prep(io_uring_sqe* sqe) noexcept {
  io_uring_prep_accept(sqe, fd(), reinterpret_cast<sockaddr*>(peer_), peer_ != nullptr ? &length_ : nullptr, SOCK_CLOEXEC);
}
int Accept::attempt(bool) noexcept {
  return code(::accept4(fd(), reinterpret_cast<sockaddr*>(peer_), peer_ != nullptr ? &length_ : nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}
Result<Fd> Accept::await_resume() {
  return result(res_, name()).map([](int fd) { return Fd(fd); });
}
Accept accept(int fd, sockaddr_storage* peer) noexcept { return Accept(fd, peer); }

Connect::Connect(int fd, const sockaddr* address, socklen_t length) noexcept : Op("connect", fd, POLLOUT), length_(length) {
  std::memcpy(&address_, address, length);
}
void Connect::prep(io_uring_sqe* sqe) noexcept {
  io_uring_prep_connect(sqe, fd(), reinterpret_cast<const sockaddr*>(&address_), length_);
}
int Connect::attempt(bool) noexcept {
  if (!begun_) {
    const int res = code(::connect(fd(), reinterpret_cast<const sockaddr*>(&address_), length_));
    if (res != -EINPROGRESS) return res;  // for a UNIX socket EAGAIN says that the queue is full: the same as "later"
    begun_ = true;
    return -EAGAIN;
  }
  pollfd p{fd(), POLLOUT, 0};
  if (::poll(&p, 1, 0) == 0) return -EAGAIN;
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) < 0) return -errno;
  return -error;
}
Result<void> Connect::await_resume() {
  return result(res_, name()).map([](int) {});
}
Connect connect(int fd, const sockaddr* address, socklen_t length) noexcept { return {fd, address, length}; }

SendMsg::SendMsg(int fd, const msghdr* message, int flags, bool off_loop) noexcept
    : Op("sendmsg", fd, POLLOUT), message_(message), flags_(flags) {
  force_async_ = off_loop;
}
void SendMsg::prep(io_uring_sqe* sqe) noexcept {
  io_uring_prep_sendmsg(sqe, fd(), message_, static_cast<unsigned>(flags_) | MSG_NOSIGNAL);
}
int SendMsg::attempt(bool may_block) noexcept { return code(::sendmsg(fd(), message_, try_flags(flags_, may_block))); }
Result<std::size_t> SendMsg::await_resume() { return as_size(res_, name()); }
SendMsg sendmsg(int fd, const msghdr* message, int flags) noexcept { return {fd, message, flags, false}; }
SendMsg sendmsg_off_loop(int fd, const msghdr* message, int flags) noexcept { return {fd, message, flags, true}; }

RecvMsg::RecvMsg(int fd, msghdr* message, int flags) noexcept : Op("recvmsg", fd, POLLIN), message_(message), flags_(flags) {}
void RecvMsg::prep(io_uring_sqe* sqe) noexcept { io_uring_prep_recvmsg(sqe, fd(), message_, static_cast<unsigned>(flags_)); }
int RecvMsg::attempt(bool may_block) noexcept { return code(::recvmsg(fd(), message_, try_flags(flags_, may_block))); }
Result<std::size_t> RecvMsg::await_resume() { return as_size(res_, name()); }
RecvMsg recvmsg(int fd, msghdr* message, int flags) noexcept { return {fd, message, flags}; }

Send::Send(int fd, std::string_view data, int flags) noexcept : Op("send", fd, POLLOUT), data_(data), flags_(flags) {}
void Send::prep(io_uring_sqe* sqe) noexcept { io_uring_prep_send(sqe, fd(), data_.data(), data_.size(), flags_ | MSG_NOSIGNAL); }
int Send::attempt(bool may_block) noexcept { return code(::send(fd(), data_.data(), data_.size(), try_flags(flags_, may_block))); }
Result<std::size_t> Send::await_resume() { return as_size(res_, name()); }
Send send(int fd, std::string_view data, int flags) noexcept { return {fd, data, flags}; }

Recv::Recv(int fd, std::span<char> buffer, int flags) noexcept : Op("recv", fd, POLLIN), buffer_(buffer), flags_(flags) {}
void Recv::prep(io_uring_sqe* sqe) noexcept { io_uring_prep_recv(sqe, fd(), buffer_.data(), buffer_.size(), flags_); }
int Recv::attempt(bool may_block) noexcept { return code(::recv(fd(), buffer_.data(), buffer_.size(), try_flags(flags_, may_block))); }
Result<std::size_t> Recv::await_resume() { return as_size(res_, name()); }
Recv recv(int fd, std::span<char> buffer, int flags) noexcept { return {fd, buffer, flags}; }

}  // namespace reactor
