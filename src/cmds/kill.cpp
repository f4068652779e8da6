// kill: stops background jobs (and waits until they have ended, with all they flush), or sends a signal to processes.
// Status 0; 1 when one could not be.
#include <signal.h>

#include <cstring>

#include "shell/shell.h"

namespace {
using namespace shell;

// "9", "KILL", "SIGKILL", "kill"; -1 when it is none.
int signal_of(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (text.starts_with("SIG")) text.erase(0, 3);
  const auto number = parse_number(text, text, 0, NSIG - 1);
  if (number) return static_cast<int>(*number);
  for (int signal = 1; signal < NSIG; ++signal) {
    const char* name = ::sigabbrev_np(signal);
    if (name != nullptr && text == name) return signal;
  }
  return -1;
}

void list_signals(Out& out) {
  for (int signal = 1; signal < NSIG; ++signal)
    if (const char* name = ::sigabbrev_np(signal)) out.print("{:2} {}\n", signal, name);
}

Task<int> kill_job(Context& cx, std::string reference, int signal) {
  const auto entry = cx.shell.jobs().find(reference);
  if (!entry) co_return cx.fail(entry.error());
  if (signal == 0) co_return entry->job->done() ? 1 : 0;
  if (signal != SIGTERM && signal != SIGINT && signal != SIGKILL && signal != SIGHUP)
    co_return cx.fail(reference + ": a job can only be stopped, it takes no other signal");
  entry->job->request_stop();
  auto ended = co_await entry->job->finished();
  if (!ended) co_return cx.fail(ended.error());
  cx.shell.jobs().remove(entry->number);
  co_return 0;
}

int kill_process(Context& cx, const std::string& word, int signal) {
  const auto pid = parse_number(word, word, INT32_MIN, INT32_MAX);
  if (!pid) return cx.bad_usage("'" + word + "' is no job (%N) and no process number");
  if (::kill(static_cast<pid_t>(*pid), signal) < 0) return cx.fail(word + ": " + reactor::errno_text(errno));
  return 0;
}

Task<int> run(Context& cx) {
  auto words = cx.args.words();
  int signal = SIGTERM;
  if (!words.empty() && words[0] == "-l") {
    list_signals(cx.out);
    co_return 0;
  }
  if (!words.empty() && words[0].size() > 1 && words[0][0] == '-' && words[0] != "--") {
    const bool apart = words[0] == "-s" || words[0] == "-n";
    if (apart && words.size() < 2) co_return cx.bad_usage(words[0] + " needs SIGNAL");
    const std::string name = apart ? words[1] : words[0].substr(1);
    signal = signal_of(name);
    if (signal < 0) co_return cx.bad_usage("'" + name + "' is no signal (kill -l lists them)");
    words = words.subspan(apart ? 2 : 1);
  }
  if (!words.empty() && words[0] == "--") words = words.subspan(1);
  if (words.empty()) co_return cx.bad_usage("missing %JOB or PID");
  int status = 0;
  for (const std::string& word : words) {
    int result = 0;
    if (word.starts_with('%')) {
      result = co_await kill_job(cx, word, signal);
    } else {
      result = kill_process(cx, word, signal);
    }
    if (result != 0) status = result;
    if (result == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-l", .help = "list the signals"},
                               {.flag = "-s", .value = "SIGNAL", .help = "a name or number; TERM without it"},
                               {.flag = "-n", .value = "SIGNAL", .help = "the same"}};
constexpr ArgSpec args[] = {{.name = "%JOB|PID", .kind = Arg::job, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "kill",
    .group = Group::shell,
    .usage = "[-s SIGNAL|-n SIGNAL|-SIGNAL] %JOB|PID…\n-l",
    .help = "stop background jobs, or signal processes",
    .options = options,
    .args = args,
    .details = "A job is stopped and waited for: what it writes is complete then. Signal 0 only asks whether it is there.",
    .example = "kill %1\nkill -9 123",
    .raw = true,
    .run = run};
const Command self(spec);

}  // namespace
