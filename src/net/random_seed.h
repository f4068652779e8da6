#pragma once
#include <cstdint>

namespace net {

/// A number that differs from run to run, from getrandom(2); the clock and the process id where the kernel has no random numbers yet.
/// Not for secrets.
[[nodiscard]] std::uint64_t random_seed() noexcept;

}  // namespace net
