// Saving from the packet editor: into a new file that takes the old one's place when it is whole and on the disk.
#pragma once

#include <optional>
#include <string>

#include "oside_document.h"
#include "oside_source.h"
#include "proto/field.h"

namespace cmds::oside {

/// In which order the bytes of a file in the source's own format come: what was not changed is copied as it is, with all that
/// stands between the packets. Pure.
class SavePlan {
 public:
  struct Piece {
    bool copy;
    std::uint64_t from = 0, to = 0;  // copy: bytes of the source
    Document::Slot slot = {};        // else: a packet that was changed
  };
  /// Both outlive the plan, unchanged.
  SavePlan(const Document& document, const Source& source) : document_(document), source_(source) {}
  /// Copies are about `largest` bytes long at the most, and end where a record does.
  std::optional<Piece> next(std::uint64_t largest);

 private:
  std::optional<Piece> step();

  const Document& document_;
  const Source& source_;
  std::size_t slot_ = 0;       // next packet
  std::size_t passed_ = 0;     // records of the source that were dealt with
  std::uint64_t position_ = 0; // in the source
  std::optional<Piece> ahead_;
};

struct SaveReport {
  std::size_t packets = 0;
  std::string notes;  // what the new file does not have, in words; empty: nothing
};

/// The file that is being edited: the one that was opened, and then the one that was saved last.
class Target {
 public:
  /// Of which something has been read.
  explicit Target(const Source& source) : path_(source.path()), format_(source.format()), mode_(source.mode()), state_(source.state()) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] proto::CaptureFormat format() const noexcept { return format_; }
  /// That a new file gets.
  [[nodiscard]] unsigned mode() const noexcept { return mode_; }
  /// The name leads to it.
  [[nodiscard]] bool stands_at(const std::string& name) const;
  /// Words, when somebody else has changed it since it was opened or saved; else empty.
  [[nodiscard]] std::string changed_on_disk() const;
  /// The format of a file of that name. An error for what is not written: packed files.
  [[nodiscard]] reactor::Result<proto::CaptureFormat> format_at(const std::string& name) const;
  void saved(std::string path, proto::CaptureFormat format);

 private:
  std::string path_;
  proto::CaptureFormat format_;
  unsigned mode_;
  shell::FileState state_;
};

/// Writes all packets to `path`, which is replaced in one step, and is the target from then on; on an error it is untouched. Not
/// interrupted by a stop request. The source has to be ready. `dialect`: of lines that are made of records. Everything outlives the
/// task, document and source unchanged.
reactor::Task<reactor::Result<SaveReport>> save(const Document& document, Source& source, Target& target, std::string path, proto::Dialect dialect);

/// Writes all packets into a descriptor. The same holds.
reactor::Task<reactor::Result<void>> write_packets(const Document& document, Source& source, proto::CaptureFormat format, proto::Dialect dialect, int fd, SaveReport* report);

}  // namespace cmds::oside
