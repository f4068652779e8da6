// wait job: until a background job has ended, however it did.
#include "shell/shell.h"
#include "shell/wait_subject.h"

namespace {
using namespace shell;

Task<Result<void>> ended(std::shared_ptr<reactor::Job> job) {
  auto status = co_await job->finished();
  if (!status) co_return tl::unexpected(status.error());
  co_return Result<void>();
}

Result<Task<Result<void>>> begin(Context& cx, std::vector<std::string> words, std::string* seen) {
  if (words.size() != 1) return reactor::failed({}, {}, "wait job needs one %JOB");
  TRY(entry, cx.shell.jobs().find(words[0]));
  *seen = entry.text + " still runs";
  return ended(entry.job);
}

constexpr ArgSpec args[] = {{.name = "%JOB", .kind = Arg::job}};
constexpr WaitSubject subject = {.name = "job", .args = args, .help = "a background job has ended", .begin = begin};
const WaitSubjectEntry self(subject);

}  // namespace
