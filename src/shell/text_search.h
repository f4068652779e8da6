// Regular expressions in long texts, line by line as grep does: `^` and `$` are a line's ends, and a carriage return before the
// newline is no part of it. A line of more than 1 MiB is searched in pieces.
#pragma once

#include <optional>

#include "reactor/task.h"
#include "shell/pattern.h"
#include "shell/text_buffer.h"

namespace shell {

/// What was typed to be searched for: upper and lower case matter when it has capitals.
[[nodiscard]] reactor::Result<Pattern> search_pattern(std::string_view text);

/// The first match that begins at `from` or behind it. Other jobs run meanwhile; bytes may be added to the text, but it must not
/// change. Errors: the pattern takes too long on a line; stopped.
[[nodiscard]] reactor::Task<reactor::Result<std::optional<Pattern::Match>>> find_forward(const Text& text, const Pattern& pattern, std::size_t from);
/// The last match that begins before `before`.
[[nodiscard]] reactor::Task<reactor::Result<std::optional<Pattern::Match>>> find_backward(const Text& text, const Pattern& pattern, std::size_t before);

/// Whole lines from the start of one on: about 64 KiB, or a line's first piece. Empty at the end.
[[nodiscard]] std::string lines_from(const Text& text, std::size_t at);

}  // namespace shell
