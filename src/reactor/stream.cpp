#include "reactor/stream.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "reactor/io.h"
#include "reactor/job.h"

namespace reactor {

namespace {

class FdSource final : public Source {
 public:
  FdSource(int fd, Fd owned) : fd_(fd), owned_(std::move(owned)) {}
  Task<Result<std::size_t>> read(std::span<char> buffer) override {
    auto n = co_await reactor::read(fd_, buffer);
    co_return n;
  }
  [[nodiscard]] int fd() const noexcept override { return fd_; }

 private:
  int fd_;
  Fd owned_;
};

class StringSource final : public Source {
 public:
  explicit StringSource(std::string text) : text_(std::move(text)) {}
  Task<Result<std::size_t>> read(std::span<char> buffer) override {
    const std::size_t n = std::min(buffer.size(), text_.size() - at_);
    std::memcpy(buffer.data(), text_.data() + at_, n);
    at_ += n;
    co_return n;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

bool looks_interactive(int fd) {
  struct stat s {};
  return ::fstat(fd, &s) == 0 && !S_ISREG(s.st_mode);
}

class FdSink final : public Sink {
 public:
  FdSink(int fd, Fd owned, std::optional<bool> interactive)
      : fd_(fd), owned_(std::move(owned)), interactive_(interactive ? *interactive : looks_interactive(fd)) {}
  Task<Result<void>> write(std::string_view data) override {
    auto done = co_await write_all(fd_, data);
    co_return done;
  }
  [[nodiscard]] int fd() const noexcept override { return fd_; }
  [[nodiscard]] bool interactive() const noexcept override { return interactive_; }

 private:
  int fd_;
  Fd owned_;
  bool interactive_;
};

// The kernel's log takes a record per write, at once, and says so to nobody: poll(2) on it never reports POLLOUT, so an
// operation of the loop would wait for ever.
class KernelLogSink final : public Sink {
 public:
  KernelLogSink(int fd, Fd owned) : fd_(fd), owned_(std::move(owned)) {}
  static bool is_for(int fd) {
    struct stat s {};
    return ::fstat(fd, &s) == 0 && S_ISCHR(s.st_mode) && s.st_rdev == makedev(1, 11);  // Documentation/admin-guide/devices.txt
  }
  Task<Result<void>> write(std::string_view data) override {
    if (::write(fd_, data.data(), data.size()) < 0) co_return failed("write", {}, errno);
    co_return Result<void>();
  }
  [[nodiscard]] int fd() const noexcept override { return fd_; }
  [[nodiscard]] bool interactive() const noexcept override { return false; }

 private:
  int fd_;
  Fd owned_;
};

class StringSink final : public Sink {
 public:
  explicit StringSink(std::string& text) : text_(text) {}
  Task<Result<void>> write(std::string_view data) override {
    text_.append(data);
    co_return Result<void>();
  }

 private:
  std::string& text_;
};

class NullSink final : public Sink {
 public:
  Task<Result<void>> write(std::string_view) override { co_return Result<void>(); }
};

struct PipeState {
  static constexpr std::size_t kRoom = 64 * 1024;
  std::string data;
  std::size_t begin = 0;
  Event readable, writable;
  bool reader_gone = false, writer_gone = false;
};

class PipeSource final : public Source {
 public:
  explicit PipeSource(std::shared_ptr<PipeState> state) : state_(std::move(state)) {}
  ~PipeSource() override {
    state_->reader_gone = true;
    state_->writable.set();
  }
  Task<Result<std::size_t>> read(std::span<char> buffer) override {
    const auto state = state_;
    while (state->begin == state->data.size()) {
      if (state->writer_gone) co_return std::size_t{0};
      state->readable.reset();
      auto waited = co_await state->readable.wait();
      if (!waited) co_return tl::unexpected(waited.error());
    }
    const std::size_t n = std::min(buffer.size(), state->data.size() - state->begin);
    std::memcpy(buffer.data(), state->data.data() + state->begin, n);
    state->begin += n;
    if (state->begin == state->data.size()) {
      state->data.clear();
      state->begin = 0;
      state->writable.set();
    }
    co_return n;
  }

 private:
  std::shared_ptr<PipeState> state_;
};

class PipeSink final : public Sink {
 public:
  explicit PipeSink(std::shared_ptr<PipeState> state) : state_(std::move(state)) {}
  ~PipeSink() override {
    state_->writer_gone = true;
    state_->readable.set();
  }
  Task<Result<void>> write(std::string_view data) override {
    const auto state = state_;
    while (!data.empty()) {
      if (state->reader_gone) co_return failed("write", {}, EPIPE);
      if (state->data.size() >= PipeState::kRoom) {
        state->writable.reset();
        auto waited = co_await state->writable.wait();
        if (!waited) co_return tl::unexpected(waited.error());
        continue;
      }
      const std::string_view piece = data.substr(0, PipeState::kRoom - state->data.size());
      state->data.append(piece);
      data.remove_prefix(piece.size());
      state->readable.set();
    }
    co_return Result<void>();
  }

 private:
  std::shared_ptr<PipeState> state_;
};

}  // namespace

std::unique_ptr<Source> fd_source(int fd) { return std::make_unique<FdSource>(fd, Fd()); }
std::unique_ptr<Source> fd_source(Fd fd) {
  const int number = fd.get();
  return std::make_unique<FdSource>(number, std::move(fd));
}
std::unique_ptr<Source> string_source(std::string text) { return std::make_unique<StringSource>(std::move(text)); }
std::unique_ptr<Source> empty_source() { return string_source({}); }

static std::unique_ptr<Sink> make_fd_sink(int fd, Fd owned, std::optional<bool> interactive) {
  if (KernelLogSink::is_for(fd)) return std::make_unique<KernelLogSink>(fd, std::move(owned));
  return std::make_unique<FdSink>(fd, std::move(owned), interactive);
}
std::unique_ptr<Sink> fd_sink(int fd, std::optional<bool> interactive) { return make_fd_sink(fd, Fd(), interactive); }
std::unique_ptr<Sink> fd_sink(Fd fd, std::optional<bool> interactive) {
  const int number = fd.get();
  return make_fd_sink(number, std::move(fd), interactive);
}
std::unique_ptr<Sink> string_sink(std::string& text) { return std::make_unique<StringSink>(text); }
std::unique_ptr<Sink> null_sink() { return std::make_unique<NullSink>(); }

StreamPipe make_stream_pipe() {
  auto state = std::make_shared<PipeState>();
  return {std::make_unique<PipeSource>(state), std::make_unique<PipeSink>(state)};
}

Task<Result<bool>> In::fill() {
  if (begin_ > 0 && begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = 0;
  } else if (begin_ >= 64 * 1024) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  const std::size_t old = buffer_.size();
  buffer_.resize(old + 16 * 1024);
  auto n = co_await source_->read(std::span(buffer_).subspan(old));
  buffer_.resize(old + (n ? *n : 0));
  if (!n) co_return tl::unexpected(n.error());
  co_return *n > 0;
}

Task<Result<std::optional<std::string>>> In::line(std::size_t limit) {
  std::size_t searched = begin_;
  bool too_long = false;
  for (;;) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      std::optional<std::string> text(std::in_place, buffer_, begin_, end - begin_);
      begin_ = end + 1;
      if (too_long || text->size() > limit) co_return failed("read", "line", EMSGSIZE);
      co_return text;
    }
    if (buffer_.size() - begin_ > limit) {
      too_long = true;
      begin_ = buffer_.size();
    }
    const std::size_t waiting = buffer_.size() - begin_;
    auto more = co_await fill();
    if (!more) co_return tl::unexpected(more.error());
    searched = begin_ + waiting;
    if (!*more) {
      if (too_long) co_return failed("read", "line", EMSGSIZE);
      if (waiting == 0) co_return std::optional<std::string>();
      std::optional<std::string> text(std::in_place, buffer_, begin_, waiting);
      begin_ = buffer_.size();
      open_ = true;
      co_return text;
    }
  }
}

Task<Result<std::size_t>> In::read(std::span<char> buffer) {
  if (begin_ < buffer_.size()) {
    const std::size_t n = std::min(buffer.size(), buffer_.size() - begin_);
    std::memcpy(buffer.data(), buffer_.data() + begin_, n);
    begin_ += n;
    co_return n;
  }
  auto n = co_await source_->read(buffer);
  co_return n;
}

Task<Result<std::string>> In::all(std::size_t limit) {
  for (;;) {
    if (buffer_.size() - begin_ > limit) co_return failed("read", {}, EFBIG);
    auto more = co_await fill();
    if (!more) co_return tl::unexpected(more.error());
    if (!*more) break;
  }
  std::string text = buffer_.substr(begin_);
  begin_ = buffer_.size();
  co_return text;
}

Task<Result<void>> Out::flush() {
  if (error_) co_return tl::unexpected(*error_);
  if (buffer_.empty() || (!sink_->interactive() && !full())) co_return Result<void>();
  auto done = co_await finish();
  co_return done;
}

Task<Result<void>> Out::finish() {
  if (error_) co_return tl::unexpected(*error_);
  if (buffer_.empty()) co_return Result<void>();
  // A stopped job's last words stay for the one that ends the stream after it.
  if (must_stop()) co_return failed("write", {}, ECANCELED);
  const std::string piece = std::exchange(buffer_, {});
  auto done = co_await sink_->write(piece);
  // A cancelled writer is gone, but the stream may be shared with others, who are not.
  if (!done && !done.error().cancelled()) error_ = done.error();
  co_return done;
}

}  // namespace reactor
