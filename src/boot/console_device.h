// PID 1's console: the device that the kernel's `console=` names, opened as soon as it can be.
#pragma once

#include <memory>
#include <string>

#include "reactor/stream.h"
#include "reactor/timer.h"

namespace boot {

class ConsoleDevice {
 public:
  /// Descriptors 0-2 are open afterwards, on the console or on /dev/null: with a modular virtio_console the kernel starts init with
  /// all three closed.
  static void fill_standard_descriptors();

  /// Opens the device; false when the kernel has none (yet), so that what is printed is kept for it. Makes it 0-2.
  bool open();
  [[nodiscard]] bool is_open() const noexcept { return static_cast<bool>(fd_); }
  /// Not shared with anybody, O_NONBLOCK; -1 when not open. Children get 0-2.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  /// Prints on the console; until it can be opened, keeps the last 64 KiB.
  reactor::Task<reactor::Result<void>> print(std::string_view text);

  /// Waits for a key for the given time: true when one was pressed. It is not echoed and nobody else gets it. At the end of
  /// input (a line that hangs up) it only waits.
  reactor::Task<reactor::Result<bool>> key_within(reactor::Nanoseconds limit);

 private:
  reactor::Fd fd_;
  std::string kept_;
};

/// Streams on the device, which must outlive them.
std::shared_ptr<reactor::Sink> console_sink(ConsoleDevice& device);
std::unique_ptr<reactor::Source> console_source(ConsoleDevice& device);

}  // namespace boot
