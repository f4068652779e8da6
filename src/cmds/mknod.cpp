// mknod: makes a device node or FIFO with mode 0666 whatever the umask, and the directories above it. One that is there
// already, of the same kind and number, is no error: scripts rely on it.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "shell/file_tree.h"
#include "shell/text.h"

#include "shell/command.h"

namespace {
using namespace shell;

mode_t kind_of(std::string_view word) {
  if (word == "c" || word == "u" || word == "char") return S_IFCHR;
  if (word == "b" || word == "block") return S_IFBLK;
  if (word == "p" || word == "fifo") return S_IFIFO;
  return 0;
}

Task<int> run(Context& cx) {
  const std::string& path = cx.args[0];
  const mode_t kind = kind_of(cx.args[1]);
  if (kind == 0) co_return cx.bad_usage("'" + cx.args[1] + "' is no type: c, b or p");
  dev_t device = 0;
  if (kind != S_IFIFO) {
    if (cx.args.count() != 4) co_return cx.bad_usage("a device needs MAJOR and MINOR");
    const auto major = cx.args.number(2, 0, 4095), minor = cx.args.number(3, 0, 0xFFFFF);
    if (!major) co_return cx.bad_usage(major.error());
    if (!minor) co_return cx.bad_usage(minor.error());
    device = makedev(static_cast<unsigned>(*major), static_cast<unsigned>(*minor));
  } else if (cx.args.count() != 2) {
    co_return cx.bad_usage("a FIFO has no MAJOR and MINOR");
  }
  mode_t mode = 0666;
  const auto wanted = cx.args.value("-m");
  if (wanted && !parse_mode(*wanted, 0666, false, mode)) co_return cx.bad_usage("-m: '" + *wanted + "' is not a mode");

  const std::size_t slash = path.find_last_of('/');
  if (slash != std::string::npos && slash > 0) {
    const auto made = make_directories(path.substr(0, slash));
    if (!made)
      co_return cx.fail(fmt::format("Failed to create directory {}: errno {} - {}", made.error().on, made.error().code,
                                    reactor::errno_text(made.error().code)));
  }
  if (::mknod(path.c_str(), kind | mode, device) == 0 && ::chmod(path.c_str(), mode) == 0) {
    cx.out.print("Successfully created device node: {}\n", path);
    co_return 0;
  }
  const int error = errno;
  struct stat s {};
  if (error != EEXIST || ::lstat(path.c_str(), &s) < 0)
    co_return cx.fail(fmt::format("Failed to create device node {}: errno {} - {}", path, error, reactor::errno_text(error)));
  if ((s.st_mode & S_IFMT) == kind && s.st_rdev == device) {
    cx.out.print("Device node {} already exists\n", path);
    co_return 0;
  }
  const std::string there = S_ISCHR(s.st_mode) || S_ISBLK(s.st_mode)
                                ? fmt::format("{} {} {}", kind_letter(s.st_mode), major(s.st_rdev), minor(s.st_rdev))
                            : S_ISDIR(s.st_mode) ? std::string("a directory")
                            : S_ISREG(s.st_mode) ? std::string("a file")
                                                 : fmt::format("of kind {}", kind_letter(s.st_mode));
  co_return cx.fail(fmt::format("{} exists and is something else ({})", path, there));
}

constexpr OptSpec options[] = {{.flag = "-m", .value = "MODE", .help = "mode instead of 0666, as chmod takes it"}};
constexpr ArgSpec args[] = {{.name = "PATH", .kind = Arg::path},
                            {.name = "TYPE", .kind = Arg::choice, .choices = "c|char|b|block|p"},
                            {.name = "MAJOR", .kind = Arg::number, .optional = true},
                            {.name = "MINOR", .kind = Arg::number, .optional = true}};
constexpr CommandSpec spec = {
    .name = "mknod",
    .group = Group::files,
    .usage = "[-m MODE] PATH TYPE [MAJOR MINOR]",
    .help = "make a device node or FIFO",
    .options = options,
    .args = args,
    .details = "TYPE: c or char, b or block, p (a FIFO, without numbers). Missing directories above are made.",
    .example = "mknod /dev/net/tun c 10 200",
    .run = run};
const Command self(spec);

}  // namespace
