// The file of a capture: whole records go into large buffers, and these are written by the kernel's workers, several in flight,
// while packets go on being taken. Memory is bounded; who finds no free buffer waits.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/buffer.h"
#include "proto/capture_format.h"
#include "reactor/error.h"
#include "reactor/event.h"
#include "reactor/fd.h"
#include "reactor/job.h"
#include "reactor/task.h"
#include "reactor/timer.h"

namespace net {

class CaptureFile {
 public:
  /// A buffer is handed over when it has so much; one record may exceed it.
  static constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
  static constexpr std::size_t kPieces = 16;  // 16 MiB of memory in all

  /// Creates or truncates it. `format` tells where records end, for a disk that gets full.
  [[nodiscard]] static reactor::Task<reactor::Result<std::unique_ptr<CaptureFile>>> create(std::string path, proto::CaptureFormat format);
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;
  ~CaptureFile();

  /// Where the next record is appended; only while ready().
  [[nodiscard]] proto::Text& text() noexcept { return *current_; }
  /// Call after each record: hands a full buffer over. False: wait for room().
  [[nodiscard]] bool ready() noexcept {
    if (current_ && current_->size() < kPieceBytes) [[likely]] return true;
    return next_buffer();
  }
  /// Waits until there is a buffer; false when the file is broken, and more would be thrown away.
  [[nodiscard]] reactor::Task<bool> room();
  /// No more records are at hand: what there is goes to the file, at once at low rates, in 20 ms at high ones.
  void pause();

  /// Writes all that is left, closes, and ends the writers. Not interrupted by a stop request. A file that could not be
  /// written ends at a record boundary, and the error says why and where.
  [[nodiscard]] reactor::Task<reactor::Result<void>> finish();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Bytes that have been written, and that are written or waiting.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return offset_ + (current_ ? current_->size() : 0); }
  [[nodiscard]] bool broken() const noexcept { return error_.has_value(); }

 private:
  struct Piece {
    std::unique_ptr<proto::Text> text;
    std::uint64_t offset;
  };

  CaptureFile(std::string path, proto::CaptureFormat format, reactor::Fd fd, bool regular);
  reactor::Task<void> write_pieces();
  reactor::Task<void> write_piece(Piece* piece);
  void fail(const Piece& piece, std::size_t written, const reactor::Error& error);
  bool next_buffer() noexcept;
  void hand_over();

  std::string path_;
  proto::CaptureFormat format_;
  reactor::Fd fd_;
  bool regular_;  // has offsets; else a pipe or a device, written in order
  std::unique_ptr<proto::Text> current_;
  std::vector<std::unique_ptr<proto::Text>> free_;
  std::size_t made_ = 0;
  std::deque<Piece> queue_;
  std::uint64_t offset_ = 0;   // of the current buffer
  std::uint64_t written_ = 0;
  std::uint64_t good_end_ = UINT64_MAX;  // of a broken file: the end of its last whole record
  std::optional<reactor::Error> error_;
  bool ending_ = false;
  reactor::Event work_, freed_;
  reactor::Timer flush_;
  reactor::JobScope writers_;
};

/// The length of the whole records at the start of `bytes`, which begins at a record, or at the start of the file.
[[nodiscard]] std::size_t whole_records(proto::CaptureFormat format, std::string_view bytes, bool file_start) noexcept;

}  // namespace net
