// clear: empties the screen, the lines above it too where the terminal knows how.
#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  cx.out.write("\033[H\033[2J\033[3J");
  co_return 0;
}

constexpr CommandSpec spec = {.name = "clear", .group = Group::shell, .help = "empty the screen", .example = "clear", .run = run};
const Command self(spec);

}  // namespace
