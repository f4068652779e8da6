// mv: renames files and trees; between file systems copies them with all attributes, then removes the source.
#include <stdio.h>
#include <unistd.h>

#include "shell/file_tree.h"

#include "shell/command.h"

namespace {
using namespace shell;

Task<int> move(Context& cx, std::string from, std::string to) {
  struct stat s {}, target {};
  if (::lstat(from.c_str(), &s) < 0) co_return cx.fail("cannot stat '" + from + "': " + reactor::errno_text(errno));
  const bool exists = ::lstat(to.c_str(), &target) == 0;
  if (exists && s.st_dev == target.st_dev && s.st_ino == target.st_ino && s.st_nlink == 1)
    co_return cx.fail("'" + from + "' and '" + to + "' are the same file");
  if (exists && cx.args.has("-n")) co_return 0;
  if (exists && cx.args.has("-u") && s.st_mtime <= target.st_mtime) co_return 0;
  if (exists && S_ISDIR(target.st_mode) && !S_ISDIR(s.st_mode))
    co_return cx.fail("cannot overwrite directory '" + to + "' with a file");
  if (exists && !S_ISDIR(target.st_mode) && S_ISDIR(s.st_mode)) co_return cx.fail("cannot overwrite '" + to + "' with a directory");
  if (::rename(from.c_str(), to.c_str()) == 0) {
    if (cx.args.has("-v")) cx.out.print("renamed '{}' -> '{}'\n", from, to);
    co_return 0;
  }
  if (errno != EXDEV) co_return cx.fail("cannot move '" + from + "' to '" + to + "': " + reactor::errno_text(errno));
  // Another file system. What is in the way goes first, as a rename would have it.
  if (exists && (S_ISDIR(target.st_mode) ? ::rmdir(to.c_str()) : ::unlink(to.c_str())) < 0)
    co_return cx.fail("cannot replace '" + to + "': " + reactor::errno_text(errno));
  int status = 0;
  TreeReport report;
  report.failed = [&](const Error& error) { status = cx.fail(error); };
  CopyOptions how;
  how.recursive = how.preserve = true;
  how.follow_links = false;
  auto copied = co_await copy_tree(from, to, how, &report);
  if (!copied) co_return status == 0 ? 1 : status;
  (void)co_await remove_tree(from, true, &report);
  if (status == 0 && cx.args.has("-v")) cx.out.print("copied '{}' -> '{}', removed '{}'\n", from, to, from);
  co_return status;
}

Task<int> run(Context& cx) {
  const auto words = cx.args.positional();
  const std::string target = words.back();
  const auto sources = words.first(words.size() - 1);
  const bool into = !cx.args.has("-T");
  struct stat s {};
  if (sources.size() > 1 && (!into || ::stat(target.c_str(), &s) < 0 || !S_ISDIR(s.st_mode)))
    co_return cx.fail("target '" + target + "' is not a directory");
  int status = 0;
  for (const std::string& source : sources) {
    auto moved = co_await move(cx, source, destination_of(source, target, into));
    if (moved != 0) status = moved;
    if (moved == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-f", .help = "replace targets (it always does)"},
                               {.flag = "-n", .help = "leave targets that exist"},
                               {.flag = "-u", .help = "leave targets that are not older"},
                               {.flag = "-T", .help = "TARGET is the name, even if it is a directory"},
                               {.flag = "-v", .help = "say what was moved"}};
constexpr ArgSpec args[] = {{.name = "SOURCE", .kind = Arg::path}, {.name = "TARGET", .kind = Arg::path, .repeated = true}};
constexpr CommandSpec spec = {.name = "mv",
                              .group = Group::files,
                              .usage = "[-f] [-n] [-u] [-T] [-v] SOURCE… TARGET",
                              .help = "move or rename files",
                              .options = options,
                              .args = args,
                              .example = "mv result.jsonl /mnt/host/",
                              .run = run};
const Command self(spec);

}  // namespace
