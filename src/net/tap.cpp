#include "net/tap.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "net/link.h"
#include "net/modules.h"
#include "reactor/io.h"
#include "reactor/loop.h"

namespace net {

namespace {

using reactor::failed;
using reactor::Fd;

constexpr const char* kNode = "/dev/net/tun";

// The node is c 10 200 (Documentation/admin-guide/devices.txt).
Result<void> make_node() {
  (void)::mkdir("/dev", 0755);
  (void)::mkdir("/dev/net", 0755);
  if (::mknod(kNode, S_IFCHR | 0666, makedev(10, 200)) < 0 && errno != EEXIST) return failed("make", kNode, errno);
  return {};
}

Task<Result<Fd>> open_node() {
  auto fd = co_await reactor::open_file(kNode, O_RDWR | O_NONBLOCK);
  if (!fd && fd.error().code == ENOENT) {
    CO_TRY_VOID(make_node());
    fd = co_await reactor::open_file(kNode, O_RDWR | O_NONBLOCK);
  }
  // A node without its driver. Where the kernel's own request for the module has not helped, load it from wherever it lies.
  if (!fd && (fd.error().code == ENODEV || fd.error().code == ENXIO)) {
    ModuleTree tree;
    auto loaded = co_await load_module(tree, "tun");
    if (!loaded) co_return failed("load", "module tun", loaded.error().text());
    fd = co_await reactor::open_file(kNode, O_RDWR | O_NONBLOCK);
  }
  co_return fd;
}

// Attaches the descriptor as a queue; the interface is made by the first one. `name` becomes what the kernel made of "tap%d".
Result<void> attach(int fd, TapSettings& settings) {
  ifreq request{};
  settings.name.copy(request.ifr_name, IFNAMSIZ - 1);
  int flags = (settings.tun ? IFF_TUN : IFF_TAP) | IFF_NO_PI;
  if (settings.queues > 1) flags |= IFF_MULTI_QUEUE;
  request.ifr_flags = static_cast<short>(flags);
  TRY(made, reactor::checked(::ioctl(fd, TUNSETIFF, &request), {}, settings.name));
  settings.name = request.ifr_name;
  return {};
}

Task<Result<void>> set_mac(std::string name, proto::Mac mac) {
  auto netlink = Netlink::open();
  if (!netlink) co_return tl::unexpected(netlink.error());
  auto link = co_await find_link(*netlink, name);
  if (!link) co_return tl::unexpected(link.error());
  LinkChange change;
  change.address.emplace(mac.bytes.begin(), mac.bytes.end());
  auto done = co_await change_link(*netlink, *link, std::move(change));
  co_return done;
}

// A frame that is read into a shorter buffer is cut, and gone: that is all we want.
Task<void> drain(std::shared_ptr<Tap> tap, std::size_t queue) {
  std::array<char, 64> scrap;
  for (;;) {
    auto ready = co_await reactor::poll(tap->fd(queue), POLLIN);
    if (!ready) co_return;
    for (;;) {
      const ssize_t n = ::read(tap->fd(queue), scrap.data(), scrap.size());
      if (n < 0 && errno == EAGAIN) break;
      if (n < 0) co_return;  // EBADFD: the interface was deleted by someone else
      ++tap->counters.unread;
      if (reactor::Loop::current().slice_used()) break;
    }
    co_await reactor::yield();
  }
}

std::vector<std::shared_ptr<reactor::Job>> start_drains(reactor::JobScope& background, const std::shared_ptr<Tap>& tap) {
  std::vector<std::shared_ptr<reactor::Job>> jobs;
  for (std::size_t queue = 0; queue < tap->queue_count(); ++queue)
    jobs.push_back(background.spawn("drain " + tap->name(), drain(tap, queue)));
  return jobs;
}

Task<Result<void>> stop_jobs(std::vector<std::shared_ptr<reactor::Job>> jobs) {
  for (const auto& job : jobs) job->request_stop();
  for (const auto& job : jobs) {
    auto ended = co_await job->finished();
    if (!ended) co_return tl::unexpected(ended.error());
  }
  co_return Result<void>();
}

}  // namespace

Result<void> Tap::write(Bytes frame) {
  TRY(n, reactor::checked(::write(fd(), frame.data(), frame.size()), "write to", name()));
  ++counters.written;
  return {};
}

TapReader::~TapReader() {
  if (!tap_) return;
  tap_->reader_.clear();
  tap_->drains_ = start_drains(*background_, tap_);
}

Task<Result<std::size_t>> TapReader::read(std::span<char> buffer, std::size_t queue) {
  auto n = co_await reactor::read(tap_->fd(queue), buffer);
  if (n) ++tap_->counters.read;
  co_return n;
}

Task<Result<std::shared_ptr<Tap>>> Taps::add(reactor::JobScope& background, TapSettings settings) {
  CO_TRY_VOID(check_link_name(settings.name));
  if (find(settings.name)) co_return failed({}, settings.name, EEXIST);
  std::vector<Fd> queues;
  for (unsigned i = 0; i < settings.queues; ++i) {
    auto fd = co_await open_node();
    if (!fd) co_return tl::unexpected(fd.error());
    CO_TRY_VOID(attach(fd->get(), settings));
    queues.push_back(std::move(*fd));
  }
  if (settings.mac) {
    auto done = co_await set_mac(settings.name, *settings.mac);
    if (!done) co_return tl::unexpected(done.error());
  }
  auto link = co_await find_link(settings.name);
  if (!link) co_return tl::unexpected(link.error());
  if (settings.persist) {
    CO_TRY(kept, reactor::checked(::ioctl(queues.front().get(), TUNSETPERSIST, 1), "persist", settings.name));
  }
  auto tap = std::make_shared<Tap>(std::move(settings), link->index, std::move(queues));
  tap->drains_ = start_drains(background, tap);
  taps_.emplace(tap->name(), tap);
  co_return tap;
}

Task<Result<void>> Taps::remove(std::string name) {
  auto netlink = Netlink::open();
  if (!netlink) co_return tl::unexpected(netlink.error());
  const auto found = taps_.find(name);
  std::shared_ptr<Tap> tap = found == taps_.end() ? nullptr : found->second;
  auto link = co_await find_link(*netlink, name);
  if (link && !tap && link->kind != "tun") co_return failed({}, name, "not a TAP or TUN interface");
  if (!link && !tap) co_return tl::unexpected(link.error());
  if (tap) {
    auto stopped = co_await stop_jobs(tap->drains_);
    if (!stopped) co_return stopped;
    taps_.erase(name);
  }
  // By rtnetlink and not by the last close: its acknowledgement says that the interface is gone, and a reader that still
  // holds the descriptor gets an error. It may have got another name meanwhile, or be gone already.
  if (tap) {
    link = co_await find_link(*netlink, tap->link());
  }
  if (link) {
    auto deleted = co_await delete_link(*netlink, *link);
    if (!deleted) co_return deleted;
  }
  if (tap && tap.use_count() == 1)
    for (Fd& queue : tap->queues_) {
      auto closed = co_await reactor::close(std::move(queue));
      if (!closed) co_return closed;
    }
  co_return Result<void>();
}

std::shared_ptr<Tap> Taps::find(std::string_view name) const {
  const auto found = taps_.find(name);
  return found == taps_.end() ? nullptr : found->second;
}

Task<Result<TapReader>> Taps::take(reactor::JobScope& background, std::string name, std::string who) {
  const auto tap = find(name);
  if (!tap) co_return failed({}, name, "not an interface made by tap");
  if (!tap->reader_.empty()) co_return failed({}, name, "is read by " + tap->reader_);
  tap->reader_ = std::move(who);
  TapReader reader(tap, background);  // from here on its end puts things back
  auto stopped = co_await stop_jobs(std::move(tap->drains_));
  if (!stopped) co_return tl::unexpected(stopped.error());
  co_return std::move(reader);
}

}  // namespace net
