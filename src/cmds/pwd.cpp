// pwd: prints the working directory.
#include <unistd.h>

#include <climits>

#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  char path[PATH_MAX];
  if (::getcwd(path, sizeof path) == nullptr) co_return cx.fail(reactor::errno_text(errno));
  cx.out.print("{}\n", static_cast<const char*>(path));
  co_return 0;
}

constexpr CommandSpec spec = {
    .name = "pwd", .group = Group::files, .help = "print the working directory", .example = "pwd", .run = run};
const Command self(spec);

}  // namespace
