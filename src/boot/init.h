// PID 1: mounts, three boot stages, console, reaping, and the orderly end.
#pragma once

namespace boot {

/// Does not return: the machine ends.
[[noreturn]] void run_init();

}  // namespace boot
