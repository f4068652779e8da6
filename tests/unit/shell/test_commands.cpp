// Commands for the tests of the interpreter and the console: the real ones live in another room.
#include <string>

#include "reactor/timer.h"
#include "shell/console.h"

namespace {
using namespace shell;

constexpr ArgSpec any_words[] = {{.name = "WORD", .optional = true, .repeated = true}};

Task<int> echo(Context& cx) {
  cx.out.print("{}\n", cx.args.text());
  co_return 0;
}
constexpr CommandSpec echo_spec = {.name = "echo", .help = "print", .args = any_words, .example = "echo a", .raw = true, .run = echo};
const Command echo_command(echo_spec);

// Each word in brackets.
Task<int> words(Context& cx) {
  for (const std::string& word : cx.args.words()) cx.out.print("[{}]", word);
  cx.out.print("\n");
  co_return 0;
}
constexpr CommandSpec words_spec = {.name = "words", .help = "print words", .args = any_words, .example = "words a", .raw = true, .run = words};
const Command words_command(words_spec);

Task<int> warn(Context& cx) {
  cx.err.print("{}\n", cx.args.text());
  co_return 0;
}
constexpr CommandSpec warn_spec = {.name = "warn", .help = "print on err", .args = any_words, .example = "warn a", .raw = true, .run = warn};
const Command warn_command(warn_spec);

Task<int> upper(Context& cx) {
  for (;;) {
    auto line = co_await cx.in.line();
    if (!line) co_return cx.fail(line.error());
    if (!*line) co_return 0;
    for (char& c : **line) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    cx.out.print("{}\n", **line);
    auto flushed = co_await cx.out.flush();
    if (!flushed) co_return cx.fail(flushed.error());
  }
}
constexpr CommandSpec upper_spec = {.name = "upper", .help = "copy in capitals", .example = "upper", .run = upper};
const Command upper_command(upper_spec);

Task<int> endless(Context& cx) {
  for (;;) {
    cx.out.print("and on\n");
    auto flushed = co_await cx.out.flush();
    if (!flushed) co_return cx.fail(flushed.error());
  }
}
constexpr CommandSpec endless_spec = {.name = "endless", .help = "print without end", .example = "endless", .run = endless};
const Command endless_command(endless_spec);

Task<int> first(Context& cx) {
  auto line = co_await cx.in.line();
  if (!line) co_return cx.fail(line.error());
  cx.out.print("{}\n", line->value_or("nothing"));
  co_return 0;
}
constexpr CommandSpec first_spec = {.name = "first", .help = "print the first line", .example = "first", .run = first};
const Command first_command(first_spec);

constexpr ArgSpec number[] = {{.name = "N", .kind = Arg::number, .optional = true}};

Task<int> status(Context& cx) {
  auto n = cx.args.count() == 0 ? Result<std::int64_t>(0) : cx.args.number(0, 0, 255);
  if (!n) co_return cx.bad_usage(n.error());
  co_return static_cast<int>(*n);
}
constexpr CommandSpec status_spec = {.name = "status", .usage = "[N]", .help = "have this status", .args = number, .example = "status 1", .run = status};
const Command status_command(status_spec);

Task<int> leave(Context& cx) {
  auto n = cx.args.count() == 0 ? Result<std::int64_t>(cx.script.status) : cx.args.number(0, 0, 255);
  if (!n) co_return cx.bad_usage(n.error());
  cx.script.ended = static_cast<int>(*n);
  co_return static_cast<int>(*n);
}
constexpr CommandSpec leave_spec = {.name = "leave", .help = "end the script", .args = number, .example = "leave 1", .run = leave};
const Command leave_command(leave_spec);

Task<int> option(Context& cx) {
  const std::string& text = cx.args.text();
  if (text == "-e" || text == "+e") cx.script.stop_on_error = text[0] == '-';
  if (text == "-x" || text == "+x") cx.script.trace = text[0] == '-';
  co_return 0;
}
constexpr CommandSpec option_spec = {.name = "option", .help = "set -e and -x", .args = any_words, .example = "option -e", .raw = true, .run = option};
const Command option_command(option_spec);

Task<int> source(Context& cx) {
  const auto words = cx.args.words();
  auto status = co_await cx.shell.run_file(words[0], {words.begin() + 1, words.end()}, cx.script, {cx.in, cx.out, cx.err});
  co_return status;
}
constexpr CommandSpec source_spec = {.name = "source", .help = "run a script", .args = any_words, .example = "source f", .raw = true, .run = source};
const Command source_command(source_spec);

constexpr ArgSpec duration[] = {{.name = "SECONDS", .kind = Arg::duration}};

Task<int> nap(Context& cx) {
  auto length = cx.args.duration(0);
  if (!length) co_return cx.bad_usage(length.error());
  auto slept = co_await reactor::sleep_for(*length);
  co_return slept ? 0 : cx.fail(slept.error());
}
constexpr CommandSpec nap_spec = {.name = "nap", .help = "wait", .args = duration, .example = "nap 1", .run = nap};
const Command nap_command(nap_spec);

Task<int> all_jobs(Context& cx) {
  const auto entries = cx.shell.jobs().entries();
  for (const JobTable::Entry& entry : entries) (void)co_await entry.job->finished();
  co_return 0;
}
constexpr CommandSpec all_jobs_spec = {.name = "all-jobs", .help = "wait for jobs", .example = "all-jobs", .run = all_jobs};
const Command all_jobs_command(all_jobs_spec);

Task<int> burst(Context&) {
  throw std::runtime_error("burst");
  co_return 0;
}
constexpr CommandSpec burst_spec = {.name = "burst", .help = "throw", .example = "burst", .run = burst};
const Command burst_command(burst_spec);

// For completion: sub-commands with an interface and a choice, and a job.
constexpr ArgSpec set_args[] = {{.name = "IF", .kind = Arg::iface}, {.name = "STATE", .kind = Arg::choice, .choices = "up|down"}};
constexpr SubSpec link_subs[] = {{.words = "set", .args = set_args, .help = "change"}, {.words = "show", .help = "list"}};
constexpr CommandSpec link_spec = {.name = "link", .help = "for completion", .subs = link_subs, .example = "link set lo up", .raw = true, .run = words};
const Command link_command(link_spec);

constexpr ArgSpec job_args[] = {{.name = "JOB", .kind = Arg::job}};
constexpr CommandSpec kill_spec = {.name = "kill-job", .help = "for completion", .args = job_args, .example = "kill-job %1", .run = words};
const Command kill_command(kill_spec);

// Asks without a newline.
Task<int> ask(Context& cx) {
  cx.out.print("{} ", cx.args.text());
  (void)co_await cx.out.flush();
  auto line = co_await cx.in.line();
  if (!line) co_return cx.fail(line.error());
  cx.out.print("hello {}\n", line->value_or("nobody"));
  co_return 0;
}
constexpr CommandSpec ask_spec = {.name = "ask", .help = "ask", .args = any_words, .example = "ask a", .raw = true, .run = ask};
const Command ask_command(ask_spec);

Task<int> part(Context& cx) {
  cx.out.write(cx.args.text());
  co_return 0;
}
constexpr CommandSpec part_spec = {.name = "part", .help = "print without a newline", .args = any_words, .example = "part a", .raw = true, .run = part};
const Command part_command(part_spec);

// Shows the keys that it gets until q.
Task<int> keys(Context& cx) {
  std::string seen;
  {
    Console::FullScreen screen(*cx.shell.console());
    (void)co_await screen.write("tool\r\n");
    while (!seen.ends_with('q')) {
      auto key = co_await screen.next_key();
      if (!key) co_return cx.fail(key.error());
      if (!seen.empty()) seen += ' ';
      if ((*key)->ctrl) seen += "ctrl-";
      seen += static_cast<char>((*key)->character);
    }
  }
  cx.out.print("{}\n", seen);
  co_return 0;
}
constexpr CommandSpec keys_spec = {.name = "keys", .help = "show keys", .example = "keys", .run = keys};
const Command keys_command(keys_spec);

}  // namespace
