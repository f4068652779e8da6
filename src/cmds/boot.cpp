// boot: what took how long since PID 1 began: stages, scripts, and each command of 10 ms or more. Status 1 when we are not PID 1.
#include <algorithm>

#include "shell/shell.h"
#include "shell/table.h"
#include "shell/timeline.h"

namespace {
using namespace shell;

std::string milliseconds(Timeline::Nanoseconds t) { return fmt::format("{:.1f}", static_cast<double>(t.count()) * 1e-6); }

Task<int> run(Context& cx) {
  const auto& timeline = cx.shell.service<Timeline>();
  if (timeline.start == Timeline::Nanoseconds(0)) co_return cx.fail("this program did not boot the machine");
  // In the order in which they began: a script is noted when it ends, after its own commands.
  auto entries = timeline.entries;
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  Table table({{"AT ms", Table::Align::right}, {"TOOK ms", Table::Align::right}, {"WHAT"}});
  for (const auto& entry : entries)
    table.row({milliseconds(entry.begin - timeline.start), milliseconds(entry.length),
               std::string(static_cast<std::size_t>(entry.depth) * 2, ' ') + entry.what});
  table.print(cx.out);
  co_return 0;
}

constexpr CommandSpec spec = {.name = "boot", .group = Group::system, .help = "show what took how long since PID 1 began",
                              .details = "Times are in milliseconds from the start of PID 1. Commands under 10 ms are left out.",
                              .example = "boot", .run = run};
const Command self(spec);

}  // namespace
