// Last words: a fatal signal in PID 1 is reported, the disks are synced and the machine is powered off, instead of a silent panic.
#pragma once

#include <cstdint>

namespace boot {

/// Installs the handlers. `panic TEXT` goes to QEMU's debug console at I/O port `debug_console` (or 0), else to the descriptor
/// `status_port` (or -1); see status_port.h.
void install_crash_handlers(int status_port, std::uint16_t debug_console);

/// Ends the machine at once, without any ceremony: power-off where the machine can, else a reboot call (which ends a
/// Firecracker machine, and QEMU under -no-reboot). Does not return.
[[noreturn]] void end_machine(bool restart);

}  // namespace boot
