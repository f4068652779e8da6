// What Tab offers: from the declaration of the command that is being typed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "shell/line_editor.h"
#include "shell/shell.h"

namespace shell {

/// Where the cursor stands in a line, the line's text up to it being all there is.
struct CompletionPoint {
  std::vector<std::string> words = {};  // of this command, before the one that is begun; quotes removed, variables as written
  std::string word = {};                // the begun one, maybe empty
  std::size_t from = 0;                 // where it begins in the text, its quote included
  char quote = 0;                       // the quote that is open
  bool file = false;                    // the name of a redirection's file
};
[[nodiscard]] CompletionPoint completion_point(std::string_view text);

/// Names for arguments of one kind. A room above registers those that only it knows; names of interfaces, modules, commands,
/// jobs, variables and files are known here.
using Completer = Task<std::vector<std::string>> (*)(Shell& shell);
void set_completer(Arg kind, Completer completer);

/// The candidates for a line up to the cursor.
[[nodiscard]] Task<Completion> find_completion(Shell& shell, std::string text);

}  // namespace shell
