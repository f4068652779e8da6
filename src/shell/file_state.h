// What tells whether somebody else has written a file meanwhile.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

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

}  // namespace shell
