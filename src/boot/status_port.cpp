#include "boot/status_port.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#if defined(__x86_64__)
#include <sys/io.h>
#endif

#include "reactor/io.h"
#include "reactor/loop.h"

namespace boot {

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
  if (fd_) say("init");
  return static_cast<bool>(fd_);
}

void StatusPort::say(std::string_view line, int patience_ms) {
  if (!fd_) return;
  // A port without a listener would hold a write for ever.
  pollfd writable{fd_.get(), POLLOUT, 0};
  if (::poll(&writable, 1, patience_ms) != 1 || (writable.revents & POLLOUT) == 0) return;
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto n = ::write(fd_.get(), rest.data(), rest.size());
    if (n <= 0) return;  // nobody listens: then nobody misses it
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

reactor::Task<void> StatusPort::heartbeat() {
  for (auto next = reactor::monotonic_now();; next += std::chrono::seconds(1)) {
    say("beat");
    auto slept = co_await reactor::sleep_until(next + std::chrono::seconds(1));
    if (!slept) co_return;
  }
}

void debug_exit([[maybe_unused]] std::uint16_t port, [[maybe_unused]] int status) {
#if defined(__x86_64__)
  if (::ioperm(port, 4, 1) < 0 && ::iopl(3) < 0) return;
  // Reads as 0x00 where the device is, 0xff where there is none.
  if (::inb(port) == 0xff) return;
  ::outl(static_cast<unsigned>(std::clamp(status, 0, 100) + 1), port);
#endif
}

}  // namespace boot
