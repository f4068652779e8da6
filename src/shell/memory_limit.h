// How much of the machine one text may take: a pipe or a packed file that never ends must not take it all.
#pragma once

#include <cstdint>
#include <string_view>

namespace shell {

/// Half of this machine's memory, in bytes.
[[nodiscard]] std::uint64_t memory_limit() noexcept;
/// What is said of what is larger.
inline constexpr std::string_view over_memory_limit = "larger than half of this machine's memory";

}  // namespace shell
