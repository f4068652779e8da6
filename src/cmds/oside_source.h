// The file behind the packet editor. Its records stay on the disk: only where they are is held, 12 bytes each, and they are read
// when they are looked at. The index is made by a job on the loop, so that the first packets can be seen at once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/random_seed.h"
#include "oside_packet.h"
#include "proto/capture_reader.h"
#include "reactor/error.h"
#include "reactor/event.h"
#include "reactor/fd.h"
#include "reactor/task.h"
#include "shell/file_state.h"

namespace cmds::oside {

/// ".gz", ".zst" or ".xz", where a name ends so; else empty.
[[nodiscard]] std::string_view packed_suffix(std::string_view path);

class Source {
 public:
  /// A regular file; unknown: its format is found by its name and its first bytes. A packed one is unpacked into memory, and cannot be
  /// saved under its own name.
  [[nodiscard]] static reactor::Task<reactor::Result<std::unique_ptr<Source>>> open(std::string path, proto::CaptureFormat format = proto::CaptureFormat::unknown);

  /// The job that reads all of it once, and sets ready() when it has ended, in whatever way. `progress` is called after
  /// each slice of the loop's time, and at the end.
  [[nodiscard]] reactor::Task<void> index(std::function<void()> progress);
  [[nodiscard]] reactor::Event& ready() noexcept { return ready_; }
  /// As far as one can say, and at the most some millions: an array with room for them need not be moved while it grows.
  [[nodiscard]] std::size_t likely_count() const noexcept;
  /// How much of it has been looked at.
  [[nodiscard]] unsigned percent() const noexcept;
  /// Why nothing can be read behind the last record; empty: the file is whole.
  [[nodiscard]] const std::string& ending() const noexcept { return ending_; }
  /// Lines that are no packets, and what is wrong with the first one.
  [[nodiscard]] std::size_t bad_lines() const noexcept { return bad_lines_; }
  [[nodiscard]] const std::string& first_bad_line() const noexcept { return first_bad_line_; }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] proto::CaptureFormat format() const noexcept { return reader_->format(); }
  [[nodiscard]] bool packed() const noexcept { return packed_; }
  /// Whether its time stamps can be finer than microseconds.
  [[nodiscard]] bool nanoseconds() const noexcept { return reader_->nanoseconds(); }
  [[nodiscard]] std::span<const proto::Interface> interfaces() const { return reader_->interfaces(); }
  [[nodiscard]] std::span<const std::uint64_t> section_lengths() const { return reader_->section_lengths(); }
  /// Bytes, unpacked.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  [[nodiscard]] std::size_t count() const noexcept { return offsets_.size(); }
  [[nodiscard]] std::uint64_t start(std::size_t record) const { return offsets_[record]; }
  [[nodiscard]] std::uint64_t end(std::size_t record) const { return offsets_[record] + sizes_[record]; }

  /// Fills `buffer` with the bytes from `offset` on; an error when the file has become shorter.
  [[nodiscard]] reactor::Task<reactor::Result<void>> read(std::uint64_t offset, std::span<char> buffer);
  /// A record's bytes, as they stand in the file.
  [[nodiscard]] reactor::Task<reactor::Result<std::string>> raw(std::size_t record);
  /// From these bytes, to which the result's views belong.
  [[nodiscard]] proto::Result<proto::Record> record(std::size_t record, std::string_view raw);
  [[nodiscard]] proto::Result<EditedPacket> packet(std::size_t record, std::string_view raw);
  /// Appends what stands for a changed packet in a file of this format, a line with its end.
  [[nodiscard]] proto::Result<void> append_changed(proto::Wire& out, std::size_t record, std::string_view raw, const EditedPacket& packet);

  /// As it was opened.
  [[nodiscard]] const shell::FileState& state() const noexcept { return state_; }
  /// Somebody has written into it since: what is read may be something else now.
  [[nodiscard]] bool altered() const;
  [[nodiscard]] unsigned mode() const noexcept { return mode_; }

 private:
  explicit Source(std::string path) : path_(std::move(path)) {}
  reactor::Task<reactor::Result<void>> unpack();
  reactor::Task<reactor::Result<void>> read_index(const std::function<void()>* progress);
  void note(proto::CaptureReader::Step step);

  std::string path_;
  reactor::Fd fd_;
  shell::FileState state_;
  unsigned mode_ = 0;
  bool packed_ = false;
  std::uint64_t size_ = 0, read_ = 0;
  std::unique_ptr<proto::CaptureReader> reader_;
  std::vector<std::uint64_t> offsets_;
  std::vector<std::uint32_t> sizes_;
  std::size_t bad_lines_ = 0;
  std::string first_bad_line_, ending_;
  proto::LinkType link_ = proto::LinkType::ethernet;  // of lines that do not say it
  bool link_known_ = false;
  std::uint64_t seed_ = net::random_seed();  // of "<random>" values: one for the session, so that a packet is the same each time
  proto::LineReader lines_{proto::LineReader::Mode::as_given, seed_};
  reactor::Event ready_;
};

}  // namespace cmds::oside
