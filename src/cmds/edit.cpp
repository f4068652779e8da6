// edit: a full-screen text editor, on the console, on a serial line and in any terminal.
//   edit FILE    a missing file is a new one
//   edit -       what comes from the input, e.g. of a pipe; saved under a name that is asked for
// Status 0; 1 when the file cannot be read, or the terminal hung up; 130 when stopped. What was not saved then is in a recovery
// file, .NAME.edit-recovery beside the file or (with the whole path as NAME) in /tmp, which the next `edit FILE` offers.
#include "edit_session.h"

#include "reactor/loop.h"
#include "shell/filter.h"
#include "shell/memory_limit.h"

namespace {
using namespace shell;

// All of the command's input. Ctrl-C ends the wait for more.
Task<Result<TextBuffer>> read_input(Context& cx) {
  TextBuffer text;
  const std::uint64_t limit = memory_limit();
  for (;;) {
    auto n = co_await cx.in.read(text.room());
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) co_return text;
    text.added(*n);
    if (text.size() > limit) co_return reactor::failed({}, "-", over_memory_limit);
    auto went_on = co_await take_turns();
    if (!went_on) co_return tl::unexpected(went_on.error());
  }
}

Task<int> run(Context& cx) {
  const bool stream = cx.args[0] == "-";
  if (stream && reads_keyboard(cx)) co_return cx.bad_usage("- is for the output of another command: dmesg | edit -");
  cmds::EditFile file(stream ? "" : cx.args[0]);
  Result<TextBuffer> text;
  if (stream) text = co_await read_input(cx);
  else text = co_await file.read();
  if (!text) co_return cx.fail(text.error());
  cmds::EditSession session(cx, std::move(file), std::move(*text));
  std::function<Task<int>(Screen&)> tool = [&session](Screen& screen) { return session.run(screen); };
  auto status = co_await on_screen(cx, std::move(tool));
  co_await session.release();
  co_return status ? *status : cx.fail(status.error());
}

constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path}};
constexpr CommandSpec spec = {
    .name = "edit",
    .group = Group::files,
    .usage = "FILE",
    .help = "edit a file in the whole screen",
    .args = args,
    .details = "Ctrl-S saves, Ctrl-X saves and leaves, Ctrl-Q leaves, F1 lists all keys. - edits what comes from a pipe.\n"
               "The file is replaced in one step, and only when all of the text is on the disk. Line ends, also a missing last one, and\n"
               "bytes that are no UTF-8 stay as they are. What was not saved when the terminal hung up or the machine crashed is\n"
               "offered by the next edit FILE.",
    .example = "edit /autoexec.run\ndmesg 500 | edit -",
    .run = run};
const Command self(spec);

}  // namespace
