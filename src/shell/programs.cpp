#include "shell/programs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "shell/file_tree.h"

namespace shell {

namespace {

constexpr std::string_view kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool can_run(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::vector<std::string> find_programs(const Shell& shell, const std::string& name) {
  std::vector<std::string> found;
  if (name.find('/') != std::string::npos) {
    if (can_run(name)) found.push_back(name);
    return found;
  }
  const std::string* variable = shell.variable("PATH");
  const char* inherited = std::getenv("PATH");
  std::string_view path = variable != nullptr ? std::string_view(*variable) : inherited != nullptr ? inherited : kUsualPath;
  while (!path.empty()) {
    const std::string_view folder = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(folder.size() + 1, path.size()));
    std::string candidate = path_join(folder.empty() ? "." : folder, name);
    if (!name.empty() && can_run(candidate)) found.push_back(std::move(candidate));
  }
  return found;
}

std::vector<std::string> program_environment(Shell& shell) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (shell.variable(text.substr(0, text.find('='))) == nullptr) all.emplace_back(text);
  }
  for (const auto& [name, value] : shell.variables()) all.push_back(name + "=" + value);
  // An empty list would stand for "ours"; and programs that look for others want to find them.
  if (shell.variable("PATH") == nullptr && std::getenv("PATH") == nullptr) all.push_back("PATH=" + std::string(kUsualPath));
  return all;
}

}  // namespace shell
