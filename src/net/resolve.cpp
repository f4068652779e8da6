#include "net/resolve.h"

#include <ares.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <memory>
#include <optional>

#include "net/link.h"
#include "reactor/io.h"
#include "reactor/timeout.h"

namespace net {

namespace {

using reactor::failed;

struct Lookup {
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<HostAddress> found;
};

void answered(void* argument, int status, int, ares_addrinfo* result) {
  auto& lookup = *static_cast<Lookup*>(argument);
  lookup.done = true;
  lookup.status = status;
  if (result == nullptr) return;
  for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
    sockaddr_storage storage{};
    std::memcpy(&storage, node->ai_addr, std::min<std::size_t>(node->ai_addrlen, sizeof storage));
    if (const IpAddress address = address_of(storage)) lookup.found.push_back({address, 0});
  }
  ares_freeaddrinfo(result);
}

struct DestroyChannel {
  void operator()(ares_channeldata* channel) const noexcept { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, DestroyChannel>;

// All sockets of a channel behind one descriptor: readable when one of them has something to do. The set changes with every
// step of c-ares, so it is made anew each time.
Result<reactor::Fd> watch(ares_channel channel) {
  reactor::Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return failed("epoll_create1", {}, errno);
  ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
  const int bits = ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
  for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
    epoll_event event{};
    if (ARES_GETSOCK_READABLE(bits, i)) event.events |= EPOLLIN;
    if (ARES_GETSOCK_WRITABLE(bits, i)) event.events |= EPOLLOUT;
    if (event.events == 0) continue;
    event.data.fd = sockets[i];
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, sockets[i], &event) < 0) return failed("epoll_ctl", {}, errno);
  }
  return epoll;
}

Task<Result<short>> poll_task(int fd) {
  auto ready = co_await reactor::poll(fd, POLLIN);
  co_return ready;
}

void serve(ares_channel channel, int epoll) {
  epoll_event events[ARES_GETSOCK_MAXNUM];
  const int count = ::epoll_wait(epoll, events, ARES_GETSOCK_MAXNUM, 0);
  for (int i = 0; i < count; ++i) {
    const ares_socket_t fd = events[i].data.fd;
    const bool in = (events[i].events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0, out = (events[i].events & EPOLLOUT) != 0;
    ares_process_fd(channel, in ? fd : ARES_SOCKET_BAD, out ? fd : ARES_SOCKET_BAD);
  }
  if (count <= 0) ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // time has passed
}

Task<Result<std::vector<HostAddress>>> look_up(std::string host, int family) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS) co_return failed({}, host, ares_strerror(library));
  ares_channel raw = nullptr;
  ares_options options{};
  options.timeout = 2000;  // ms for the first try of each server; doubled for each further one
  options.tries = 3;
  const int made = ares_init_options(&raw, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (made != ARES_SUCCESS) co_return failed({}, host, ares_strerror(made));
  Lookup lookup;  // before the channel, whose end calls back into it
  const Channel channel(raw);
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  ares_getaddrinfo(raw, host.c_str(), nullptr, &hints, answered, &lookup);
  while (!lookup.done) {
    auto epoll = watch(raw);
    if (!epoll) co_return tl::unexpected(epoll.error());
    timeval longest{5, 0}, room{};
    const timeval* next = ares_timeout(raw, &longest, &room);
    const auto limit = std::chrono::seconds(next->tv_sec) + std::chrono::microseconds(next->tv_usec);
    auto ready = co_await reactor::with_timeout(limit, "resolve " + host, poll_task(epoll->get()));
    if (!ready && ready.error().code != ETIMEDOUT) co_return tl::unexpected(ready.error());
    serve(raw, epoll->get());
  }
  if (lookup.status != ARES_SUCCESS) co_return failed({}, host, ares_strerror(lookup.status));
  if (lookup.found.empty()) co_return failed({}, host, "has no address");
  co_return std::move(lookup.found);
}

}  // namespace

Task<Result<std::vector<HostAddress>>> resolve(std::string host, int family) {
  const Zoned zoned = split_zone(host);
  if (const auto address = parse_address(zoned.address)) {
    if (family != AF_UNSPEC && address->family != family)
      co_return failed({}, host, family == AF_INET ? "not an IPv4 address" : "not an IPv6 address");
    std::vector<HostAddress> one{{*address, 0}};
    if (!zoned.zone.empty()) {
      auto link = co_await find_link(std::string(zoned.zone));
      if (!link) co_return tl::unexpected(link.error());
      one[0].scope = static_cast<unsigned>(link->index);
    }
    co_return one;
  }
  if (host == "localhost") {  // RFC 6761 section 6.3: no server is asked, and an initrd has no /etc/hosts
    std::vector<HostAddress> own;
    for (const char* address : {"127.0.0.1", "::1"})
      if (const auto one = parse_address(address, family)) own.push_back({*one, 0});
    co_return own;
  }
  auto found = co_await look_up(std::move(host), family);
  co_return found;
}

}  // namespace net
