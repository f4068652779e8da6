#include "shell/glob_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "reactor/child.h"
#include "reactor/io.h"
#include "reactor/job.h"
#include "reactor/stream.h"
#include "shell/glob.h"

namespace shell {
namespace {

using reactor::Result;
using reactor::Task;

std::string unescaped(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    text.push_back(pattern[i]);
  }
  return text;
}

// Appends to `found`, NUL-terminated each, what `rest` matches below `base` (empty, or ending in /).
void walk(const std::string& base, std::string_view rest, std::string& found) {
  const std::size_t end = std::min(rest.find('/'), rest.size());
  const std::size_t next = std::min(rest.find_first_not_of('/', end), rest.size());
  const std::string_view component = rest.substr(0, end);
  const std::string_view separator = rest.substr(end, next - end);
  const std::string_view below = rest.substr(next);
  const auto take = [&](const std::string& path) {
    struct stat info {};
    if (!below.empty()) walk(path + std::string(separator), below, found);
    else if (::lstat((path + std::string(separator)).c_str(), &info) == 0) found += path + std::string(separator) + '\0';
  };
  if (!has_glob(component)) return take(base + unescaped(component));
  DIR* directory = ::opendir(base.empty() ? "." : base.c_str());
  if (directory == nullptr) return;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if ((name.front() != '.' || component.front() == '.') && glob_match(component, name)) names.emplace_back(name);
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) take(base + name);
}

int write_matches(const std::string& pattern, int fd) {
  std::string found;
  walk("", pattern, found);
  for (std::string_view rest = found; !rest.empty();) {
    const ssize_t n = ::write(fd, rest.data(), rest.size());
    if (n < 0) return errno;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace

Task<Result<std::vector<std::string>>> glob_files(std::string pattern) {
  std::vector<std::string> names;
  if (pattern.size() > PATH_MAX) co_return names;  // matches no path that the kernel would take
  auto pipe = reactor::make_pipe();
  if (!pipe) co_return tl::unexpected(pipe.error());
  auto child = reactor::Child::fork([&] {
    const int fd = pipe->write.get();
    // The loop may want its pipes not to block; the child has nothing else to do.
    ::fcntl(fd, F_SETFL, 0);
    return write_matches(pattern, fd);
  });
  if (!child) co_return tl::unexpected(child.error());
  pipe->write.reset();
  reactor::In in(reactor::fd_source(std::move(pipe->read)));
  auto found = co_await in.all();
  if (!found) co_return tl::unexpected(found.error());
  auto exit = co_await child->finished();
  if (!exit) co_return tl::unexpected(exit.error());
  if (exit->status != 0) co_return reactor::failed("read", pattern, exit->signal == 0 ? exit->status : EIO);
  for (std::string_view rest = *found; !rest.empty();) {
    const std::size_t end = rest.find('\0');
    names.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  co_return names;
}

}  // namespace shell
