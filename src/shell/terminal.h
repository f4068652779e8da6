// A terminal behind a descriptor: its mode and its size.
#pragma once

#include <termios.h>

#include <optional>

namespace shell {

/// Keys come one by one and unechoed while it lives; the terminal is as it was before when it ends. Output is still cooked
/// (newline as carriage return and newline), so that what children print looks right.
class RawTerminal {
 public:
  explicit RawTerminal(int fd);
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal();

 private:
  int fd_;
  termios before_{};
  bool changed_ = false;
};

struct TerminalSize {
  int columns, rows;
};
/// What the driver knows; nothing on a serial line.
[[nodiscard]] std::optional<TerminalSize> terminal_size(int fd);
/// Tells the driver, for programs that ask it.
void set_terminal_size(int fd, TerminalSize size);

}  // namespace shell
