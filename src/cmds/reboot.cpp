// reboot: as poweroff, but the machine starts again.
#include "shell/shell.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  if (!cx.shell.power) co_return cx.fail("this myinit is not PID 1 and does not rule the machine");
  cx.out.write("Restarting system now...\n");
  (void)co_await cx.out.finish();
  auto result = co_await cx.shell.power(Shell::Power::reboot, std::nullopt);
  co_return result;
}

constexpr CommandSpec spec = {.name = "reboot", .group = Group::system, .help = "restart the machine",
                              .details = "Under Firecracker this ends the machine.", .example = "reboot", .run = run};
const Command self(spec);

}  // namespace
