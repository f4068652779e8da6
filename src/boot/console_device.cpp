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

constexpr char kInterrupt = 3;  // Ctrl-C

class TerminalMode {
 public:
  enum class Keys : unsigned char { one_by_one, lines };
  explicit TerminalMode(int fd, Keys keys) : fd_(fd) {
    if (::tcgetattr(fd_, &before_) != 0) return;
    termios mode = before_;
    mode.c_lflag &= ~static_cast<tcflag_t>(ISIG);
    if (keys == Keys::one_by_one) {
      mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      mode.c_cc[VMIN] = 1;
      mode.c_cc[VTIME] = 0;
    } else {
      // The terminal edits and echoes lines as usual, and Ctrl-C ends one: it arrives at once, as a character.
      mode.c_lflag |= ICANON | ECHO;
      mode.c_cc[VEOL] = kInterrupt;
    }
    changed_ = ::tcsetattr(fd_, TCSANOW, &mode) == 0;
  }
  TerminalMode(const TerminalMode&) = delete;
  ~TerminalMode() {
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
  Task<Result<std::size_t>> read(std::span<char> buffer) override { return device_.typed(buffer); }
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
    const TerminalMode raw(fd_.get(), TerminalMode::Keys::one_by_one);
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

Task<int> ConsoleDevice::watch_keys(reactor::Job* script) {
  char buffer[256];
  for (;;) {
    auto n = co_await reactor::read(fd_.get(), buffer);
    // Hung up: there is nobody to interrupt it; it goes on.
    if (!n || *n == 0) co_return 0;
    typed_.append(buffer, *n);
    if (typed_.find(kInterrupt) != std::string::npos) {
      typed_.clear();
      script->request_stop();
    }
    arrived_.set();
  }
}

Task<int> ConsoleDevice::run_interruptible(Task<int> script) {
  reactor::JobScope scope;
  const auto job = scope.spawn("script", std::move(script));
  typed_.clear();
  if (open()) {
    const TerminalMode lines(fd_.get(), TerminalMode::Keys::lines);
    const auto watch = scope.spawn("script keys", watch_keys(job.get()));
    (void)co_await job->finished();
    watch->request_stop();
    co_await scope.join();
  } else {
    co_await scope.join();
  }
  co_return job->status();
}

Task<Result<std::size_t>> ConsoleDevice::typed(std::span<char> buffer) {
  while (typed_.empty()) {
    if (!is_open()) co_return std::size_t{0};
    arrived_.reset();
    auto waited = co_await arrived_.wait();
    if (!waited) co_return tl::unexpected(waited.error());
  }
  const std::size_t n = typed_.copy(buffer.data(), buffer.size());
  typed_.erase(0, n);
  co_return n;
}

Task<int> ConsoleDevice::reopen() {
  fd_.reset();
  auto slept = co_await reactor::sleep_for(std::chrono::seconds(1));
  co_return slept && open() ? fd_.get() : -1;
}

std::shared_ptr<reactor::Sink> console_sink(ConsoleDevice& device) { return std::make_shared<ConsoleSink>(device); }
std::unique_ptr<reactor::Source> console_source(ConsoleDevice& device) { return std::make_unique<ConsoleSource>(device); }

}  // namespace boot
