// Field values in the packet editor: as a person reads and types them, and as JSON.
#pragma once

#include <string>
#include <string_view>

#include "proto/error.h"
#include "proto/layer.h"

namespace cmds::oside {

/// In one line: strings without quotes, bytes in hex, the members of a group by name; other JSON as it is.
std::string value_text(const proto::Field& field, std::string_view json);

/// What helps to understand a number: the layer that it leads to, its bits by name, else hex. Empty where that says nothing.
std::string value_note(const proto::Field& field, std::string_view json);

/// "decimal 2048, hex 0x0800, binary 0000 1000 0000 0000" of a number; the names that a field takes; or its form in words.
std::string value_help(const proto::Field& field, std::string_view json);

/// What was typed as JSON: numbers decimal, 0x… or 0b…, bits and layers by name, bytes in hex, members of groups ("dont_fragment,
/// fragment_offset=185"), "<auto>" and "<random>"; JSON stays as it is. Whether the layer takes the value is for its own readers.
proto::Result<std::string> value_json(const proto::Field& field, std::string_view typed);

/// Numbers of a JSON value of which value_json() was made; false if it is none.
bool value_number(std::string_view json, std::uint64_t& number);

}  // namespace cmds::oside
