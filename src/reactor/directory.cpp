#include "reactor/directory.h"

#include <dirent.h>

#include <algorithm>
#include <string_view>

namespace reactor {

Result<std::vector<std::string>> directory_names(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return failed("open", path, errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  const int error = errno;
  ::closedir(directory);
  if (error != 0) return failed("read", path, error);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace reactor
