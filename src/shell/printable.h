// Foreign text in messages.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace shell {

/// `text` with control characters and invalid UTF-8 as \xNN, cut with … after `limit` characters: what a script or a file
/// holds must not steer the terminal.
std::string printable(std::string_view text, std::size_t limit = 100);

}  // namespace shell
