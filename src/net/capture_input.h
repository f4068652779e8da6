// A capture file of any format, read on the loop piece by piece: memory does not grow with the file.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/capture_reader.h"
#include "reactor/error.h"
#include "reactor/fd.h"
#include "reactor/stream.h"
#include "reactor/task.h"

namespace net {

/// How a capture file is read.
struct CaptureReading {
  /// Small enough that copying it out of the page cache (10 us) does not show in the timing of a replay.
  static constexpr std::size_t paced_bytes = std::size_t{128} << 10;

  /// Read at once. A kernel worker reads a file for us, and waking it and being woken takes some 50 us (measured), as long as
  /// reading 500 KB.
  std::size_t piece_bytes = std::size_t{1} << 20;
  /// See proto::CaptureReader.
  proto::LineReader::Mode mode = proto::LineReader::Mode::as_given;
  std::uint64_t seed = proto::LineReader::fixed_seed;
  std::optional<proto::LinkType> untold_link;
};

class CaptureInput {
 public:
  /// `standard`: what "-" stands for, a command's input; it outlives the result. Without it "-" is a file.
  [[nodiscard]] static reactor::Task<reactor::Result<std::unique_ptr<CaptureInput>>> open(std::string path, reactor::In* standard = nullptr,
                                                                                          CaptureReading reading = {});

  /// Its next() says what to do; after `need_more`: fill().
  [[nodiscard]] proto::CaptureReader& reader() noexcept { return *reader_; }
  /// Reads the next piece.
  [[nodiscard]] reactor::Task<reactor::Result<void>> fill() { return feed(*reader_); }
  /// The same for a reader of the caller's, which outlives the task.
  [[nodiscard]] reactor::Task<reactor::Result<void>> feed(proto::CaptureReader& reader);
  /// From the start again. A pipe cannot.
  [[nodiscard]] reactor::Result<void> rewind();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Bytes read so far, and all that the file has (0: not known).
  [[nodiscard]] std::uint64_t fed() const noexcept { return fed_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// The next piece may be long in coming: a pipe or a terminal, not a file.
  [[nodiscard]] bool may_wait() const noexcept { return !regular_; }
  [[nodiscard]] int fd() const noexcept { return standard_ != nullptr ? standard_->fd() : fd_.get(); }

 private:
  CaptureInput(std::string path, const CaptureReading& reading);
  std::unique_ptr<proto::CaptureReader> make_reader();
  std::string path_;
  CaptureReading reading_;
  reactor::Fd fd_;
  reactor::In* standard_ = nullptr;  // in place of the descriptor
  std::uint64_t fed_ = 0;
  std::uint64_t size_ = 0;
  bool regular_ = false;
  std::unique_ptr<proto::CaptureReader> reader_;
  std::vector<char> piece_;
};

}  // namespace net
