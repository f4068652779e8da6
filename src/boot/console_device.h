// PID 1's console: the device that the kernel's `console=` names, opened as soon as it can be.
#pragma once

#include <memory>
#include <string>

#include "reactor/job.h"
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

  /// Runs a script; Ctrl-C stops it, and it alone. Lines that are typed meanwhile are its input (see console_source).
  reactor::Task<int> run_interruptible(reactor::Task<int> script);

  /// The terminal has hung up: opens it again, after a second. Its descriptor, or -1.
  reactor::Task<int> reopen();

  /// Waits for a key for the given time: true when one was pressed. It is not echoed and nobody else gets it. At the end of
  /// input (a line that hangs up) it only waits.
  reactor::Task<reactor::Result<bool>> key_within(reactor::Nanoseconds limit);

  /// What console_source reads.
  reactor::Task<reactor::Result<std::size_t>> typed(std::span<char> buffer);

 private:
  reactor::Task<int> watch_keys(reactor::Job* script);

  reactor::Fd fd_;
  std::string typed_;
  reactor::Event arrived_;
  std::string kept_;
};

/// Streams on the device, which must outlive them.
std::shared_ptr<reactor::Sink> console_sink(ConsoleDevice& device);
std::unique_ptr<reactor::Source> console_source(ConsoleDevice& device);

}  // namespace boot
