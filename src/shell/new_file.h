// A file that is written whole: under another name first, and when it is on the disk, in one step in the place of the old one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "reactor/error.h"
#include "reactor/fd.h"
#include "reactor/task.h"

namespace shell {

/// Where a chain of links leads; the path itself when that is nowhere yet.
[[nodiscard]] std::string resolved(const std::string& path);

class NewFile {
 public:
  /// For `path`, or what it leads to when it is a link; with the mode and owner of the file that is there, else with `mode`. What is no
  /// regular file is written itself.
  [[nodiscard]] static reactor::Task<reactor::Result<std::unique_ptr<NewFile>>> create(std::string path, unsigned mode);
  /// All at once, with what `write` writes into its descriptor.
  [[nodiscard]] static reactor::Task<reactor::Result<void>> write(std::string path, unsigned mode, std::function<reactor::Task<reactor::Result<void>>(int)> write);
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
