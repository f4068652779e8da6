// A file that is written whole: under another name first, and when it is on the disk, in one step in the place of the old one.
// And what tells whether somebody else has written it meanwhile.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>

#include "reactor/error.h"
#include "reactor/fd.h"
#include "reactor/task.h"

namespace shell {

/// A file at one moment.
struct FileState {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileState&) const = default;

  /// All zero: there is none.
  [[nodiscard]] bool exists() const noexcept { return inode != 0; }
  [[nodiscard]] bool same_file(const FileState& other) const noexcept { return inode == other.inode && device == other.device; }

  [[nodiscard]] static FileState of(const struct stat& s);
  /// By name: a tool that replaces the file is noticed, too.
  [[nodiscard]] static FileState at(const std::string& path);
};

class NewFile {
 public:
  /// For `path`, or what it leads to when it is a link; with the mode and owner of the file that is there, else with `mode`. What is no
  /// regular file is written itself.
  [[nodiscard]] static reactor::Task<reactor::Result<std::unique_ptr<NewFile>>> create(std::string path, unsigned mode);
  /// Not finished: nothing is left of it.
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Brings it to the disk, and puts it in its place.
  [[nodiscard]] reactor::Task<reactor::Result<void>> finish();

 private:
  explicit NewFile(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::string temporary_;  // empty: it is in its place
  reactor::Fd fd_;
};

}  // namespace shell
