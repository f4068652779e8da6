// Unpacking of gzip (RFC 1952), zstd (RFC 8878) and xz (tukaani.org/xz/xz-file-format.txt): capture files, kernel
// modules (.ko.gz/.ko.zst/.ko.xz) and /proc/config.gz.
#pragma once

#include <memory>
#include <vector>

#include "proto/error.h"
#include "proto/record.h"

namespace proto {

enum class Compression : std::uint8_t { none, gzip, zstd, xz };

/// Bytes that `compression_of` wants to see (the longest magic, xz's).
inline constexpr std::size_t compression_magic_bytes = 6;

/// Found by the magic at the start; shorter heads than the magic are `none`.
[[nodiscard]] Compression compression_of(Bytes head);

/// Largest window that is accepted: what `xz -9` (64 MiB) and `zstd --ultra -22` (128 MiB) need. Only as much of it
/// becomes resident as the file makes use of; the usual levels stay at 8 MiB or less.
inline constexpr std::size_t decompression_window_limit_bytes = std::size_t{129} << 20;

/// Streaming: feed a chunk, read until 0, feed the next; `finish` after the last. Concatenated members,
/// zstd's skippable frames and the zero padding of gzip and xz are followed, as the tools of the formats do.
class Decompressor {
 public:
  /// `kind` is not `none`.
  explicit Decompressor(Compression kind);
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  /// The chunk must live until `read` has returned 0. Only when the chunk before is used up.
  void feed(Bytes chunk);
  /// No chunk follows.
  void finish();

  /// Unpacks into `room` (not empty), returns the bytes written. 0: feed more, or after `finish` the end. An error
  /// ("gzip: the data ends too early") comes after all bytes before it, and for good.
  [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> room);

  struct Engine;

 private:
  std::unique_ptr<Engine> engine_;
  Bytes input_;
  bool last_ = false;
};

/// All of a packed file that is at hand; the result is never longer than `limit_bytes` (that is an error).
[[nodiscard]] Result<std::vector<std::uint8_t>> decompress(Bytes packed, std::size_t limit_bytes);

}  // namespace proto
