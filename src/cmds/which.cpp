// which: what a name stands for: a command of ours, or a program on $PATH. Status 1 when one is neither.
#include "shell/programs.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  int status = 0;
  for (const std::string& name : cx.args.positional()) {
    const CommandSpec* command = find_command(name);
    auto programs = find_programs(cx.shell, name);
    if (command != nullptr)
      cx.out.print("{}: command of this shell{}\n", name,
                   command->name == name ? std::string() : fmt::format(" ({})", command->name));
    if (!cx.args.has("-a") && programs.size() > (command != nullptr ? 0U : 1U)) programs.resize(command != nullptr ? 0 : 1);
    for (const std::string& path : programs) cx.out.print("{}\n", path);
    if (command == nullptr && programs.empty()) status = cx.fail(name + ": not found");
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-a", .help = "all programs of that name"}};
constexpr ArgSpec args[] = {{.name = "NAME", .kind = Arg::command, .repeated = true}};
constexpr CommandSpec spec = {.name = "which",
                              .group = Group::shell,
                              .usage = "[-a] NAME…",
                              .help = "tell what a name stands for",
                              .options = options,
                              .args = args,
                              .details = "Programs are started by exec; commands of this shell go first.",
                              .example = "which -a ip",
                              .run = run};
const Command self(spec);

}  // namespace
