// Patterns against the file system.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shell {

/// The paths that match, sorted by bytes; names that begin with a dot only when the pattern's part does. Empty: none.
std::vector<std::string> glob_files(std::string_view pattern);

}  // namespace shell
