// cp: copies files, with -r trees (links as links, nodes as nodes). Status 0; 1 when something was not copied.
#include "shell/file_tree.h"

#include "shell/command.h"

namespace {
using namespace shell;

bool is_directory(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode);
}

Task<int> run(Context& cx) {
  const auto words = cx.args.positional();
  const std::string target = words.back();
  const auto sources = words.first(words.size() - 1);
  if (sources.empty()) co_return cx.bad_usage("missing TARGET");
  const bool into = !cx.args.has("-T");
  if (sources.size() > 1 && (!into || !is_directory(target))) co_return cx.fail("target '" + target + "' is not a directory");
  const bool archive = cx.args.has("-a");
  CopyOptions how;
  how.recursive = archive || cx.args.has("-r") || cx.args.has("-R");
  how.preserve = archive || cx.args.has("-p");
  // As in cp(1): a tree's links stay links, a single link is followed, unless said otherwise.
  how.follow_links = cx.args.has("-L") || !(how.recursive || cx.args.has("-d") || cx.args.has("-P"));
  how.no_clobber = cx.args.has("-n");
  how.update = cx.args.has("-u");
  how.force = cx.args.has("-f");
  int status = 0;
  TreeReport report;
  report.failed = [&](const Error& error) { status = cx.fail(error); };
  if (cx.args.has("-v"))
    report.done = [&](const std::string& from, const std::string& to) { cx.out.print("'{}' -> '{}'\n", from, to); };
  for (const std::string& source : sources) {
    (void)co_await copy_tree(source, destination_of(source, target, into), how, &report);
    if (status == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-r", .help = "directories with all that is in them"},
                               {.flag = "-R", .help = "the same"},
                               {.flag = "-a", .help = "all as it is: -r -p and links as links"},
                               {.flag = "-p", .help = "keep mode, owner and times"},
                               {.flag = "-f", .help = "replace a target that cannot be written"},
                               {.flag = "-n", .help = "leave targets that exist"},
                               {.flag = "-u", .help = "leave targets that are not older"},
                               {.flag = "-L", .help = "copy what the named links lead to"},
                               {.flag = "-P", .help = "copy links as links"},
                               {.flag = "-d", .help = "the same"},
                               {.flag = "-T", .help = "TARGET is the name, even if it is a directory"},
                               {.flag = "-v", .help = "say what was copied"}};
constexpr ArgSpec args[] = {{.name = "SOURCE", .kind = Arg::path}, {.name = "TARGET", .kind = Arg::path, .repeated = true}};
constexpr CommandSpec spec = {.name = "cp",
                              .group = Group::files,
                              .usage = "[-r|-R] [-a] [-p] [-f] [-n] [-u] [-L] [-P] [-d] [-T] [-v] SOURCE… TARGET",
                              .help = "copy files",
                              .options = options,
                              .args = args,
                              .example = "cp -r /mnt/host/data /tmp",
                              .run = run};
const Command self(spec);

}  // namespace
