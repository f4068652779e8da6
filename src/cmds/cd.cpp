// cd: changes the working directory, of the whole program: background jobs and their relative paths too.
// Without an argument to $HOME, else /; `-` goes back. Status 0, 1 when it cannot.
#include <unistd.h>

#include <climits>

#include "shell/shell.h"

namespace {
using namespace shell;

struct Previous {
  std::string directory;
};

Task<int> run(Context& cx) {
  std::string& previous = cx.shell.service<Previous>().directory;
  const std::string* home = cx.shell.variable("HOME");
  std::string target = cx.args.count() > 0 ? cx.args[0] : home != nullptr ? *home : "/";
  const bool back = target == "-";
  if (back) {
    if (previous.empty()) co_return cx.fail("no directory to go back to");
    target = previous;
  }
  char now[PATH_MAX];
  const bool known = ::getcwd(now, sizeof now) != nullptr;
  if (::chdir(target.c_str()) < 0) co_return cx.fail(target + ": " + reactor::errno_text(errno));
  if (known) previous = now;
  if (back) cx.out.print("{}\n", target);
  co_return 0;
}

constexpr ArgSpec args[] = {{.name = "DIR", .kind = Arg::directory, .optional = true}};
constexpr CommandSpec spec = {.name = "cd",
                              .group = Group::files,
                              .usage = "[DIR]",
                              .help = "change the working directory",
                              .args = args,
                              .details = "Without DIR: $HOME, else /. `cd -` goes back.",
                              .example = "cd /mnt/host",
                              .run = run};
const Command self(spec);

}  // namespace
