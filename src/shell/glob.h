// Patterns of file names, as in sh(1): * any text, ? one character, [a-z] one of a set, [!a-z] or [^a-z] one not
// in it, \c the character itself. Pure: names come from the caller.
#pragma once
#include <string_view>

namespace shell {

/// True when the whole of `text` is matched. Characters are UTF-8, an invalid byte counts as one. The time is at
// most the product of both lengths.
bool glob_match(std::string_view pattern, std::string_view text);

/// True when `pattern` holds an unescaped *, ? or [.
bool has_glob(std::string_view pattern);

}  // namespace shell
