// The text of a JSON object, of which one value is changed and all else stays as it was written: key order, unknown keys, blanks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/error.h"

namespace proto {

/// Views into the object's text; `key` is unescaped.
struct JsonMember {
  std::string key;
  std::string_view value;
};

/// One JSON value and nothing else.
[[nodiscard]] bool is_json(std::string_view text);
/// A string as JSON, with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

/// The members in the order of the text.
[[nodiscard]] Result<std::vector<JsonMember>> json_members(std::string_view object);
/// The values of a list, in its order.
[[nodiscard]] Result<std::vector<std::string_view>> json_elements(std::string_view list);
/// The text of a member's value, the last one's if the key is repeated; empty if there is none.
[[nodiscard]] std::string_view json_value(std::string_view object, std::string_view key);
/// Puts another value (JSON text) in the place of the one that json_value() finds; a new member goes to the end, or with
/// `first` to the front. `object` is one that json_members() reads.
void set_json_value(std::string& object, std::string_view key, std::string_view value, bool first = false);

}  // namespace proto
