// run: runs the lines of a script; they see ARG… as $1…, and share the variables. Its status is the script's.
#include "shell/shell.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  if (cx.args.words().empty()) co_return cx.bad_usage("missing FILE");
  const std::string file = cx.args.words()[0];
  std::vector<std::string> arguments(cx.args.words().begin() + 1, cx.args.words().end());
  cx.out.print("Running script: {}\n", file);
  (void)co_await cx.out.flush();  // its first line may take long
  const Streams streams{cx.in, cx.out, cx.err};
  auto status = co_await cx.shell.run_file(file, std::move(arguments), cx.script, streams);
  co_return status;
}

constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path}, {.name = "ARG", .optional = true, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "run",
    .aliases = "source .",
    .group = Group::shell,
    .usage = "FILE [ARG…]",
    .help = "run a script",
    .args = args,
    .details = "The script sees ARG… as $1 to $9, and their number as $#. A failing line does not end it, unless set -e.",
    .example = "run /mnt/host/test.run nat46dev",
    .raw = true,
    .run = run};
const Command self(spec);

}  // namespace
