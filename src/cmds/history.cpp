// history: the lines that were entered at the prompt, oldest first. Status 0; 1 where there is no prompt.
#include "shell/console.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  Console* console = cx.shell.console();
  if (console == nullptr) co_return cx.fail("only at a prompt");
  const auto& lines = console->history().lines();
  std::size_t from = 0;
  if (cx.args.count() > 0) {
    auto count = cx.args.number(0, 0);
    if (!count) co_return cx.bad_usage(count.error());
    from = lines.size() - std::min(lines.size(), static_cast<std::size_t>(*count));
  }
  if (cx.args.has("-c")) {
    console->history().clear();
    co_return 0;
  }
  for (std::size_t i = from; i < lines.size(); ++i) cx.out.print("{:5}  {}\n", i + 1, lines[i]);
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-c", .help = "forget them (not those of the file)"}};
constexpr ArgSpec args[] = {{.name = "N", .kind = Arg::number, .optional = true}};
constexpr CommandSpec spec = {.name = "history", .group = Group::shell, .usage = "[-c] [N]", .help = "list the last N lines of the prompt, or all",
                              .options = options, .args = args,
                              .details = "Up and Down bring them back, Ctrl-R searches them. They are kept across boots in the file that the variable HISTFILE\n"
                                         "names when the console begins.",
                              .example = "HISTFILE=/mnt/host/.history\nhistory 20", .run = run};
const Command self(spec);

}  // namespace
