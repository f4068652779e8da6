// sleep: wait without holding anything up. Status 0; 130 when stopped.
#include "reactor/timer.h"
#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  auto length = cx.args.duration(0);
  if (!length) co_return cx.bad_usage(length.error());
  auto slept = co_await reactor::sleep_for(*length);
  co_return slept ? 0 : cx.fail(slept.error());
}

constexpr ArgSpec args[] = {{.name = "SECONDS", .kind = Arg::duration}};
constexpr CommandSpec spec = {.name = "sleep", .group = Group::shell, .usage = "SECONDS", .help = "wait",
                              .args = args, .details = "Fractions and the units ns, us, ms, s, m and h are allowed.",
                              .example = "sleep 0.5", .run = run};
const Command self(spec);

}  // namespace
