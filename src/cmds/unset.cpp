// unset: removes variables. Status 0, also for one that is not set.
#include "shell/shell.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  for (const std::string& name : cx.args.positional()) cx.shell.variables().erase(name);
  co_return 0;
}

constexpr ArgSpec args[] = {{.name = "NAME", .kind = Arg::variable, .repeated = true}};
constexpr CommandSpec spec = {.name = "unset", .group = Group::shell, .usage = "NAME…", .help = "remove variables", .args = args,
                              .example = "unset IFACE", .run = run};
const Command self(spec);

}  // namespace
