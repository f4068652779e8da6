// uptime: the time, how long the machine has been up, and its load.
#include <sys/sysinfo.h>

#include <ctime>

#include "shell/command.h"
#include "shell/text.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  struct sysinfo info {};
  if (::sysinfo(&info) < 0) co_return cx.fail(reactor::errno_text(errno));
  if (cx.args.has("-s")) {
    cx.out.print("{}\n", time_text(std::time(nullptr) - info.uptime, "%F %T"));
    co_return 0;
  }
  const long minutes = info.uptime / 60, hours = minutes / 60, days = hours / 24;
  const std::string since = minutes < 1 ? fmt::format("{} s", info.uptime)
                            : hours < 1 ? fmt::format("{} min", minutes)
                                        : fmt::format("{}:{:02}", hours % 24, minutes % 60);
  const auto load = [&info](int i) { return static_cast<double>(info.loads[i]) / (1 << SI_LOAD_SHIFT); };
  cx.out.print(" {} up {}{},  load average: {:.2f}, {:.2f}, {:.2f}\n", time_text(std::time(nullptr), "%T"),
               days == 0   ? std::string()
               : days == 1 ? std::string("1 day, ")
                           : fmt::format("{} days, ", days),
               since, load(0), load(1), load(2));
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-s", .help = "only the date and time of its start"}};
constexpr CommandSpec spec = {.name = "uptime",
                              .group = Group::system,
                              .usage = "[-s]",
                              .help = "show how long the machine has been up",
                              .options = options,
                              .example = "uptime",
                              .run = run};
const Command self(spec);

}  // namespace
