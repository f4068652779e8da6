// Names of the numbers in routes and rules, as iproute2's files in /etc/iproute2 have them from the start.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reactor/error.h"

namespace cmds::ip {

enum class Names { table, protocol, scope, route_type, neighbor_state };

/// The name, or the number as text.
std::string name_of(Names names, std::uint32_t number);
/// A name, or a number (0x… too) up to `most`.
reactor::Result<std::uint32_t> number_of(Names names, std::string_view text, std::uint32_t most);

}  // namespace cmds::ip
