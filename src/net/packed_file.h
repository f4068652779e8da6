// Files that may be packed: kernel modules, the kernel's configuration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

/// A file's content, unpacked when it is packed (gzip, zstd, xz); at most 256 MiB.
[[nodiscard]] reactor::Task<reactor::Result<std::vector<std::uint8_t>>> read_packed(std::string path);

}  // namespace net
