#include "net/dial.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "reactor/socket.h"

namespace net {

namespace {

using reactor::checked;
using reactor::failed;

Result<void> set(int fd, int level, int option) {
  const int on = 1;
  return checked(::setsockopt(fd, level, option, &on, sizeof on), "setsockopt").map([](int) {});
}

// A socket file outlives its listener; only a refused connection says that there is none.
void remove_left_over(const Endpoint& own) {
  struct stat s {};
  const std::string path = own.text();
  if (::lstat(path.c_str(), &s) < 0 || !S_ISSOCK(s.st_mode)) return;
  const reactor::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(probe.get(), own.get(), own.length) < 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
}

}  // namespace

Endpoint Endpoint::of(const HostAddress& host, std::uint16_t port) {
  Endpoint out;
  out.length = make_sockaddr(out.storage, host.address, port, host.scope);
  return out;
}

Result<Endpoint> Endpoint::unix_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return failed({}, path, ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  Endpoint out;
  out.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  std::memcpy(&out.storage, &address, sizeof address);
  return out;
}

std::string Endpoint::text() const {
  if (family() == AF_UNIX) {
    sockaddr_un address{};
    std::memcpy(&address, &storage, sizeof address);
    return {address.sun_path, ::strnlen(address.sun_path, sizeof address.sun_path)};
  }
  const std::string host = address_of(storage).text();
  if (family() != AF_INET6) return fmt::format("{}:{}", host, port_of(storage));
  sockaddr_in6 v6{};
  std::memcpy(&v6, &storage, sizeof v6);
  const std::string zone = v6.sin6_scope_id != 0 ? fmt::format("%{}", v6.sin6_scope_id) : "";
  return fmt::format("[{}{}]:{}", host, zone, port_of(storage));
}

Result<Endpoint> local_endpoint(int fd) {
  Endpoint out;
  out.length = sizeof out.storage;
  TRY(got, checked(::getsockname(fd, reinterpret_cast<sockaddr*>(&out.storage), &out.length), "getsockname"));
  return out;
}

Task<Result<reactor::Fd>> dial(Endpoint to, int type, std::optional<Endpoint> own) {
  auto fd = reactor::make_socket(to.family(), type, 0);
  if (!fd) co_return fd;
  if (own) {
    CO_TRY_VOID(set(fd->get(), SOL_SOCKET, SO_REUSEADDR));
    CO_TRY(bound, checked(::bind(fd->get(), own->get(), own->length), "connect from", own->text()));
  }
  auto connected = co_await reactor::connect(fd->get(), to.get(), to.length);
  if (!connected) {
    connected.error().tried = "connect to";
    connected.error().on = to.text();
    co_return tl::unexpected(connected.error());
  }
  co_return fd;
}

Result<reactor::Fd> listen_on(const Endpoint& own, int type) {
  TRY(fd, reactor::make_socket(own.family(), type, 0));
  if (own.family() == AF_UNIX)
    remove_left_over(own);
  else
    TRY_VOID(set(fd.get(), SOL_SOCKET, SO_REUSEADDR));
  if (own.family() == AF_INET6) TRY_VOID(set(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY));
  TRY(bound, checked(::bind(fd.get(), own.get(), own.length), "listen on", own.text()));
  if (type == SOCK_STREAM) TRY_VOID(checked(::listen(fd.get(), SOMAXCONN), "listen on", own.text()).map([](int) {}));
  return std::move(fd);
}

}  // namespace net
