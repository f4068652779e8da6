#include "boot/qemu_ports.h"

#include <algorithm>

#if defined(__x86_64__)
#include <sys/io.h>
#endif

namespace boot {

#if defined(__x86_64__)

void debug_exit(std::uint16_t port, int status) {
  if (::ioperm(port, 4, 1) < 0 && ::iopl(3) < 0) return;
  // Reads as 0x00 where the device is, 0xff where there is none.
  if (::inb(port) == 0xff) return;
  ::outl(static_cast<unsigned>(std::clamp(status, 0, 100) + 1), port);
}

bool debug_console_write(std::uint16_t port, std::string_view bytes) noexcept {
  if (::ioperm(port, 1, 1) < 0 && ::iopl(3) < 0) return false;
  // What the device answers, unless told otherwise (its property `readback`).
  if (::inb(port) != 0xe9) return false;
  for (const char byte : bytes) ::outb(static_cast<unsigned char>(byte), port);
  return true;
}

#else

void debug_exit(std::uint16_t, int) {}
bool debug_console_write(std::uint16_t, std::string_view) noexcept { return false; }

#endif

}  // namespace boot
