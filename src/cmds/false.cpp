// false: does nothing. Status 1, whatever its arguments.
#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context&) { co_return 1; }

constexpr CommandSpec spec = {.name = "false", .group = Group::shell, .help = "fail", .details = "Arguments are ignored.",
                              .example = "false || echo no", .raw = true, .any_word = true, .run = run};
const Command self(spec);

}  // namespace
