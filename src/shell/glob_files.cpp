#include "shell/glob_files.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>

#include "shell/glob.h"

namespace shell {

namespace {

std::string unescaped(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    text += pattern[i];
  }
  return text;
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  DIR* open = ::opendir(directory.empty() ? "." : directory.c_str());
  if (open == nullptr) return names;
  while (const dirent* entry = ::readdir(open)) names.emplace_back(entry->d_name);
  ::closedir(open);
  return names;
}

}  // namespace

std::vector<std::string> glob_files(std::string_view pattern) {
  std::vector<std::string> paths{""};
  while (!pattern.empty()) {
    const std::size_t slashes = std::min(pattern.find_first_not_of('/'), pattern.size());
    for (std::string& path : paths) path.append(slashes, '/');
    pattern.remove_prefix(slashes);
    if (pattern.empty()) break;
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view part = pattern.substr(0, end);
    pattern.remove_prefix(end);
    std::vector<std::string> longer;
    for (const std::string& path : paths) {
      struct stat s {};
      if (!has_glob(part)) {
        std::string next = path + unescaped(part);
        if (::lstat(next.c_str(), &s) == 0) longer.push_back(std::move(next));
        continue;
      }
      for (const std::string& name : names_in(path)) {
        if (name[0] == '.' && (part[0] != '.' || name == "." || name == "..")) continue;
        if (!glob_match(part, name)) continue;
        std::string next = path + name;
        if (!pattern.empty() && (::stat(next.c_str(), &s) != 0 || !S_ISDIR(s.st_mode))) continue;
        longer.push_back(std::move(next));
      }
    }
    paths = std::move(longer);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace shell
