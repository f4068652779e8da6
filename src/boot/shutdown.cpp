#include "boot/shutdown.h"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "net/mounts.h"
#include "reactor/blocking.h"
#include "reactor/io.h"
#include "reactor/timeout.h"

namespace boot {

namespace {

using reactor::Task;

constexpr reactor::Nanoseconds kPatience{10'000'000'000};

// Nothing in these outlives the machine.
constexpr std::array<std::string_view, 16> kVolatile{"proc",   "sysfs",   "devtmpfs", "devpts",  "tmpfs",     "ramfs",   "rootfs",     "tracefs",
                                                     "debugfs", "cgroup2", "cgroup",   "bpf",     "securityfs", "mqueue", "configfs", "overlay"};

bool is_volatile(const net::Mounted& mounted) {
  return std::find(kVolatile.begin(), kVolatile.end(), mounted.type) != kVolatile.end();
}

// All of it in one process, as it goes when nothing resists; else EBUSY.
int release_all() noexcept {
  ::sync();
  const auto text = reactor::read_small_file("/proc/self/mounts");
  if (!text) return text.error().code;
  // The last ones first: they may lie within others.
  const auto table = net::parse_mounts(*text);
  for (auto m = table.rbegin(); m != table.rend(); ++m)
    if (!is_volatile(*m) && ::umount2(m->target.c_str(), 0) < 0) return EBUSY;
  return 0;
}

int release(const std::string& target) {
  if (::umount2(target.c_str(), 0) == 0) return 0;
  const int error = errno;
  if (::mount(nullptr, target.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0) return 0;
  return ::umount2(target.c_str(), MNT_FORCE | MNT_DETACH) == 0 ? 0 : error;
}

}  // namespace

Task<std::vector<std::string>> release_file_systems() {
  std::vector<std::string> complaints;
  auto released = co_await reactor::with_timeout(kPatience, "sync and unmount", reactor::blocking("sync and unmount", release_all));
  if (released) co_return complaints;
  // What resists is dealt with by itself.
  if (released.error().code != EBUSY) complaints.push_back("poweroff: " + released.error().text());
  auto table = co_await net::mounts();
  if (!table) co_return complaints;
  for (auto m = table->rbegin(); m != table->rend(); ++m) {
    if (is_volatile(*m)) continue;
    const std::string target = m->target;
    const auto call = [target]() noexcept { return release(target); };
    auto done = co_await reactor::with_timeout(kPatience, "umount", reactor::blocking("umount", call));
    if (!done) {
      done.error().on = target;
      complaints.push_back("poweroff: " + done.error().text());
    }
  }
  co_return complaints;
}

}  // namespace boot
