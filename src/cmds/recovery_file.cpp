#include "recovery_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "reactor/io.h"
#include "shell/dialogs.h"
#include "shell/file_state.h"
#include "shell/new_file.h"
#include "shell/text.h"

namespace cmds {

using namespace shell;

namespace {

// Beside the file, else where everybody can write; a text without a file has the latter only.
std::vector<std::string> places(const std::string& file) {
  if (file.empty()) return {"/tmp/.edit-recovery"};
  const std::string target = resolved(file);
  const std::size_t name = target.rfind('/') + 1;  // npos + 1 is 0
  const std::string folder = name == 0 ? "./" : target.substr(0, name);
  constexpr std::size_t longest_name = 200;  // of 255, with room for what is added
  // In /tmp there may be those of files of the same name: the whole path tells them apart.
  std::string whole = resolved(folder);
  if (!whole.ends_with('/')) whole += '/';
  whole += target.substr(name);
  std::replace(whole.begin(), whole.end(), '/', '%');
  if (whole.size() > longest_name) whole.erase(0, whole.size() - longest_name);
  return {fmt::format("{}.{}.edit-recovery", folder, std::string_view(target).substr(name, longest_name)), fmt::format("/tmp/.{}.edit-recovery", whole)};
}

// False: an editor that lives has it. Where a file system has no locks, nobody has.
bool take_lock(int fd) { return ::flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; }

}  // namespace

bool leaves_no_way(int code) { return code == ENOSPC || code == EDQUOT || code == EIO || code == EFBIG || code == ECANCELED; }

Task<Result<RecoveryFile::Offer>> RecoveryFile::offer(Screen& screen, std::string file) {
  Offer offer;
  const std::vector<std::string> paths = places(file);
  for (const std::string& path : paths) {
    struct stat s {};
    if (::lstat(path.c_str(), &s) < 0 || !S_ISREG(s.st_mode)) continue;
    // In /tmp anybody may have put something there. Beside the file it may be another's by its number, as on shares whose server gives
    // all files one owner.
    if (path == paths.back() && s.st_uid != ::geteuid()) continue;
    auto opened = co_await reactor::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    lock_ = opened ? std::move(*opened) : reactor::Fd();
    if (lock_ && !take_lock(lock_.get())) {
      offer.message = "another editor has changes of this file that are not saved";
      continue;
    }
    const FileState left = FileState::of(s);
    const std::string when = time_text(left.modified_ns / 1'000'000'000, "%Y-%m-%d %H:%M:%S");
    const bool older = FileState::at(file).modified_ns > left.modified_ns;
    const std::string question = fmt::format("{} of {} holds what was not saved{}: r recovers it, d deletes it, Esc leaves both as they are", path, when,
                                             older ? ", and the file was changed after that" : "");
    auto answer = co_await ask_letter(screen, question, "rd");
    if (!answer) co_return tl::unexpected(answer.error());
    offer.leave = *answer == '\0';
    if (*answer == 'r') offer.recover = path;
    if (*answer == 'd' && ::unlink(path.c_str()) < 0) offer.message = fmt::format("{}: {}", path, reactor::errno_text(errno));
    if (*answer != 'd') co_return offer;
  }
  lock_.reset();
  co_return offer;
}

Task<Result<std::string>> RecoveryFile::write(std::string file, std::function<Task<Result<void>>(int)> write) {
  std::optional<Error> failure;  // a full disk's, if there is one
  reactor::Fd lock;
  const auto locked = [&write, &lock](int fd) {
    lock = reactor::Fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    (void)take_lock(fd);
    return write(fd);
  };
  for (const std::string& path : places(file)) {
    struct stat s {};
    Result<void> done;
    // What came there meanwhile is another editor's, or a link that somebody has put there.
    if (path != path_ && ::lstat(path.c_str(), &s) == 0) {
      done = reactor::failed({}, path, EEXIST);
    } else {
      done = co_await NewFile::write(path, 0600, locked);
    }
    if (done) {
      if (exists() && path_ != path) ::unlink(path_.c_str());
      path_ = path;
      lock_ = std::move(lock);
      co_return path;
    }
    done.error().on = path;
    if (!failure || leaves_no_way(done.error().code)) failure = done.error();
  }
  co_return tl::unexpected(*failure);
}

void RecoveryFile::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
  lock_.reset();
}

}  // namespace cmds
