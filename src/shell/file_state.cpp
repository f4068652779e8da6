#include "shell/file_state.h"

namespace shell {

FileState FileState::of(const struct stat& s) {
  return {s.st_dev, s.st_ino, static_cast<std::uint64_t>(s.st_size), s.st_mtim.tv_sec * std::int64_t{1'000'000'000} + s.st_mtim.tv_nsec};
}

FileState FileState::at(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) < 0 ? FileState() : of(s);
}

}  // namespace shell
