#include "boot/status_port.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "boot/qemu_ports.h"
#include "reactor/io.h"
#include "reactor/loop.h"

namespace boot {

void StatusPort::use_debug_console(std::uint16_t port) {
  if (debug_console_write(port, "init\n")) debug_console_ = port;
}

bool StatusPort::open() {
  if (fd_) return true;
  constexpr const char* kPorts = "/sys/class/virtio-ports";
  DIR* directory = ::opendir(kPorts);
  if (directory == nullptr) return false;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    const auto name = reactor::read_small_file(std::string(kPorts) + "/" + entry->d_name + "/name");
    if (!name || *name != "myinit.status\n") continue;
    // Not O_NONBLOCK: the last line must have left before the machine ends.
    fd_ = reactor::Fd(::open((std::string("/dev/") + entry->d_name).c_str(), O_WRONLY | O_CLOEXEC));
    break;
  }
  ::closedir(directory);
  if (!fd_) return false;
  // The host's end is connected by a message of its own, somewhat later.
  if (!writable(0)) {
    fd_.reset();
    return false;
  }
  say("init");
  for (const std::string& line : std::exchange(early_, {})) say(line);
  return true;
}

reactor::Task<reactor::Result<void>> StatusPort::appear() {
  // The driver adds its ports from a work queue; nothing tells that the last of it is done. 5 ms to 5 s, 10 s in all.
  for (std::chrono::milliseconds pause{5}; !open(); pause *= 2) {
    if (pause > std::chrono::seconds(6)) co_return reactor::failed("open", "myinit.status", ENODEV);
    auto slept = co_await reactor::sleep_for(pause);
    if (!slept) co_return slept;
  }
  co_return reactor::Result<void>();
}

bool StatusPort::writable(int patience_ms) const {
  pollfd port{fd_.get(), POLLOUT, 0};
  return ::poll(&port, 1, patience_ms) == 1 && (port.revents & POLLOUT) != 0;
}

void StatusPort::say_within(std::string_view line, int patience_ms) {
  std::string text(line);
  text += '\n';
  if (fd_ && write(text, patience_ms)) return;
  if (debug_console_ != 0) debug_console_write(debug_console_, text);
  else if (!fd_ && early_.size() < kEarlyLines) early_.emplace_back(line);
}

bool StatusPort::write(std::string_view text, int patience_ms) const {
  // A port without a listener would hold a write for ever.
  if (!writable(patience_ms)) return false;
  while (!text.empty()) {
    const auto n = ::write(fd_.get(), text.data(), text.size());
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void StatusPort::say_last(std::string_view line) {
  say_within(line, 500);
  // write() returns before the host looks, and QEMU's exit device ends it at once. Closing is a message that the kernel waits for,
  // and what was written before it is handled by QEMU in the same turn, with the lock that the exit device needs.
  fd_.reset();
}

reactor::Task<void> StatusPort::heartbeat() {
  for (auto next = reactor::monotonic_now();; next += std::chrono::seconds(1)) {
    if (is_open() || has_debug_console()) say("beat");
    auto slept = co_await reactor::sleep_until(next + std::chrono::seconds(1));
    if (!slept) co_return;
  }
}

}  // namespace boot
