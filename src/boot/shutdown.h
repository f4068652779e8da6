// The orderly end: files synced, shares unmounted.
#pragma once

#include <string>
#include <vector>

#include "reactor/task.h"

namespace boot {

/// Syncs and unmounts everything that is not the kernel's own, last mounted first; a file system that stays busy is detached or
/// made read-only. Returns a line for each that would not go. Takes 10 s at the most, and 10 s more for each that does not answer.
reactor::Task<std::vector<std::string>> release_file_systems();

}  // namespace boot
