// less: a file or the input, a screen at a time. It is read no further than it is looked at, so an endless input is no trouble.
//   less [FILE]
// Status 0; 1 when it could not be read; 130 when stopped. Without a terminal for its output it copies, as cat does.
#include <sys/stat.h>

#include "shell/filter.h"
#include "shell/pager.h"

namespace {
using namespace shell;

constexpr std::size_t kPiece = 128 * 1024;

Task<int> copy(Context& cx, Input& input) {
  std::string buffer(kPiece, '\0');
  for (;;) {
    auto n = co_await input.in().read(buffer);
    if (!n) co_return cx.fail(input.named(n.error()));
    if (*n == 0) co_return 0;
    cx.out.write(std::string_view(buffer).substr(0, *n));
    auto flushed = co_await cx.out.flush();
    if (!flushed) co_return cx.fail(flushed.error());
    auto went_on = co_await breathe(cx.out);
    if (!went_on) co_return cx.fail(went_on.error());
  }
}

Task<int> page(Screen& screen, Context* cx, Input* input) {
  Pager pager(screen, input->name(), input->in());
  auto done = co_await pager.run();
  if (!done) co_return cx->fail(done.error());
  co_return pager.failure() ? cx->fail(input->named(*pager.failure())) : 0;
}

Task<int> run(Context& cx) {
  const bool from_input = cx.args.count() == 0 || cx.args[0] == "-";
  const bool paged = prints_on_screen(cx);
  if (paged && from_input && reads_keyboard(cx)) co_return cx.bad_usage("a file, or the output of another command, is needed");
  auto input = co_await Input::open(cx, from_input ? "-" : cx.args[0]);
  if (!input) co_return cx.fail(input.error());
  struct stat s {};
  if (!from_input && ::fstat(input->in().fd(), &s) == 0 && S_ISDIR(s.st_mode)) co_return cx.fail(input->named(Error{.tried = {}, .on = {}, .code = EISDIR, .reason = {}}));
  if (!paged) {
    auto status = co_await copy(cx, *input);
    co_return status;
  }
  std::function<Task<int>(Screen&)> tool = [&cx, &input](Screen& screen) { return page(screen, &cx, &*input); };
  auto status = co_await on_screen(cx, std::move(tool));
  co_return status ? *status : cx.fail(status.error());
}

constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true}};
constexpr CommandSpec spec = {
    .name = "less",
    .group = Group::files,
    .usage = "[FILE]",
    .help = "show a file, or the input, a screen at a time",
    .args = args,
    .details = "Arrows, PageUp, PageDown and the space bar move, g and G go to the beginning and the end, 12g to line 12; /TEXT and\n"
               "?TEXT search forward and back for a regular expression, n and N go on with it; w wraps long lines or not; h lists\n"
               "all keys, q leaves. When its output is no terminal it copies.",
    .example = "less /proc/kallsyms\ndmesg 500 | less",
    .run = run};
const Command self(spec);

}  // namespace
