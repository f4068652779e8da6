#include "boot/console_device.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"

namespace boot {

namespace {

using reactor::Result;
using reactor::Task;

constexpr std::size_t kKept = 64 * 1024;

// The last name is the one that /dev/console stands for; only the device itself can be a controlling terminal.
std::string device_path() {
  std::string names = reactor::read_small_file("/sys/class/tty/console/active").value_or("");
  names.erase(std::min(names.find('\n'), names.size()));
  const std::size_t space = names.rfind(' ');
  const std::string last = space == std::string::npos ? names : names.substr(space + 1);
  return last.empty() ? "/dev/console" : "/dev/" + last;
}

// No line editing and no echo by the terminal while somebody waits for a key.
class RawMode {
 public:
  explicit RawMode(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &before_) != 0) return;
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    changed_ = ::tcsetattr(fd_, TCSANOW, &raw) == 0;
  }
  RawMode(const RawMode&) = delete;
  ~RawMode() {
    if (changed_) ::tcsetattr(fd_, TCSANOW, &before_);
  }

 private:
  int fd_;
  termios before_{};
  bool changed_ = false;
};

Task<Result<std::size_t>> read_some(int fd, std::span<char> buffer) {
  auto n = co_await reactor::read(fd, buffer);
  co_return n;
}

class ConsoleSink final : public reactor::Sink {
 public:
  explicit ConsoleSink(ConsoleDevice& device) : device_(device) {}
  Task<Result<void>> write(std::string_view data) override { return device_.print(data); }
  [[nodiscard]] int fd() const noexcept override { return device_.is_open() ? 1 : -1; }

 private:
  ConsoleDevice& device_;
};

class ConsoleSource final : public reactor::Source {
 public:
  explicit ConsoleSource(ConsoleDevice& device) : device_(device) {}
  Task<Result<std::size_t>> read(std::span<char> buffer) override {
    if (!device_.is_open()) co_return std::size_t{0};
    auto n = co_await reactor::read(device_.fd(), buffer);
    co_return n;
  }
  [[nodiscard]] int fd() const noexcept override { return device_.is_open() ? 0 : -1; }

 private:
  ConsoleDevice& device_;
};

}  // namespace

void ConsoleDevice::fill_standard_descriptors() {
  for (int fd = 0; fd < 3; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // Opened in order, so each becomes the lowest free number.
    if (::open("/dev/console", O_RDWR | O_NOCTTY) < 0 && ::open("/dev/null", O_RDWR) < 0) return;
  }
}

bool ConsoleDevice::open() {
  if (fd_) return true;
  std::string path = device_path();
  int shared = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (shared < 0) {
    path = "/dev/console";
    shared = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  }
  if (shared < 0) return false;
  for (int target = 0; target < 3; ++target) ::dup2(shared, target);
  ::close(shared);
  fd_ = reactor::Fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  return static_cast<bool>(fd_);
}

Task<Result<void>> ConsoleDevice::print(std::string_view text) {
  if (!open()) {
    kept_.append(text);
    if (kept_.size() > kKept) kept_.erase(0, kept_.size() - kKept);
    co_return Result<void>();
  }
  if (!kept_.empty()) {
    const std::string earlier = std::exchange(kept_, {});
    (void)co_await reactor::write_all(fd_.get(), earlier);
  }
  auto done = co_await reactor::write_all(fd_.get(), text);
  co_return done;
}

Task<Result<bool>> ConsoleDevice::key_within(reactor::Nanoseconds limit) {
  const auto deadline = reactor::monotonic_now() + limit;
  if (open()) {
    const RawMode raw(fd_.get());
    char key = 0;
    auto n = co_await reactor::with_timeout(limit, "key", read_some(fd_.get(), std::span(&key, 1)));
    if (n && *n > 0) {
      ::tcflush(fd_.get(), TCIFLUSH);  // the rest of an escape sequence belongs to the same key
      co_return true;
    }
    if (!n && n.error().cancelled()) co_return tl::unexpected(n.error());
  }
  auto slept = co_await reactor::sleep_until(deadline);
  if (!slept) co_return tl::unexpected(slept.error());
  co_return false;
}

std::shared_ptr<reactor::Sink> console_sink(ConsoleDevice& device) { return std::make_shared<ConsoleSink>(device); }
std::unique_ptr<reactor::Source> console_source(ConsoleDevice& device) { return std::make_unique<ConsoleSource>(device); }

}  // namespace boot
