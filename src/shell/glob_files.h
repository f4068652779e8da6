// Names of files that match a pattern.
#pragma once
#include <string>
#include <vector>

#include "reactor/error.h"
#include "reactor/task.h"

namespace shell {

/// The existing paths that `pattern` (glob.h, with / between components) matches, sorted by name. Names that begin with a
/// dot only match a pattern that does. None: an empty list. Directories are read in a child process: a slow share must
/// not hold up the loop, and io_uring cannot read them.
[[nodiscard]] reactor::Task<reactor::Result<std::vector<std::string>>> glob_files(std::string pattern);

}  // namespace shell
