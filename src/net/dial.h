// Stream and datagram sockets to and from addresses, for netcat.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

#include "net/resolve.h"
#include "reactor/fd.h"

namespace net {

/// A socket address with its length; its text is "192.0.2.1:80", "[fe80::1%2]:80" or the path of a UNIX socket.
struct Endpoint {
  sockaddr_storage storage{};
  socklen_t length = 0;

  static Endpoint of(const HostAddress& host, std::uint16_t port);
  static Result<Endpoint> unix_path(const std::string& path);
  [[nodiscard]] int family() const noexcept { return storage.ss_family; }
  [[nodiscard]] const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] std::string text() const;
};

/// The address that a socket is bound to.
Result<Endpoint> local_endpoint(int fd);

/// A connected socket. `own`: the address to connect from.
[[nodiscard]] Task<Result<reactor::Fd>> dial(Endpoint to, int type, std::optional<Endpoint> own);
/// A bound socket; one that listens when `type` is SOCK_STREAM. An IPv6 one is for IPv6 only. The path of a UNIX socket that
/// nobody listens on any more is taken over.
[[nodiscard]] Result<reactor::Fd> listen_on(const Endpoint& own, int type);

}  // namespace net
