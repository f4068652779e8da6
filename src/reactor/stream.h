// Byte streams: a buffered reader and writer over a descriptor, a string, a pipe between two coroutines, or nothing.
#pragma once

#include <fmt/core.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reactor/error.h"
#include "reactor/event.h"
#include "reactor/fd.h"
#include "reactor/task.h"

namespace reactor {

/// Where bytes come from.
class Source {
 public:
  virtual ~Source() = default;
  /// Up to buffer.size() bytes; 0 at the end.
  virtual Task<Result<std::size_t>> read(std::span<char> buffer) = 0;
  /// The descriptor behind it, -1 when there is none.
  [[nodiscard]] virtual int fd() const noexcept { return -1; }
};

/// Where bytes go.
class Sink {
 public:
  virtual ~Sink() = default;
  /// All of it.
  virtual Task<Result<void>> write(std::string_view data) = 0;
  [[nodiscard]] virtual int fd() const noexcept { return -1; }
  /// False for files: what a command prints there is handed over in one piece at its end (or per 64 KiB).
  [[nodiscard]] virtual bool interactive() const noexcept { return true; }
};

/// The descriptor is borrowed with the first form, owned with the second.
std::unique_ptr<Source> fd_source(int fd);
std::unique_ptr<Source> fd_source(Fd fd);
std::unique_ptr<Source> string_source(std::string text);
std::unique_ptr<Source> empty_source();
/// `interactive`: nullopt = by looking (a terminal, pipe or socket is; a file is not).
std::unique_ptr<Sink> fd_sink(int fd, std::optional<bool> interactive = std::nullopt);
std::unique_ptr<Sink> fd_sink(Fd fd, std::optional<bool> interactive = std::nullopt);
/// Appends to a string that outlives it.
std::unique_ptr<Sink> string_sink(std::string& text);
std::unique_ptr<Sink> null_sink();

/// A pipe between two coroutines: 64 KiB, then the writer waits. Writing when the reader is gone fails with EPIPE.
struct StreamPipe {
  std::unique_ptr<Source> source;
  std::unique_ptr<Sink> sink;
};
StreamPipe make_stream_pipe();

/// Buffered reader.
class In {
 public:
  explicit In(std::unique_ptr<Source> source) : source_(std::move(source)) {}

  /// The next line without its newline (the last one may lack it); nullopt at the end. Over `limit` bytes: EMSGSIZE, and the
  /// rest of the line is skipped.
  [[nodiscard]] Task<Result<std::optional<std::string>>> line(std::size_t limit = 16U << 20);
  /// Up to buffer.size() bytes, what is buffered first; 0 at the end.
  [[nodiscard]] Task<Result<std::size_t>> read(std::span<char> buffer);
  /// All that is left; EFBIG over `limit`.
  [[nodiscard]] Task<Result<std::string>> all(std::size_t limit = 64U << 20);
  /// The line that line() gave last had no newline: the input ended behind it.
  [[nodiscard]] bool line_was_open() const noexcept { return open_; }
  /// A whole line has been read ahead: line() will not wait.
  [[nodiscard]] bool has_line() const noexcept { return buffer_.find('\n', begin_) != std::string::npos; }
  [[nodiscard]] int fd() const noexcept { return source_->fd(); }

 private:
  [[nodiscard]] Task<Result<bool>> fill();
  std::unique_ptr<Source> source_;
  std::string buffer_;
  std::size_t begin_ = 0;
  bool open_ = false;
};

/// Buffered writer. Printing never waits; flush() does. The first error stays and is what finish() returns.
class Out {
 public:
  explicit Out(std::unique_ptr<Sink> sink) : sink_(std::move(sink)) {}

  template <class... A>
  void print(fmt::format_string<A...> format, A&&... arguments) {
    fmt::format_to(std::back_inserter(buffer_), format, std::forward<A>(arguments)...);
  }
  void write(std::string_view text) { buffer_.append(text); }

  /// Hands over what has been printed, to whom it matters now: an interactive sink, or a file when 64 KiB have come together.
  /// Call it after each piece of a long output, and before waiting.
  [[nodiscard]] Task<Result<void>> flush();
  /// Hands over everything. Below 64 KiB in all: in one write.
  [[nodiscard]] Task<Result<void>> finish();
  /// True when so much is buffered that flush() should be awaited.
  [[nodiscard]] bool full() const noexcept { return buffer_.size() >= kPiece; }
  [[nodiscard]] bool broken() const noexcept { return error_.has_value(); }
  [[nodiscard]] int fd() const noexcept { return sink_->fd(); }
  [[nodiscard]] bool interactive() const noexcept { return sink_->interactive(); }

 private:
  static constexpr std::size_t kPiece = 64 * 1024;
  std::unique_ptr<Sink> sink_;
  std::string buffer_;
  std::optional<Error> error_;
};

}  // namespace reactor
