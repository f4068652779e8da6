#include "boot/shutdown.h"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>

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

struct Mounted {
  std::string target, type;
};

// Octal escapes of /proc/mounts: a space is \040.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<Mounted> mounted(std::string_view table) {
  std::vector<Mounted> all;
  const auto next = [](std::string_view& rest, char end) {
    const std::size_t length = std::min(rest.find(end), rest.size());
    const std::string_view part = rest.substr(0, length);
    rest.remove_prefix(std::min(length + 1, rest.size()));
    return part;
  };
  for (std::string_view rest = table; !rest.empty();) {
    std::string_view line = next(rest, '\n');
    (void)next(line, ' ');  // the source
    const std::string target = plain(next(line, ' '));
    const std::string_view type = next(line, ' ');
    if (std::find(kVolatile.begin(), kVolatile.end(), type) == kVolatile.end()) all.push_back({target, std::string(type)});
  }
  std::reverse(all.begin(), all.end());
  return all;
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
  const auto sync_all = []() noexcept {
    ::sync();
    return 0;
  };
  auto synced = co_await reactor::with_timeout(kPatience, "sync", reactor::blocking("sync", sync_all));
  if (!synced) complaints.push_back("poweroff: " + synced.error().text());
  auto table = co_await reactor::read_file("/proc/mounts");
  if (!table) co_return complaints;
  for (const Mounted& m : mounted(*table)) {
    const std::string target = m.target;
    const auto call = [target]() noexcept { return release(target); };
    auto done = co_await reactor::with_timeout(kPatience, "umount", reactor::blocking("umount", call));
    if (!done) {
      done.error().on = m.target;
      complaints.push_back("poweroff: " + done.error().text());
    }
  }
  co_return complaints;
}

}  // namespace boot
