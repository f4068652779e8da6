// exit: ends the script, or the console of a program that is not PID 1, with STATUS or that of the last command.
#include "shell/shell.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  int status = cx.script.status;
  if (cx.args.count() > 0) {
    const auto number = cx.args.number(std::size_t{0}, 0, 255);
    if (!number) co_return cx.bad_usage(number.error());
    status = static_cast<int>(*number);
  }
  cx.script.ended = status;
  co_return status;
}

constexpr ArgSpec args[] = {{.name = "STATUS", .kind = Arg::number, .optional = true}};
constexpr CommandSpec spec = {.name = "exit",
                              .aliases = "quit",
                              .group = Group::shell,
                              .usage = "[STATUS]",
                              .help = "end the script",
                              .args = args,
                              .details = "STATUS is 0 to 255; without it, that of the last command.",
                              .example = "test -e /dev/net/tun || exit 3",
                              .run = run};
const Command self(spec);

}  // namespace
