// The line language: text to ast::Line.
//
//   line        chain, chain ; chain, chain & …; `#` at the start of a word begins a comment
//   chain       pipeline, pipeline && pipeline, pipeline || pipeline; from left to right, equal rank
//   pipeline    command, command | command
//   command     words and redirections in any order, or NAME=value
//   redirection [0]< FILE, [1|2]> FILE, [1|2]>> FILE, 2>&1, 1>&2; spaces do not matter after the sign
//   word        text, '…' (all literal), "…" (variables; backslash before \ " $), \c, and variables:
//               $NAME ${NAME} $? $# $@ $* $0…$9
//
// A backslash at the end of a line continues it, but not in a comment or in '…'. Quotes end on their line.
// NAME=value takes the rest of the line, spaces < > | & included, up to an unquoted ; && || or ` #`.
// Other signs that a shell gives a meaning to, ( ) ` $( { }, are plain text.
//
// The line is taken apart before variables are looked up: what a variable holds is never read as an operator,
// a quote or another variable. See expand.h for what becomes of it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "shell/ast.h"

namespace shell {

struct ParseError {
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 1;  // from 1, in UTF-8 characters
  std::string message;
};

struct Parsed {
  tl::expected<ast::Line, ParseError> line;
  std::size_t next = 0;         // offset behind this line; the text's size when it was the last one
  std::uint32_t next_line = 1;  // number of the line that begins there
  bool open = false;            // the text ends in a continuation: a prompt asks for more
};

/// Takes one logical line of `text`, which begins at offset `from` and is line number `line`. Linear in its length.
/// After an error `next` is behind the whole faulty line, continuations included.
Parsed parse_line(std::string_view text, std::size_t from = 0, std::uint32_t line = 1);

/// True when `text` can be the name of a variable: letters, digits, _ and no digit first.
bool is_name(std::string_view text);

}  // namespace shell
