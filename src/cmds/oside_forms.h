// The packet editor's forms for values that are more than a line of text: check boxes, lists, bytes. Each has the whole screen; Enter
// takes what is there, Esc leaves the old value. Errors are those of Screen::key().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "oside_packet.h"
#include "shell/dialogs.h"

namespace cmds::oside {

/// Bits of a number by name, or the members of a group; gives JSON.
[[nodiscard]] shell::Task<shell::Result<std::optional<std::string>>> edit_flags(shell::Screen& screen, std::string title, const proto::Field& field,
                                                                               std::string json);

/// A list (JSON), element by element; `packet`, which outlives it, is changed with every element that its layer takes. False: it is
/// as it was.
[[nodiscard]] shell::Task<shell::Result<bool>> edit_list(shell::Screen& screen, std::string title, std::string list, EditedPacket& packet,
                                                         std::size_t layer, std::size_t field);

/// Bytes in hex and as text. `fixed`: their number stays.
[[nodiscard]] shell::Task<shell::Result<std::optional<std::vector<std::uint8_t>>>> edit_bytes(shell::Screen& screen, std::string title,
                                                                                              std::vector<std::uint8_t> bytes, bool fixed);

}  // namespace cmds::oside
