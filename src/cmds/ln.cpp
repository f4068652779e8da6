// ln: makes links: hard ones, or with -s symbolic ones. Status 0; 1 when one could not be made.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/file_tree.h"

#include "shell/command.h"

namespace {
using namespace shell;

int link_one(Context& cx, const std::string& target, const std::string& name) {
  const bool symbolic = cx.args.has("-s");
  const auto make = [&] {
    return symbolic ? ::symlink(target.c_str(), name.c_str()) : ::linkat(AT_FDCWD, target.c_str(), AT_FDCWD, name.c_str(), 0);
  };
  int done = make();
  if (done < 0 && errno == EEXIST && cx.args.has("-f")) {
    struct stat a {}, b {};
    // A hard link to itself must not lose the file.
    if (!symbolic && ::lstat(target.c_str(), &a) == 0 && ::lstat(name.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino)
      return 0;
    done = ::unlink(name.c_str()) < 0 ? -1 : make();
  }
  if (done < 0) return cx.fail(fmt::format("cannot link '{}' to '{}': {}", name, target, reactor::errno_text(errno)));
  if (cx.args.has("-v")) cx.out.print("'{}' -> '{}'\n", name, target);
  return 0;
}

Task<int> run(Context& cx) {
  const auto words = cx.args.positional();
  if (words.size() == 1) co_return link_one(cx, words[0], base_name(words[0]));
  const std::string& last = words.back();
  struct stat s {};
  // -n: a link to a directory is replaced, not followed.
  const bool directory =
      (cx.args.has("-n") ? ::lstat(last.c_str(), &s) : ::stat(last.c_str(), &s)) == 0 && S_ISDIR(s.st_mode) && !cx.args.has("-T");
  if (words.size() > 2 && !directory) co_return cx.fail("'" + last + "' is not a directory");
  int status = 0;
  for (const std::string& target : words.first(words.size() - 1))
    if (link_one(cx, target, directory ? path_join(last, base_name(target)) : last) != 0) status = 1;
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-s", .help = "a symbolic link"},
                               {.flag = "-f", .help = "replace what is there"},
                               {.flag = "-n", .help = "replace a link to a directory instead of going into it"},
                               {.flag = "-T", .help = "NAME is the name, even if it is a directory"},
                               {.flag = "-v", .help = "say what was made"}};
constexpr ArgSpec args[] = {{.name = "TARGET", .kind = Arg::path},
                            {.name = "NAME", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "ln",
                              .group = Group::files,
                              .usage = "[-s] [-f] [-n] [-T] [-v] TARGET [NAME]\n[-s] [-f] [-n] [-v] TARGET… DIR",
                              .help = "make links",
                              .options = options,
                              .args = args,
                              .example = "ln -s /mnt/host/tool /sbin/tool",
                              .run = run};
const Command self(spec);

}  // namespace
