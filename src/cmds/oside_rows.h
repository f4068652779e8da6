// The rows of the packet list: what is on the screen is read by a job when it is drawn for the first time, so that a list of a
// million packets is paged through without being read.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "oside_document.h"
#include "oside_source.h"
#include "shell/screen.h"

namespace cmds::oside {

class Rows {
 public:
  /// All outlive the rows and their job.
  Rows(const Document& document, Source& source, shell::Screen& screen) : document_(document), source_(source), screen_(screen) {}

  /// The row of a packet; empty while it is being read.
  const std::string& of(Document::Slot slot);
  /// The job that reads, until it is stopped.
  [[nodiscard]] reactor::Task<void> read_all();

 private:
  [[nodiscard]] reactor::Task<void> read(Document::Slot slot);

  const Document& document_;
  Source& source_;
  shell::Screen& screen_;
  std::unordered_map<std::uint64_t, std::string> rows_;  // by version and record
  std::vector<Document::Slot> wanted_;
  reactor::Event work_;
};

}  // namespace cmds::oside
