// true: does nothing. Status 0, whatever its arguments.
#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context&) { co_return 0; }

constexpr CommandSpec spec = {.name = "true", .aliases = ":", .group = Group::shell, .help = "succeed",
                              .details = "Arguments are ignored.", .example = "true && echo yes", .raw = true, .any_word = true, .run = run};
const Command self(spec);

}  // namespace
