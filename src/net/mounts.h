// The mounted file systems, and mounting.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

struct Mounted {
  std::string source, target, type, options;
};

/// Text of /proc/mounts; its octal escapes undone.
[[nodiscard]] std::vector<Mounted> parse_mounts(std::string_view text);
/// In the order in which they were mounted.
[[nodiscard]] reactor::Task<reactor::Result<std::vector<Mounted>>> mounts();
/// By looking at the directory, so without /proc too. False when there is no such directory.
[[nodiscard]] bool is_mount_point(const std::string& directory);

struct MountRequest {
  std::string source, target;
  std::string type;         // empty: tries the types of /proc/filesystems that live on devices
  unsigned long flags = 0;  // MS_…, as mount(2) has them
  std::string data;         // what is for the file system
};

/// Splits `-o` words into flags and the file system's own data, both added to the request.
void add_mount_options(MountRequest& request, std::string_view options);
/// Mounts, off the loop. The target must be there. A read-only bind takes two calls, a change of propagation one more.
[[nodiscard]] reactor::Task<reactor::Result<void>> mount(MountRequest request);
/// Types that the kernel knows now; `on_device` leaves out those that need none.
[[nodiscard]] reactor::Task<reactor::Result<std::vector<std::string>>> filesystem_types(bool on_device);

/// How a 9p share of a virtual machine is mounted. msize: twice as fast as the default on Linux 6.1, far more before 5.15.
inline constexpr std::string_view p9_options = "trans=virtio,version=9p2000.L,msize=512000";
/// Tags of the virtio 9p shares that the machine offers; the error says why one cannot know.
[[nodiscard]] reactor::Result<std::vector<std::string>> p9_tags();
/// Why mounting share `tag` failed, found by looking: a module that is not loaded, a tag that is not there. Empty: unknown.
[[nodiscard]] reactor::Task<std::string> why_no_p9(std::string tag);

}  // namespace net
