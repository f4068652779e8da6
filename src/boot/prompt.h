// `myinit` without arguments: the console on a terminal, else the lines of a pipe or file, one after the other.
#pragma once

#include "shell/shell.h"

namespace boot {

/// Status of the last line.
reactor::Task<int> prompt(shell::Shell& shell, shell::Streams streams);

}  // namespace boot
