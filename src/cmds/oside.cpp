// oside: full-screen editor for the packets of a capture file.
//   oside FILE       pcap, pcapng or JSONL, also packed; with at least one packet
// Packets stay in the file until they are looked at. Saving keeps what was not touched byte for byte. Status 0; 1 when the file cannot
// be read or there is no terminal; 130 when stopped.
#include "oside_editor.h"
#include "net/tap.h"
#include "reactor/job.h"
#include "shell/screen.h"
#include "shell/shell.h"

namespace {
using namespace shell;
using cmds::oside::Editor;
using cmds::oside::Source;

// The index tells how far it is: first that there is something to be seen, then the editor.
struct Progress {
  reactor::Event first;
  Editor* editor = nullptr;
};

Task<int> edit(Screen* screen, Source* source, Progress* progress, net::Taps* taps, proto::Dialect dialect) {
  Editor editor(*screen, *source, *taps, dialect);
  progress->editor = &editor;
  auto status = co_await editor.run();
  progress->editor = nullptr;
  co_return status;
}

Task<int> open_and_edit(Context* cx, Source* source, Progress* progress) {
  auto seen = co_await progress->first.wait();
  if (!seen) co_return 130;
  if (source->count() == 0) {
    const std::string why = !source->ending().empty() ? source->ending() : !source->first_bad_line().empty() ? source->first_bad_line() : "it has no packets";
    co_return cx->fail(source->path() + ": " + why);
  }
  const std::string* const wanted = cx->shell.variable("JSONL");
  const auto dialect = wanted != nullptr && *wanted == "full" ? proto::Dialect::full : proto::Dialect::classic;
  net::Taps* const taps = &cx->shell.service<net::Taps>();
  const auto tool = [source, progress, taps, dialect](Screen& screen) { return edit(&screen, source, progress, taps, dialect); };
  auto status = co_await on_screen(*cx, tool);
  co_return status ? *status : cx->fail(status.error());
}

Task<int> run(Context& cx) {
  auto source = co_await Source::open(cx.args[0]);
  if (!source) co_return cx.fail(source.error());
  Progress progress;
  const auto on_progress = [&progress, file = source->get()] {
    if (file->count() > 0 || file->ready().is_set()) progress.first.set();
    if (progress.editor != nullptr) progress.editor->grow();
  };
  reactor::JobScope jobs;
  jobs.spawn("oside index", (*source)->index(on_progress));
  auto status = co_await open_and_edit(&cx, source->get(), &progress);
  jobs.request_stop();
  co_await jobs.join();
  co_return status;
}

constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path}};
constexpr CommandSpec spec = {
    .name = "oside",
    .group = Group::packets,
    .usage = "FILE",
    .help = "edit the packets of a capture file on the whole screen",
    .args = args,
    .details = "FILE is a pcap, pcapng or JSONL file; a packed one is saved by another name. Arrows move through the layers and fields of a\n"
               "packet, n and p through the packets; e edits a field, a and r add and remove layers, f computes lengths and checksums,\n"
               "c and d copy and delete the packet, / finds one, s saves, i sends the packet, u undoes, q quits, ? tells more.",
    .example = "oside capture.jsonl",
    .run = run};
const Command self(spec);

}  // namespace
