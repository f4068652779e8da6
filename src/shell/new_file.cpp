#include "shell/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "reactor/blocking.h"
#include "reactor/io.h"
#include "reactor/loop.h"

namespace shell {

using reactor::Result;
using reactor::Task;

std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), ::free);
  return real ? real.get() : path;
}

Task<Result<std::unique_ptr<NewFile>>> NewFile::create(std::string path, unsigned mode) {
  path = resolved(path);
  std::unique_ptr<NewFile> file(new NewFile(path));
  struct stat s {};
  const bool exists = ::stat(path.c_str(), &s) == 0;
  if (exists && S_ISDIR(s.st_mode)) co_return reactor::failed("write", path, EISDIR);
  // A folder that may be written to would let a file be replaced that is protected.
  if (exists && ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) < 0) co_return reactor::failed("write", path, errno);
  if (exists && !S_ISREG(s.st_mode)) {
    auto fd = co_await reactor::open_file(path, O_WRONLY | O_NOCTTY | reactor::Loop::current().nonblocking_flag());
    if (!fd) co_return tl::unexpected(fd.error());
    file->fd_ = std::move(*fd);
    co_return std::move(file);
  }
  // As long as a name may be, with room for what is added.
  constexpr std::size_t longest_name = 200;
  const std::size_t name = path.rfind('/') + 1;  // npos + 1 is 0
  static unsigned count = 0;  // several jobs may write the same file
  const std::string made = fmt::format("{}.{}.{}.{}.new", path.substr(0, name), path.substr(name, longest_name), ::getpid(), ++count);
  ::unlink(made.c_str());  // of a process that had our number and was killed
  auto fd = co_await reactor::open_file(made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, exists ? 0600 : mode);
  if (!fd) co_return tl::unexpected(fd.error());
  file->temporary_ = made;
  file->fd_ = std::move(*fd);
  struct stat own {};
  const bool same_owner = !exists || (::fstat(file->fd(), &own) == 0 && own.st_uid == s.st_uid && own.st_gid == s.st_gid);
  if (!same_owner && ::fchown(file->fd(), s.st_uid, s.st_gid) < 0) co_return reactor::failed("keep the owner of", path, errno);
  if (exists && ::fchmod(file->fd(), s.st_mode & 07777) < 0) co_return reactor::failed("keep the mode of", path, errno);
  co_return std::move(file);
}

Task<Result<void>> NewFile::write(std::string path, unsigned mode, std::function<Task<Result<void>>(int)> write) {
  auto file = co_await create(std::move(path), mode);
  if (!file) co_return tl::unexpected(file.error());
  auto done = co_await write((*file)->fd());
  if (done) done = co_await (*file)->finish();
  co_return done;
}

NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Task<Result<void>> NewFile::finish() {
  auto synced = co_await reactor::fsync(fd());
  // Devices and pipes have nothing to bring to a disk.
  if (!synced && (!temporary_.empty() || (synced.error().code != EINVAL && synced.error().code != EROFS))) {
    synced.error().on = path_;
    co_return synced;
  }
  if (temporary_.empty()) co_return Result<void>();
  std::function<int()> rename = [from = temporary_, to = path_] { return ::rename(from.c_str(), to.c_str()) < 0 ? errno : 0; };
  auto renamed = co_await reactor::blocking("rename", std::move(rename));
  if (!renamed) {
    renamed.error().on = path_;
    co_return renamed;
  }
  temporary_.clear();
  // The name, too, has to reach the disk; a file system that cannot say so has done what it can.
  const std::size_t slash = path_.rfind('/');
  auto folder = co_await reactor::open_file(slash == path_.npos ? "." : path_.substr(0, slash + 1), O_RDONLY | O_DIRECTORY);
  if (folder) (void)co_await reactor::fsync(folder->get());
  co_return Result<void>();
}

}  // namespace shell
