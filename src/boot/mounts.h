// The file systems that a Linux user space stands on.
#pragma once

#include <string>
#include <vector>

namespace boot {

/// Mounts proc, sysfs, devtmpfs (or a tmpfs with the device nodes that we need), devpts, and tmpfs on /tmp and /run, where they are
/// missing. One line for each that cannot be had; boot goes on.
std::vector<std::string> mount_base();

}  // namespace boot
