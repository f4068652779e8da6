// wait: until background jobs have ended, or until something has come to pass, with a limit: no script needs to sleep.
//   wait [%JOB…] [within TIME]          status of the last of them
//   wait SUBJECT … [within TIME]        status 0; 1 when the time is up, with what was waited for and what was seen instead
#include "reactor/timeout.h"
#include "shell/shell.h"
#include "shell/text.h"
#include "shell/wait_subject.h"

namespace {
using namespace shell;
using reactor::Nanoseconds;

struct Wanted {
  std::vector<std::string> words;     // without the limit
  std::optional<Nanoseconds> limit;
  std::string limit_text;
};

Result<Wanted> wanted_of(std::span<const std::string> words) {
  Wanted wanted;
  const std::size_t size = words.size();
  if (size >= 1 && words[size - 1] == "within") return reactor::failed({}, {}, "within needs TIME");
  if (size >= 2 && words[size - 2] == "within") {
    TRY(limit, parse_duration(words[size - 1], "within"));
    wanted.limit = limit;
    wanted.limit_text = words[size - 1];
    if (std::isdigit(static_cast<unsigned char>(wanted.limit_text.back())) != 0) wanted.limit_text += " s";
    words = words.first(size - 2);
  }
  wanted.words.assign(words.begin(), words.end());
  return wanted;
}

Task<Result<int>> end_of(std::vector<JobTable::Entry> jobs, std::string* seen) {
  int status = 0;
  for (const JobTable::Entry& entry : jobs) {
    *seen = "[" + std::to_string(entry.number) + "] " + entry.text + " still runs";
    auto ended = co_await entry.job->finished();
    if (!ended) co_return ended;
    status = *ended;
  }
  co_return status;
}

template <class T>
Task<Result<T>> within(std::optional<Nanoseconds> limit, Task<Result<T>> task) {
  if (limit) {
    auto done = co_await reactor::with_timeout(*limit, "wait", std::move(task));
    co_return done;
  }
  auto done = co_await std::move(task);
  co_return done;
}

int not_in_time(Context& cx, const Wanted& wanted, const Error& error, const std::string& seen) {
  if (error.code != ETIMEDOUT) return cx.fail(error);
  const std::string what = wanted.words.empty() ? "jobs" : join(wanted.words, " ");
  return cx.fail(what + ": not within " + wanted.limit_text + (seen.empty() ? "" : "; " + seen));
}

Task<int> wait_for_jobs(Context& cx, Wanted wanted) {
  std::vector<JobTable::Entry> jobs;
  if (wanted.words.empty()) jobs = cx.shell.jobs().entries();
  for (const std::string& word : wanted.words) {
    auto entry = cx.shell.jobs().find(word);
    if (!entry) {
      (void)cx.fail(entry.error());
      co_return 127;
    }
    jobs.push_back(std::move(*entry));
  }
  std::string seen;
  auto status = co_await within(wanted.limit, end_of(jobs, &seen));
  for (const JobTable::Entry& entry : jobs)
    if (entry.job->done()) cx.shell.jobs().remove(entry.number);
  if (!status) co_return not_in_time(cx, wanted, status.error(), seen);
  // As in sh: without a job named, what they ended with does not matter.
  co_return wanted.words.empty() ? 0 : *status;
}

Task<int> run(Context& cx) {
  auto wanted = wanted_of(cx.args.words());
  if (!wanted) co_return cx.bad_usage(wanted.error());
  const bool jobs = wanted->words.empty() || wanted->words[0].starts_with('%') ||
                    std::isdigit(static_cast<unsigned char>(wanted->words[0][0])) != 0;
  if (jobs) {
    auto status = co_await wait_for_jobs(cx, std::move(*wanted));
    co_return status;
  }
  const WaitSubject* subject = find_wait_subject(wanted->words[0]);
  if (subject == nullptr) co_return cx.bad_usage("'" + wanted->words[0] + "' is nothing to wait for");
  std::string seen;
  auto task = subject->begin(cx, {wanted->words.begin() + 1, wanted->words.end()}, &seen);
  if (!task) co_return cx.bad_usage(task.error());
  auto done = co_await within(wanted->limit, std::move(*task));
  co_return done ? 0 : not_in_time(cx, *wanted, done.error(), seen);
}

constexpr ArgSpec args[] = {{.name = "%JOB", .kind = Arg::job, .optional = true, .repeated = true}};
// Not constant: the subjects come from files of their own.
CommandSpec spec = {.name = "wait",
                    .group = Group::shell,
                    .usage = "[%JOB…] [within TIME]\nSUBJECT … [within TIME]",
                    .help = "wait for jobs, files, messages and the like",
                    .args = args,
                    .details =
                        "SUBJECT is one of the forms. TIME is in seconds, or with a unit: 500ms, 2m. When it is up: status 1 and "
                        "what was seen instead.",
                    .example = "wait %1\nwait log 'nat46.*registered' within 5s\nwait file /dev/net/tun within 2s",
                    .raw = true,
                    .run = run};
const Command self(spec);
[[maybe_unused]] const bool declared = (declare_wait_subjects_in(spec), true);

}  // namespace
