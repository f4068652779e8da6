// Reading a directory.
#pragma once

#include <string>
#include <vector>

#include "reactor/error.h"

namespace reactor {

/// Names in a directory without "." and "..", sorted by bytes. A plain call: io_uring has none for it.
[[nodiscard]] Result<std::vector<std::string>> directory_names(const std::string& path);

}  // namespace reactor
