// The virtio-serial port `myinit.status`: what the host learns of us does not share a line with the console or the kernel's log.
// Until the port is there, lines go to QEMU's debug console where the host has named one: it needs no driver.
//
// Text lines, guest to host (initrd/run.py is the other end):
//   init          we are alive
//   console       the console is open: what is typed now is read
//   beat          once a second while the heartbeat is on
//   user N        the first user command begins, N microseconds after our start
//   status N why  once, before the machine ends; N 0-255
//   panic TEXT    from the crash handler
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/error.h"
#include "reactor/fd.h"
#include "reactor/task.h"

namespace boot {

class StatusPort {
 public:
  /// Names QEMU's debug console, by its I/O port, and says `init` there.
  void use_debug_console(std::uint16_t port);
  [[nodiscard]] bool has_debug_console() const noexcept { return debug_console_ != 0; }
  /// Looks for the port, says `init` and what was said before; false when there is none, or nobody at its other end (yet).
  bool open();
  /// Waits until open() does it. Fails when there is still no port after 10 s.
  [[nodiscard]] reactor::Task<reactor::Result<void>> appear();
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(fd_); }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// A line; without a port, or with nobody at its other end, it goes to the debug console. Without that either it is dropped, but
  /// the first few are kept until the port is open.
  void say(std::string_view line) { say_within(line, 0); }
  /// The last line of all, and the end of the port: the host has it when this returns. The loop stands still meanwhile, up to half
  /// a second.
  void say_last(std::string_view line);
  /// `beat`, every second, until stopped.
  [[nodiscard]] reactor::Task<void> heartbeat();

 private:
  static constexpr std::size_t kEarlyLines = 4;
  [[nodiscard]] bool writable(int patience_ms) const;
  [[nodiscard]] bool write(std::string_view text, int patience_ms) const;
  void say_within(std::string_view line, int patience_ms);

  reactor::Fd fd_;
  std::uint16_t debug_console_ = 0;
  std::vector<std::string> early_;
};

}  // namespace boot
