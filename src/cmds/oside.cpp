// oside: full-screen editor for the packets of a capture file.
//   oside FILE       pcap, pcapng or JSONL, also packed; with at least one packet
// Packets stay in the file until they are looked at. Saving keeps what was not touched byte for byte. Status 0; 1 when the file cannot
// be read or there is no terminal, or when the terminal hung up; 130 when stopped. What was not saved then is in a recovery file, as
// that of edit, which the next `oside FILE` offers.
#include "oside_editor.h"
#include "reactor/job.h"
#include "shell/screen.h"
#include "shell/shell.h"

namespace {
using namespace shell;
using cmds::RecoveryFile;
using cmds::oside::Editor;
using cmds::oside::Source;
using cmds::oside::Target;

// A file, and the job that makes its index: it tells how far it is, first that there is something to be seen, then the editor.
struct File {
  std::unique_ptr<Source> source;
  std::shared_ptr<reactor::Job> index;
  reactor::Event first;
  Editor* editor = nullptr;
};

struct Session {
  Context& cx;
  File file, left;  // left: what is recovered
  reactor::JobScope jobs;
};

// Until there is a packet. 0, or the status of an end, which was told.
Task<int> open(Session* session, File* file, std::string path, proto::CaptureFormat format) {
  auto source = co_await Source::open(path, format);
  if (!source) co_return session->cx.fail(source.error());
  file->source = std::move(*source);
  const auto on_progress = [file] {
    if (file->source->count() > 0 || file->source->ready().is_set()) file->first.set();
    if (file->editor != nullptr) file->editor->grow();
  };
  file->index = session->jobs.spawn("oside index", file->source->index(on_progress));
  auto seen = co_await file->first.wait();
  if (!seen) co_return 130;
  if (file->source->count() > 0) co_return 0;
  const std::string &ending = file->source->ending(), &bad_line = file->source->first_bad_line();
  co_return session->cx.fail(path + ": " + (!ending.empty() ? ending : !bad_line.empty() ? bad_line : "it has no packets"));
}

Task<int> edit(Session* session, Screen* screen) {
  const Target target(*session->file.source);
  RecoveryFile recovery;
  auto offer = co_await recovery.offer(*screen, target.path());
  if (!offer) co_return reactor::must_stop() ? 130 : 1;
  if (offer->leave) co_return 0;
  File* file = &session->file;
  if (!offer->recover.empty()) {
    file = &session->left;
    auto status = co_await open(session, file, offer->recover, session->file.source->format());
    if (status != 0) co_return status;
    recovery.take_over(offer->recover);
    session->file.index->request_stop();  // nobody looks at its packets now
    offer->message = "recovered; the file itself is as it was until you save";
  }
  Editor editor(session->cx, *screen, *file->source, target, recovery);
  file->editor = &editor;
  auto status = co_await editor.run(offer->message);
  file->editor = nullptr;
  co_return status;
}

Task<int> open_and_edit(Session* session) {
  auto status = co_await open(session, &session->file, session->cx.args[0], proto::CaptureFormat::unknown);
  if (status != 0) co_return status;
  const auto tool = [session](Screen& screen) { return edit(session, &screen); };
  auto edited = co_await on_screen(session->cx, tool);
  co_return edited ? *edited : session->cx.fail(edited.error());
}

Task<int> run(Context& cx) {
  Session session{.cx = cx, .file = {}, .left = {}, .jobs = {}};
  auto status = co_await open_and_edit(&session);
  session.jobs.request_stop();
  co_await session.jobs.join();
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
               "c and d copy and delete the packet, / finds one, s saves, i sends the packet, u undoes, q quits, ? tells more. What was not\n"
               "saved when the terminal hung up or the machine went off is offered by the next oside FILE.",
    .example = "oside capture.jsonl",
    .run = run};
const Command self(spec);

}  // namespace
