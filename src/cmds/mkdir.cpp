// mkdir: makes directories, mode 0755. With -p those above too, and what is there is fine.
#include "shell/file_tree.h"
#include "shell/text.h"

#include "shell/command.h"

namespace {
using namespace shell;

// The error without a verb: spec'd as "errno N", with the text that it lacks there.
Result<bool> make(const std::string& path, bool parents, mode_t mode, bool exact) {
  if (parents) {
    TRY(made, make_directories(path, mode));
    if (!made) return false;
  } else if (::mkdir(path.c_str(), mode) < 0) {
    return reactor::failed({}, path, errno);
  }
  // A mode that was asked for is not cut by the umask.
  if (exact && ::chmod(path.c_str(), mode) < 0) return reactor::failed({}, path, errno);
  return true;
}

Task<int> run(Context& cx) {
  const bool parents = cx.args.has("-p") || cx.args.has("--parents");
  const auto wanted = cx.args.value("-m");
  mode_t mode = 0755;
  if (wanted && !parse_mode(*wanted, 0777, true, mode)) co_return cx.bad_usage("-m: '" + *wanted + "' is not a mode");
  int status = 0;
  for (const std::string& path : cx.args.positional()) {
    const auto made = make(path, parents, mode, wanted.has_value());
    if (!made) {
      const Error& e = made.error();
      status = cx.fail(fmt::format("Failed to create directory {}: errno {} - {}", path, e.code, reactor::errno_text(e.code)) +
                       (e.on == path ? "" : " (" + e.on + ")"));
    } else if (*made) {
      cx.out.print("Created directory{}: {}\n", parents ? " path" : "", path);
    }
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-p", .help = "make those above too; fine when it exists"},
                               {.flag = "--parents", .help = "the same"},
                               {.flag = "-m", .value = "MODE", .help = "mode, as chmod takes it, not cut by the umask"}};
constexpr ArgSpec args[] = {{.name = "DIR", .kind = Arg::directory, .repeated = true}};
constexpr CommandSpec spec = {.name = "mkdir",
                              .group = Group::files,
                              .usage = "[-p|--parents] [-m MODE] DIR…",
                              .help = "make directories",
                              .options = options,
                              .args = args,
                              .example = "mkdir -p /tmp/a/b /tmp/c",
                              .run = run};
const Command self(spec);

}  // namespace
