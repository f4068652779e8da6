#include "shell/terminal.h"

#include <sys/ioctl.h>

namespace shell {

RawTerminal::RawTerminal(int fd) : fd_(fd) {
  if (::tcgetattr(fd_, &before_) != 0) return;
  termios raw = before_;
  // Ctrl-C, Ctrl-S and the like are keys: PID 1 has nobody to get their signals, and XOFF would stop every job's output.
  raw.c_iflag &= ~static_cast<tcflag_t>(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXOFF);
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
  raw.c_oflag |= OPOST | ONLCR;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  changed_ = ::tcsetattr(fd_, TCSANOW, &raw) == 0;
}

RawTerminal::~RawTerminal() {
  if (changed_) ::tcsetattr(fd_, TCSANOW, &before_);
}

std::optional<TerminalSize> terminal_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return std::nullopt;
  return TerminalSize{size.ws_col, size.ws_row};
}

void set_terminal_size(int fd, TerminalSize size) {
  const winsize wanted{.ws_row = static_cast<unsigned short>(size.rows), .ws_col = static_cast<unsigned short>(size.columns), .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(fd, TIOCSWINSZ, &wanted);
}

}  // namespace shell
