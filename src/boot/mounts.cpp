#include "boot/mounts.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "net/mounts.h"
#include "reactor/error.h"

namespace boot {

namespace {

struct Mount {
  const char* type;
  const char* target;
  unsigned long flags;
  const char* data;
};
// Order matters: /dev before /dev/pts. These calls touch nothing but kernel memory, so they need no detour off the loop,
// which does not run yet.
constexpr Mount kMounts[] = {
    {"proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr},
    {"sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr},
    {"devtmpfs", "/dev", MS_NOSUID, "mode=0755"},
    {"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620,ptmxmode=0666"},
    {"tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777"},
    {"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755"},
};

struct Node {
  const char* path;
  mode_t mode;
  unsigned major, minor;
};
// For a kernel without devtmpfs; Documentation/admin-guide/devices.txt.
constexpr Node kNodes[] = {
    {"/dev/null", S_IFCHR | 0666, 1, 3},    {"/dev/zero", S_IFCHR | 0666, 1, 5},   {"/dev/full", S_IFCHR | 0666, 1, 7},
    {"/dev/random", S_IFCHR | 0666, 1, 8},  {"/dev/urandom", S_IFCHR | 0666, 1, 9}, {"/dev/kmsg", S_IFCHR | 0600, 1, 11},
    {"/dev/tty", S_IFCHR | 0666, 5, 0},     {"/dev/console", S_IFCHR | 0600, 5, 1}, {"/dev/ptmx", S_IFCHR | 0666, 5, 2},
    {"/dev/ttyS0", S_IFCHR | 0600, 4, 64},  {"/dev/hvc0", S_IFCHR | 0600, 229, 0},
};

bool do_mount(const Mount& m) { return ::mount(m.type, m.target, m.type, m.flags, m.data) == 0; }

void make_nodes(std::vector<std::string>& complaints) {
  if (!do_mount({"tmpfs", "/dev", MS_NOSUID, "mode=0755"})) return;
  for (const Node& node : kNodes)
    if (::mknod(node.path, node.mode, makedev(node.major, node.minor)) < 0 && errno != EEXIST)
      complaints.push_back("boot: make " + std::string(node.path) + ": " + reactor::errno_text(errno));
  ::mkdir("/dev/pts", 0755);
  ::mkdir("/dev/net", 0755);
}

}  // namespace

std::vector<std::string> mount_base() {
  std::vector<std::string> complaints;
  ::umask(022);
  for (const Mount& m : kMounts) {
    ::mkdir(m.target, 0755);
    if (net::is_mount_point(m.target) || do_mount(m)) continue;
    const int error = errno;
    complaints.push_back("boot: mount " + std::string(m.type) + " at " + m.target + ": " + reactor::errno_text(error));
    if (std::string_view(m.type) == "devtmpfs") make_nodes(complaints);
  }
  // What many programs take for granted, and devtmpfs leaves to user space.
  for (const auto& [target, link] : {std::pair{"/proc/self/fd", "/dev/fd"}, std::pair{"/proc/self/fd/0", "/dev/stdin"},
                                     std::pair{"/proc/self/fd/1", "/dev/stdout"}, std::pair{"/proc/self/fd/2", "/dev/stderr"}})
    if (::symlink(target, link) < 0 && errno != EEXIST && errno != ENOENT)
      complaints.push_back("boot: link " + std::string(link) + ": " + reactor::errno_text(errno));
  return complaints;
}

}  // namespace boot
