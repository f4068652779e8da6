#include "edit_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "shell/memory_limit.h"
#include "shell/new_file.h"

namespace cmds {
namespace {

using reactor::Error;
using reactor::Fd;
using reactor::Result;
using reactor::Task;

constexpr std::size_t portion = 1U << 20;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Task<Result<void>> write_text(int fd, const EditText* text, EditText::Version version) {
  for (std::size_t at = 0; at < text->size(version); at += portion) {
    const std::string part = text->copy(version, at, at + portion);
    auto written = co_await reactor::write_all(fd, part);
    if (!written) co_return written;
  }
  co_return Result<void>();
}

// For what makes a new file.
std::function<Task<Result<void>>(int)> writer(const EditText& text, EditText::Version version) {
  return [&text, version = std::move(version)](int fd) { return write_text(fd, &text, version); };
}

Task<Result<void>> write_in_place(std::string target, const EditText* text, EditText::Version version, bool* cut) {
  auto fd = co_await reactor::open_file(target, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | reactor::Loop::current().nonblocking_flag());
  if (!fd) co_return tl::unexpected(fd.error());
  *cut = true;
  auto done = co_await write_text(fd->get(), text, std::move(version));
  if (!done) co_return done;
  auto synced = co_await reactor::fsync(fd->get());
  // Devices, pipes and the kernel's own files have nothing to bring to a disk.
  if (!synced && synced.error().code != EINVAL && synced.error().code != EROFS && synced.error().code != ENOTSUP) co_return synced;
  co_return Result<void>();
}

// Files that the kernel makes up when they are read: their times say nothing.
bool is_kernels_own(const std::string& path) {
  struct statfs s {};
  if (::statfs(path.c_str(), &s) < 0) return false;
  constexpr std::int64_t kinds[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, CGROUP2_SUPER_MAGIC, CGROUP_SUPER_MAGIC};
  return std::find(std::begin(kinds), std::end(kinds), static_cast<std::int64_t>(s.f_type)) != std::end(kinds);
}

}  // namespace

Task<Result<shell::TextBuffer>> EditFile::read() {
  shell::TextBuffer text;
  auto fd = co_await reactor::open_file(path_, O_RDONLY | O_NOCTTY | reactor::Loop::current().nonblocking_flag());
  if (!fd && fd.error().code == ENOENT) co_return text;
  if (!fd) co_return tl::unexpected(fd.error());
  struct stat s {};
  if (::fstat(fd->get(), &s) < 0) co_return reactor::failed("read", path_, errno);
  if (S_ISDIR(s.st_mode)) co_return reactor::failed("read", path_, EISDIR);
  const std::uint64_t limit = shell::memory_limit();
  if (static_cast<std::uint64_t>(s.st_size) > limit) co_return reactor::failed("read", path_, shell::over_memory_limit);
  for (;;) {
    auto n = co_await reactor::read(fd->get(), text.room());
    if (!n) {
      n.error().on = path_;
      co_return tl::unexpected(n.error());
    }
    if (*n == 0) break;
    text.added(*n);
    if (text.size() > limit) co_return reactor::failed("read", path_, shell::over_memory_limit);
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
    if (reactor::must_stop()) co_return reactor::failed("read", path_, ECANCELED);
  }
  state_ = shell::FileState::of(s);
  co_return text;
}

int EditFile::unwritable() const {
  if (path_.empty() || ::faccessat(AT_FDCWD, path_.c_str(), W_OK, AT_EACCESS) == 0) return 0;
  if (errno != ENOENT) return errno;
  return ::faccessat(AT_FDCWD, folder_of(path_).c_str(), W_OK, AT_EACCESS) == 0 ? 0 : errno;
}

bool EditFile::changed_underneath() const {
  struct stat s {};
  const bool there = !path_.empty() && ::stat(path_.c_str(), &s) == 0;
  if (!exists()) return there;
  if (!there) return true;
  if (!S_ISREG(s.st_mode) || is_kernels_own(path_)) return false;
  return shell::FileState::of(s) != state_;
}

Task<Result<void>> EditFile::write(const EditText& text, EditText::Version version, std::string path) {
  const std::string target = shell::resolved(path);
  struct stat s {}, link {};
  const bool there = ::stat(target.c_str(), &s) == 0;
  const bool dangling = !there && ::lstat(target.c_str(), &link) == 0;
  if (there && S_ISDIR(s.st_mode)) co_return reactor::failed({}, path, EISDIR);
  // A folder that we may write to would let us replace a file that is protected from writing.
  if (there && ::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) < 0) co_return reactor::failed({}, path, errno);
  const bool has_text = there && S_ISREG(s.st_mode);  // that writing in place would cut
  bool in_place = dangling || (there && (!has_text || s.st_nlink > 1)), no_copy = false, cut = false;
  Result<void> done;
  Result<std::string> copy;  // of the text, while the file is cut
  {
    // What is begun is brought to its end, also when the terminal hangs up meanwhile; but a pipe may never take it.
    std::optional<reactor::Shield> shield;
    if (!there || has_text) shield.emplace();
    if (!in_place) {
      done = co_await shell::NewFile::write(target, 0666, writer(text, version));
      in_place = !done && there && !leaves_no_way(done.error().code);
    }
    if (in_place && has_text) copy = co_await write_recovery(text, version);
    no_copy = !copy && leaves_no_way(copy.error().code);
    if (no_copy) done = tl::unexpected(copy.error());
    else if (in_place) done = co_await write_in_place(target, &text, version, &cut);
  }
  if (!done) {
    Error error = done.error();
    std::string note;
    if (no_copy) note = "it is written in place, and a copy of the text could not be made before";
    else if (cut && has_text) note = copy ? "the file is cut; all of the text is in " + *copy : "the file is cut";
    error.tried.clear();
    error.on = path;
    if (!note.empty()) error.reason = fmt::format("{} ({})", reactor::errno_text(error.code), note), error.code = 0;
    co_return tl::unexpected(error);
  }
  path_ = std::move(path);
  state_ = shell::FileState::at(path_);
  recovery_.remove();
  co_return Result<void>();
}

Task<Result<std::string>> EditFile::write_recovery(const EditText& text, EditText::Version version) {
  auto written = co_await recovery_.write(path_, writer(text, std::move(version)));
  co_return written;
}

}  // namespace cmds
