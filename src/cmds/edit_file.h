// The file behind `edit`: read, written so that there is always a whole one, watched for others' changes.
#pragma once

#include <string>

#include "edit_text.h"
#include "reactor/error.h"
#include "reactor/task.h"
#include "recovery_file.h"
#include "shell/file_state.h"

namespace cmds {

class EditFile {
 public:
  /// Empty: the text has no file (yet).
  explicit EditFile(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Reads it all. A missing file is an empty text; a folder, or one larger than half of the memory, is an error.
  [[nodiscard]] reactor::Task<reactor::Result<shell::TextBuffer>> read();
  /// It was there when it was read.
  [[nodiscard]] bool exists() const noexcept { return state_.exists(); }
  /// Why a save would fail as things stand: errno, or 0.
  [[nodiscard]] int unwritable() const;
  /// Somebody else has written, replaced or removed it since it was read or written here.
  [[nodiscard]] bool changed_underneath() const;

  /// Writes a version of the text, under another name when `path` is not this file's. A regular file is replaced in one step by
  /// a new one that has reached the disk: on an error it is as it was. Written in place are special files, files with several
  /// names, and those in folders where nothing can be made; of a regular one the recovery file is written before, and without
  /// room for that it stays as it was.
  [[nodiscard]] reactor::Task<reactor::Result<void>> write(const EditText& text, EditText::Version version, std::string path);

  /// Writes the recovery file; its path.
  [[nodiscard]] reactor::Task<reactor::Result<std::string>> write_recovery(const EditText& text, EditText::Version version);
  [[nodiscard]] RecoveryFile& recovery() noexcept { return recovery_; }

 private:
  std::string path_;
  shell::FileState state_;  // as it was read or written here
  RecoveryFile recovery_;
};

}  // namespace cmds
