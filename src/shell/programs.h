// External programs: where they are.
#pragma once

#include <string>
#include <vector>

#include "shell/shell.h"

namespace shell {

/// The files that a name may mean: itself when it has a slash, else those in the folders of $PATH (the shell's variable, the
/// program's environment, or the usual folders) that can be run. Empty: none.
[[nodiscard]] std::vector<std::string> find_programs(const Shell& shell, const std::string& name);

/// The environment of a program that the shell starts: the shell's own, with the shell's variables over it.
[[nodiscard]] std::vector<std::string> program_environment(Shell& shell);

}  // namespace shell
