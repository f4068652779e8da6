// poweroff: jobs are stopped and flushed, files synced, shares unmounted, then the machine stops (PID 1 does it).
// STATUS is what the host is told; without it that of the last script.
#include "shell/shell.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  std::optional<int> status;
  if (cx.args.count() > 0) {
    const auto number = cx.args.number(std::size_t{0}, 0, 255);
    if (!number) co_return cx.bad_usage(number.error());
    status = static_cast<int>(*number);
  }
  if (!cx.shell.power) co_return cx.fail("this myinit is not PID 1 and does not rule the machine");
  cx.out.write("Shutting down system now...\n");
  (void)co_await cx.out.finish();
  auto result = co_await cx.shell.power(Shell::Power::off, status);
  co_return result;
}

constexpr ArgSpec args[] = {{.name = "STATUS", .kind = Arg::number, .optional = true}};
constexpr CommandSpec spec = {.name = "poweroff",
                              .aliases = "halt",
                              .group = Group::system,
                              .usage = "[STATUS]",
                              .help = "stop the machine",
                              .args = args,
                              .details = "STATUS (0 to 255) is what the host is told; without it, that of the last script.",
                              .example = "poweroff 1",
                              .run = run};
const Command self(spec);

}  // namespace
