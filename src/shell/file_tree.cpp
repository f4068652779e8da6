#include "shell/file_tree.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "reactor/directory.h"
#include "reactor/io.h"
#include "shell/filter.h"

namespace shell {

using reactor::Error;
using reactor::Result;
using reactor::Task;

Result<bool> make_directories(const std::string& path, mode_t mode) {
  bool made = false;
  for (std::size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', path.find_first_not_of('/', end)), path.size());
    const std::string part = path.substr(0, end);
    const bool last = path.find_first_not_of('/', end) == std::string::npos;
    if (::mkdir(part.c_str(), last ? mode : 0755) == 0) {
      made = true;
      continue;
    }
    const int error = errno;
    struct stat s {};
    // Read-only parents say EROFS or EACCES for a directory that is there.
    if (::stat(part.c_str(), &s) < 0) return reactor::failed({}, part, error);
    if (!S_ISDIR(s.st_mode)) return reactor::failed({}, part, last ? EEXIST : ENOTDIR);
    if (last) break;
  }
  if (path.empty()) return reactor::failed({}, "''", ENOENT);
  return made;
}

std::string path_join(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  return path.append(name);
}

std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return std::string(path.size() == 1 || slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string destination_of(const std::string& source, const std::string& target, bool into) {
  struct stat s {};
  if (into && ::stat(target.c_str(), &s) == 0 && S_ISDIR(s.st_mode)) return path_join(target, base_name(source));
  return target;
}

namespace {

void report_failure(const TreeReport* report, std::string_view tried, const std::string& on, int code) {
  report->failed(Error{std::string(tried), "'" + on + "'", code, {}});
}

void report_failure(const TreeReport* report, std::string_view tried, const std::string& on, std::string_view reason) {
  report->failed(Error{std::string(tried), "'" + on + "'", 0, std::string(reason)});
}

// Long trees give others their turn; false when the job was stopped.
Task<bool> go_on(const TreeReport* report) {
  auto turn = co_await take_turns();
  if (!turn) report->failed(turn.error());
  co_return turn.has_value();
}

}  // namespace

Task<bool> remove_tree(std::string path, bool recursive, const TreeReport* report) {
  auto on = co_await go_on(report);
  if (!on) co_return false;
  struct stat s {};
  if (::lstat(path.c_str(), &s) < 0) {
    report_failure(report, "cannot remove", path, errno);
    co_return false;
  }
  const bool directory = S_ISDIR(s.st_mode);
  if (directory && !recursive) {
    report_failure(report, "cannot remove", path, EISDIR);
    co_return false;
  }
  if (directory) {
    auto names = reactor::directory_names(path);
    if (!names) {
      report_failure(report, "cannot remove", path, names.error().code);
      co_return false;
    }
    bool all = true;
    for (const std::string& name : *names) {
      auto removed = co_await remove_tree(path_join(path, name), true, report);
      all = all && removed;
    }
    if (!all) co_return false;
  }
  if ((directory ? ::rmdir(path.c_str()) : ::unlink(path.c_str())) < 0) {
    report_failure(report, "cannot remove", path, errno);
    co_return false;
  }
  if (report->done) report->done(path, {});
  co_return true;
}

namespace {

constexpr std::size_t kCopyPiece = 256 * 1024;

Task<Result<void>> copy_bytes(int from, int to) {
  std::string piece(kCopyPiece, '\0');
  for (;;) {
    auto n = co_await reactor::read(from, piece);
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) co_return Result<void>();
    auto written = co_await reactor::write_all(to, std::string_view(piece).substr(0, *n));
    if (!written) co_return written;
  }
}

// Owner first: chown clears the set-id bits.
int copy_attributes(int to, const struct stat& s) {
  const timespec times[2] = {s.st_atim, s.st_mtim};
  if (::fchown(to, s.st_uid, s.st_gid) < 0 && errno != EPERM) return errno;
  if (::fchmod(to, s.st_mode & 07777) < 0 || ::futimens(to, times) < 0) return errno;
  return 0;
}

int copy_link_attributes(const std::string& to, const struct stat& s) {
  const timespec times[2] = {s.st_atim, s.st_mtim};
  if (::lchown(to.c_str(), s.st_uid, s.st_gid) < 0 && errno != EPERM) return errno;
  if (!S_ISLNK(s.st_mode) && ::chmod(to.c_str(), s.st_mode & 07777) < 0) return errno;
  return ::utimensat(AT_FDCWD, to.c_str(), times, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
}

Task<bool> copy_file(std::string from, std::string to, CopyOptions options, struct stat s, const TreeReport* report) {
  auto in = co_await reactor::open_file(from, O_RDONLY);
  if (!in) {
    report_failure(report, "cannot open", from, in.error().code);
    co_return false;
  }
  const mode_t mode = s.st_mode & 0777;
  auto out = co_await reactor::open_file(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (!out && options.force && !out.error().cancelled() && ::unlink(to.c_str()) == 0)
    out = co_await reactor::open_file(to, O_WRONLY | O_CREAT | O_TRUNC, mode);
  if (!out) {
    report_failure(report, "cannot create", to, out.error().code);
    co_return false;
  }
  auto copied = co_await copy_bytes(in->get(), out->get());
  if (!copied) {
    const Error& error = copied.error();
    report_failure(report, error.tried == "read" ? "cannot read" : "cannot write", error.tried == "read" ? from : to, error.code);
    co_return false;
  }
  if (const int error = options.preserve ? copy_attributes(out->get(), s) : 0; error != 0) {
    report_failure(report, "cannot keep the attributes of", to, error);
    co_return false;
  }
  if (report->done) report->done(from, to);
  co_return true;
}

// Links, nodes and FIFOs: made anew.
bool copy_special(const std::string& from, const std::string& to, const CopyOptions& options, const struct stat& s,
                  const TreeReport* report) {
  const auto make = [&]() -> int {
    if (!S_ISLNK(s.st_mode)) return ::mknod(to.c_str(), s.st_mode, s.st_rdev);
    std::string text(static_cast<std::size_t>(s.st_size) + 4096, '\0');  // /proc links have no size
    const auto n = ::readlink(from.c_str(), text.data(), text.size());
    if (n < 0) return -1;
    text.resize(static_cast<std::size_t>(n));
    return ::symlink(text.c_str(), to.c_str());
  };
  if (make() < 0 && (errno != EEXIST || ::unlink(to.c_str()) < 0 || make() < 0)) {
    report_failure(report, "cannot create", to, errno);
    return false;
  }
  if (const int error = options.preserve ? copy_link_attributes(to, s) : 0; error != 0) {
    report_failure(report, "cannot keep the attributes of", to, error);
    return false;
  }
  if (report->done) report->done(from, to);
  return true;
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

bool inside(const std::string& directory, std::string path) {
  struct stat top {}, s {};
  if (::stat(directory.c_str(), &top) < 0) return false;
  // Up from the target's parent, which exists, to the root.
  const std::size_t slash = path.find_last_of('/');
  path = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  for (struct stat above {}; ::stat(path.c_str(), &s) == 0; path += "/..") {
    if (same_file(s, top)) return true;
    if (same_file(s, above)) return false;
    above = s;
  }
  return false;
}

Task<bool> copy_directory(std::string from, std::string to, CopyOptions options, struct stat s, const TreeReport* report) {
  struct stat target {};
  const bool exists = ::stat(to.c_str(), &target) == 0;
  if (exists && !S_ISDIR(target.st_mode)) {
    report_failure(report, "cannot overwrite", to, ENOTDIR);
    co_return false;
  }
  // Writable by us until its content is there.
  if (!exists && ::mkdir(to.c_str(), (s.st_mode & 0777) | 0700) < 0) {
    report_failure(report, "cannot create directory", to, errno);
    co_return false;
  }
  auto names = reactor::directory_names(from);
  if (!names) {
    report_failure(report, "cannot read", from, names.error().code);
    co_return false;
  }
  options.follow_links = false;
  bool all = true;
  for (const std::string& name : *names) {
    auto copied = co_await copy_tree(path_join(from, name), path_join(to, name), options, report);
    all = all && copied;
  }
  int error = 0;
  if (options.preserve) error = copy_link_attributes(to, s);
  else if (!exists && (s.st_mode & 0700) != 0700 && ::chmod(to.c_str(), s.st_mode & 0777) < 0) error = errno;
  if (error != 0) report_failure(report, "cannot keep the attributes of", to, error);
  if (error == 0 && all && report->done) report->done(from, to);
  co_return all && error == 0;
}

}  // namespace

Task<bool> copy_tree(std::string from, std::string to, CopyOptions options, const TreeReport* report) {
  auto on = co_await go_on(report);
  if (!on) co_return false;
  struct stat s {}, target {};
  if ((options.follow_links ? ::stat(from.c_str(), &s) : ::lstat(from.c_str(), &s)) < 0) {
    report_failure(report, "cannot stat", from, errno);
    co_return false;
  }
  const bool exists = (S_ISLNK(s.st_mode) ? ::lstat(to.c_str(), &target) : ::stat(to.c_str(), &target)) == 0;
  if (exists && same_file(s, target)) {
    report_failure(report, "'" + from + "' and", to, "are the same file");
    co_return false;
  }
  if (exists && !S_ISDIR(s.st_mode)) {
    if (options.no_clobber) co_return true;
    const timespec &a = s.st_mtim, &b = target.st_mtim;
    if (options.update && (a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec <= b.tv_nsec))) co_return true;
    if (S_ISDIR(target.st_mode)) {
      report_failure(report, "cannot overwrite", to, EISDIR);
      co_return false;
    }
  }
  if (S_ISDIR(s.st_mode)) {
    if (!options.recursive) {
      report_failure(report, "omitting directory", from, "use -r");
      co_return false;
    }
    if (inside(from, to)) {
      report_failure(report, "cannot copy", from, "the target '" + to + "' is inside it");
      co_return false;
    }
    auto copied = co_await copy_directory(from, to, options, s, report);
    co_return copied;
  }
  // A plain copy reads nodes and FIFOs; a tree's are made anew, or `cp -r /dev` would never end.
  if (S_ISREG(s.st_mode) || (!options.recursive && !S_ISLNK(s.st_mode))) {
    auto copied = co_await copy_file(from, to, options, s, report);
    co_return copied;
  }
  co_return copy_special(from, to, options, s, report);
}

}  // namespace shell
