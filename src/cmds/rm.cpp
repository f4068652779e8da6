// rm: removes files, with -r trees; never follows a link. Status 0; 1 when something stayed.
#include "shell/file_tree.h"

#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  const bool force = cx.args.has("-f"), recursive = cx.args.has("-r") || cx.args.has("-R"), directories = cx.args.has("-d");
  if (cx.args.count() == 0 && !force) co_return cx.bad_usage("missing FILE");
  int status = 0;
  TreeReport report;
  report.failed = [&](const Error& error) { status = cx.fail(error); };
  if (cx.args.has("-v")) report.done = [&](const std::string& path, const std::string&) { cx.out.print("removed '{}'\n", path); };
  for (const std::string& path : cx.args.positional()) {
    struct stat s {};
    if (force && ::lstat(path.c_str(), &s) < 0 && (errno == ENOENT || errno == ENOTDIR)) continue;
    const std::string name = base_name(path);
    if (name == "." || name == ".." || name == "/") {
      status = cx.fail("'" + path + "': refusing to remove it");
      continue;
    }
    if (directories && !recursive && ::lstat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode)) {
      if (::rmdir(path.c_str()) < 0) status = cx.fail("cannot remove '" + path + "': " + reactor::errno_text(errno));
      continue;
    }
    (void)co_await remove_tree(path, recursive, &report);
    if (status == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-r", .help = "directories with all that is in them"},
                               {.flag = "-R", .help = "the same"},
                               {.flag = "-f", .help = "what is not there is no failure"},
                               {.flag = "-d", .help = "empty directories too"},
                               {.flag = "-v", .help = "say what was removed"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "rm",
                              .group = Group::files,
                              .usage = "[-r|-R] [-f] [-d] [-v] FILE…",
                              .help = "remove files",
                              .options = options,
                              .args = args,
                              .example = "rm -rf /tmp/work",
                              .run = run};
const Command self(spec);

}  // namespace
