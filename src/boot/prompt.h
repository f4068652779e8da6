// Lines from a terminal or a pipe, one after the other, until the end.
#pragma once

#include "shell/shell.h"

namespace boot {

/// Status of the last line.
reactor::Task<int> prompt(shell::Shell& shell, shell::Streams streams);

}  // namespace boot
