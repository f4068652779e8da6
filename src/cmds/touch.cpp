// touch: makes empty files, or sets the times of those that are there to now, or to those of another.
#include <fcntl.h>
#include <sys/stat.h>

#include "reactor/io.h"
#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  timespec times[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
  if (const auto reference = cx.args.value("-r")) {
    struct stat s {};
    if (::stat(reference->c_str(), &s) < 0) co_return cx.fail(*reference + ": " + reactor::errno_text(errno));
    times[0] = s.st_atim;
    times[1] = s.st_mtim;
  }
  if (const auto date = cx.args.value("-d")) {
    const bool epoch = date->starts_with('@');
    const auto seconds = parse_number(epoch ? std::string_view(*date).substr(1) : std::string_view(*date), *date);
    if (!epoch || !seconds) co_return cx.bad_usage("-d: '" + *date + "' is not @SECONDS");
    times[0] = times[1] = {static_cast<time_t>(*seconds), 0};
  }
  const bool only_access = cx.args.has("-a") && !cx.args.has("-m"), only_change = cx.args.has("-m") && !cx.args.has("-a");
  if (only_access) times[1].tv_nsec = UTIME_OMIT;
  if (only_change) times[0].tv_nsec = UTIME_OMIT;
  int status = 0;
  for (const std::string& path : cx.args.positional()) {
    if (::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0) continue;
    int error = errno;
    if (error == ENOENT && cx.args.has("-c")) continue;
    if (error == ENOENT) {
      auto made = co_await reactor::open_file(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY);
      error = made ? 0 : made.error().code;
      if (made && ::futimens(made->get(), times) < 0) error = errno;
    }
    if (error != 0) status = cx.fail(path + ": " + reactor::errno_text(error));
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-c", .help = "make no file"},
                               {.flag = "-a", .help = "only the time of the last access"},
                               {.flag = "-m", .help = "only the time of the last change"},
                               {.flag = "-r", .value = "FILE", .kind = Arg::path, .help = "times of another file"},
                               {.flag = "-d", .value = "@SECONDS", .help = "a time, in seconds since 1970"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .repeated = true}};
constexpr CommandSpec spec = {.name = "touch",
                              .group = Group::files,
                              .usage = "[-c] [-a] [-m] [-r FILE] [-d @SECONDS] FILE…",
                              .help = "make empty files, or renew their times",
                              .options = options,
                              .args = args,
                              .example = "touch /tmp/ready",
                              .run = run};
const Command self(spec);

}  // namespace
