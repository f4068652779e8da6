#include "shell/memory_limit.h"

#include <unistd.h>

namespace shell {

std::uint64_t memory_limit() noexcept {
  return static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 2;
}

}  // namespace shell
