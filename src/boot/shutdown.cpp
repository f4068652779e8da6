#include "boot/shutdown.h"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "net/mounts.h"
#include "reactor/blocking.h"
#include "reactor/timeout.h"

namespace boot {

namespace {

using reactor::Task;

constexpr reactor::Nanoseconds kPatience{10'000'000'000};

// Nothing in these outlives the machine.
constexpr std::array<std::string_view, 16> kVolatile{"proc",   "sysfs",   "devtmpfs", "devpts",  "tmpfs",     "ramfs",   "rootfs",     "tracefs",
                                                     "debugfs", "cgroup2", "cgroup",   "bpf",     "securityfs", "mqueue", "configfs", "overlay"};

int release(const std::string& target) {
  if (::umount2(target.c_str(), 0) == 0) return 0;
  const int error = errno;
  if (::mount(nullptr, target.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0) return 0;
  return ::umount2(target.c_str(), MNT_FORCE | MNT_DETACH) == 0 ? 0 : error;
}

}  // namespace

Task<std::vector<std::string>> release_file_systems() {
  std::vector<std::string> complaints;
  const auto sync_all = []() noexcept {
    ::sync();
    return 0;
  };
  auto synced = co_await reactor::with_timeout(kPatience, "sync", reactor::blocking("sync", sync_all));
  if (!synced) complaints.push_back("poweroff: " + synced.error().text());
  auto table = co_await net::mounts();
  if (!table) co_return complaints;
  // The last ones first: they may lie within others.
  for (auto m = table->rbegin(); m != table->rend(); ++m) {
    if (std::find(kVolatile.begin(), kVolatile.end(), m->type) != kVolatile.end()) continue;
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
