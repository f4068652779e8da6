// chmod: sets the mode of files; octal, or as u+rwx,g-w,o=r,a+X. Links inside a tree are left alone.
#include <sys/stat.h>

#include "reactor/directory.h"
#include "shell/file_tree.h"
#include "shell/filter.h"
#include "shell/text.h"

namespace {
using namespace shell;

struct Change {
  std::string mode;
  bool recursive = false, verbose = false;
};

Task<int> change(Context& cx, std::string path, const Change* how, bool named) {
  auto turn = co_await take_turns();
  if (!turn) co_return 130;
  struct stat s {};
  if ((named ? ::stat(path.c_str(), &s) : ::lstat(path.c_str(), &s)) < 0)
    co_return cx.fail("cannot access '" + path + "': " + reactor::errno_text(errno));
  if (S_ISLNK(s.st_mode)) co_return 0;
  mode_t mode = 0;
  (void)parse_mode(how->mode, s.st_mode, S_ISDIR(s.st_mode), mode);  // run() has seen that it is one
  int status = 0;
  if (::chmod(path.c_str(), mode) < 0) status = cx.fail("cannot change '" + path + "': " + reactor::errno_text(errno));
  else if (how->verbose) cx.out.print("mode of '{}' is {:04o}\n", path, mode);
  if (!how->recursive || !S_ISDIR(s.st_mode)) co_return status;
  const auto names = reactor::directory_names(path);
  if (!names) co_return cx.fail("cannot read '" + path + "': " + reactor::errno_text(names.error().code));
  for (const std::string& name : *names) {
    auto below = co_await change(cx, path_join(path, name), how, false);
    if (below != 0) status = below;
    if (below == 130) break;
  }
  co_return status;
}

Task<int> run(Context& cx) {
  // Read here: `-x` and `-w` are modes, not options.
  Change how;
  std::vector<std::string> files;
  bool only_words = false;
  for (const std::string& word : cx.args.words()) {
    if (!only_words && word == "--") only_words = true;
    else if (!only_words && word == "-R") how.recursive = true;
    else if (!only_words && word == "-v") how.verbose = true;
    else if (how.mode.empty()) how.mode = word;
    else files.push_back(word);
  }
  if (files.empty()) co_return cx.bad_usage(how.mode.empty() ? "missing MODE" : "missing FILE");
  mode_t unused = 0;
  if (!parse_mode(how.mode, 0, false, unused)) co_return cx.bad_usage("'" + how.mode + "' is not a mode");
  int status = 0;
  for (const std::string& file : files) {
    auto changed = co_await change(cx, file, &how, true);
    if (changed != 0) status = changed;
    if (changed == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-R", .help = "with all that is below"}, {.flag = "-v", .help = "say what was done"}};
constexpr ArgSpec args[] = {{.name = "MODE"}, {.name = "FILE", .kind = Arg::path, .repeated = true}};
constexpr CommandSpec spec = {.name = "chmod",
                              .group = Group::files,
                              .usage = "[-R] [-v] MODE FILE…",
                              .help = "set the mode of files",
                              .options = options,
                              .args = args,
                              .details = "MODE is octal, or letters: u g o a, then + - =, then r w x X s t; several with commas.",
                              .example = "chmod u+x,go-w /tmp/tool",
                              .raw = true,
                              .run = run};
const Command self(spec);

}  // namespace
