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

/// The format that a name asks for; `otherwise` where it does not say. An error for what is not written: packed files.
reactor::Result<proto::CaptureFormat> format_of_name(std::string_view path, proto::CaptureFormat otherwise);

/// Writes all packets to `path`, which is replaced in one step; on an error it is untouched. Not interrupted by a stop request. The
/// source has to be ready. `dialect`: of lines that are made of records. Everything outlives the task, unchanged.
reactor::Task<reactor::Result<SaveReport>> save(const Document& document, Source& source, std::string path, proto::Dialect dialect);

}  // namespace cmds::oside
