// I/O ports by which QEMU's devices are told something at once, without a driver. x86 only; elsewhere nothing happens.
#pragma once

#include <cstdint>
#include <string_view>

namespace boot {

/// isa-debug-exit: ends QEMU with 2v+1, v = min(status, 100) + 1. Returns when there is no such device.
void debug_exit(std::uint16_t port, int status);

/// isa-debugcon: the host has the bytes when this returns. False when there is no such device. Safe in a signal handler.
bool debug_console_write(std::uint16_t port, std::string_view bytes) noexcept;

}  // namespace boot
