#include "net/kernel_log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <charconv>

#include "reactor/io.h"

namespace net {

using reactor::Result;
using reactor::Task;

namespace {

constexpr std::size_t kLargestRecord = 8192;  // CONSOLE_EXT_LOG_MAX; a smaller buffer makes read() fail with EINVAL

template <class T>
bool take_number(std::string_view& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty() && text[0] == ',') text.remove_prefix(1);
  return true;
}

// The kernel writes \xNN for what is not printable ASCII, and for the backslash; UTF-8 and the newlines of long messages come
// back, control characters stay as they are written: they would play with the terminal.
std::string unescaped(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' &&
        std::from_chars(text.data() + i + 2, text.data() + i + 4, value, 16).ptr == text.data() + i + 4 &&
        ((value >= 32 && value != 127) || value == '\n' || value == '\t')) {
      plain += static_cast<char>(value);
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

std::optional<KernelMessage> parse_kernel_message(std::string_view record) {
  KernelMessage message;
  unsigned priority = 0;
  std::int64_t time = 0;
  const std::size_t header_end = record.find(';');
  if (header_end == std::string_view::npos) return std::nullopt;
  std::string_view header = record.substr(0, header_end);
  if (!take_number(header, priority) || !take_number(header, message.sequence) || !take_number(header, time)) return std::nullopt;
  message.level = priority & 7;
  message.facility = priority >> 3;
  message.time = std::chrono::microseconds(time);
  std::string_view text = record.substr(header_end + 1);
  text = text.substr(0, text.find('\n'));
  message.text = unescaped(text);
  while (!message.text.empty() && message.text.back() == '\n') message.text.pop_back();
  return message;
}

Result<KernelLog> KernelLog::open(From from) {
  constexpr const char* path = "/dev/kmsg";
  int fd = ::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) {
    (void)::mkdir("/dev", 0755);
    if (::mknod(path, S_IFCHR | 0600, ::makedev(1, 11)) == 0 || errno == EEXIST)
      fd = ::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  }
  if (fd < 0) return reactor::failed("open", path, errno);
  KernelLog log{reactor::Fd(fd)};
  if (::lseek(fd, 0, from == From::first ? SEEK_DATA : SEEK_END) < 0) return reactor::failed("seek", path, errno);
  return log;
}

Result<std::optional<KernelMessage>> KernelLog::next() {
  std::array<char, kLargestRecord> record;
  for (;;) {
    // A plain read: the descriptor is non-blocking and the kernel copies one record from memory.
    const ssize_t n = ::read(fd_.get(), record.data(), record.size());
    if (n < 0 && errno == EAGAIN) return std::optional<KernelMessage>();
    if (n < 0 && (errno == EPIPE || errno == EINTR)) continue;  // EPIPE: overwritten; the position is at the oldest now
    if (n < 0) return reactor::failed("read", "/dev/kmsg", errno);
    if (n == 0) return std::optional<KernelMessage>();
    auto message = parse_kernel_message(std::string_view(record.data(), static_cast<std::size_t>(n)));
    if (!message) continue;
    if (last_ && message->sequence > *last_ + 1) lost_ += message->sequence - *last_ - 1;
    last_ = message->sequence;
    return message;
  }
}

Task<Result<void>> KernelLog::wait() {
  auto ready = co_await reactor::poll(fd_.get(), POLLIN);
  if (!ready) co_return tl::unexpected(ready.error());
  co_return Result<void>();
}

}  // namespace net
