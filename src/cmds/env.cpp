// env: prints the variables as NAME=VALUE, sorted by name. Status 0; 1 when a NAME that was asked for is not set.
#include "shell/shell.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  const auto& variables = cx.shell.variables();
  if (cx.args.count() > 0) {
    int status = 0;
    for (const std::string& name : cx.args.positional()) {
      if (const std::string* value = cx.shell.variable(name)) cx.out.print("{}={}\n", name, *value);
      else status = cx.fail(name + ": not set");
    }
    co_return status;
  }
  if (variables.empty()) cx.out.write("No variables defined\n");
  for (const auto& [name, value] : variables) cx.out.print("{}={}\n", name, value);
  co_return 0;
}

constexpr ArgSpec args[] = {{.name = "NAME", .kind = Arg::variable, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "env",
                              .group = Group::shell,
                              .usage = "[NAME…]",
                              .help = "show the variables",
                              .args = args,
                              .details = "A line NAME=value sets one, unset removes it. Programs started by exec see them all.",
                              .example = "env",
                              .run = run};
const Command self(spec);

}  // namespace
