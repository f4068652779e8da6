// wait file: until a path exists, or (gone) no longer does; by inotify on the deepest directory above it that is there.
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"
#include "shell/file_tree.h"
#include "shell/wait_subject.h"

namespace {
using namespace shell;

bool exists(const std::string& path) {
  struct stat s {};
  return ::lstat(path.c_str(), &s) == 0;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// These do not tell of what the host, or the kernel, does to their files (statfs(2), linux/magic.h).
bool tells_nothing(const std::string& directory) {
  struct statfs s {};
  if (::statfs(directory.c_str(), &s) < 0) return false;
  constexpr std::array<unsigned, 8> silent = {0x01021997 /* 9p */,      0x9fa0 /* proc */,
                                              0x62656572 /* sysfs */,   0x74726163 /* tracefs */,
                                              0x64626720 /* debugfs */, 0x65735546 /* fuse, virtiofs */,
                                              0x6969 /* nfs */,         0xff534d42 /* cifs */};
  return std::find(silent.begin(), silent.end(), static_cast<unsigned>(s.f_type)) != silent.end();
}

Task<Result<void>> happened(reactor::Fd notify, std::string path, bool gone, std::string* seen) {
  constexpr std::uint32_t events = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB;
  alignas(inotify_event) std::array<char, 4096> buffer;
  int watched = -1;
  for (;;) {
    std::string directory = parent_of(path);
    while (!exists(directory) && directory != "/" && directory != ".") directory = parent_of(directory);
    const int watch = ::inotify_add_watch(notify.get(), directory.c_str(), events);
    if (watch < 0 && errno != ENOENT) co_return reactor::failed("watch", directory, errno);
    if (watched >= 0 && watched != watch) ::inotify_rm_watch(notify.get(), watched);
    watched = watch;
    // Only now: what came before the watch is seen here, what comes after it there.
    if (exists(path) != gone) co_return Result<void>();
    if (watch < 0) continue;
    *seen = gone                           ? "it is still there"
            : directory == parent_of(path) ? "directory " + directory + " is there, the file is not"
                                           : "not even directory " + parent_of(path) + " is there";
    if (tells_nothing(directory)) {
      // The one place that has to look again and again: a share from the host sends no events.
      auto slept = co_await reactor::sleep_for(std::chrono::milliseconds(100));
      if (!slept) co_return slept;
    } else {
      auto n = co_await reactor::read(notify.get(), buffer);
      if (!n) co_return tl::unexpected(n.error());
    }
  }
}

Result<Task<Result<void>>> begin(Context&, std::vector<std::string> words, std::string* seen) {
  const bool gone = words.size() == 2 && words[1] == "gone";
  if (words.size() != 1 && !gone) return reactor::failed({}, {}, "wait file needs one PATH, and perhaps gone");
  std::string path = words[0];
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  reactor::Fd notify(::inotify_init1(IN_CLOEXEC | reactor::Loop::current().nonblocking_flag()));
  if (!notify) return reactor::failed({}, "inotify", errno);
  return happened(std::move(notify), std::move(path), gone, seen);
}

constexpr ArgSpec args[] = {{.name = "PATH", .kind = Arg::path}, {.name = "gone", .optional = true}};
constexpr WaitSubject subject = {.name = "file", .args = args, .help = "a file exists, or (gone) exists no longer", .begin = begin};
const WaitSubjectEntry self(subject);

}  // namespace
