// The binary as an ordinary program: `myinit`, `myinit -c LINES`, `myinit FILE.run`, `myinit COMMAND …`, and as modprobe.
#pragma once

#include <string>
#include <vector>

namespace boot {

/// `arguments[0]` is the name it was called by. Returns the exit status.
int run_program(std::vector<std::string> arguments);

}  // namespace boot
