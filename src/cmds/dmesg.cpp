// dmesg: the last N messages of the kernel, as [seconds.microseconds] text; -w goes on with what comes.
// Status 0; 130 when -w was stopped.
#include <sys/klog.h>

#include <array>
#include <ctime>
#include <deque>

#include "net/kernel_log.h"
#include "shell/filter.h"
#include "shell/text.h"

namespace {
using namespace shell;

constexpr std::size_t kDefaultLines = 100;
constexpr int kClear = 5, kConsoleLevel = 8;  // SYSLOG_ACTION_CLEAR, SYSLOG_ACTION_CONSOLE_LEVEL: syslog(2)
constexpr std::array<std::string_view, 8> level_names = {"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"};

// "warn", "4", "err+" (and what is worse), "warn,err": a set of levels as bits.
Result<unsigned> levels_of(std::string_view text) {
  unsigned set = 0;
  for (std::string_view word : split(text, ",")) {
    const bool worse = word.size() > 1 && word.ends_with('+');
    if (worse) word.remove_suffix(1);
    unsigned level = 8;
    for (unsigned i = 0; i < level_names.size(); ++i)
      if (word == level_names[i] || (word.size() == 1 && word[0] == static_cast<char>('0' + i))) level = i;
    if (word == "error") level = 3;
    if (word == "warning") level = 4;
    if (level == 8)
      return reactor::failed(
          {}, "-l",
          "'" + std::string(word) + "' is no level; levels are emerg, alert, crit, err, warn, notice, info, debug or 0 to 7");
    set |= worse ? (2U << level) - 1 : 1U << level;
  }
  return set;
}

struct Printer {
  Out& out;
  bool clock;
  std::int64_t boot_us;  // CLOCK_REALTIME at the kernel's time 0
};

void print(const Printer& printer, const net::KernelMessage& message) {
  const std::int64_t us = message.time.count();
  std::string stamp;
  if (printer.clock) {
    const std::int64_t at = printer.boot_us + us;
    stamp = fmt::format("{}.{:06}", time_text(static_cast<std::time_t>(at / 1'000'000), "%F %T"), at % 1'000'000);
  } else {
    stamp = fmt::format("{:5}.{:06}", us / 1'000'000, us % 1'000'000);
  }
  // Every line of a long message with its time, as the console has it.
  std::string_view rest = message.text;
  do {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    printer.out.print("[{}] {}\n", stamp, line);
  } while (!rest.empty());
}

std::int64_t boot_time_us() {
  timespec wall{}, up{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  ::clock_gettime(CLOCK_MONOTONIC, &up);
  return (wall.tv_sec - up.tv_sec) * 1'000'000 + (wall.tv_nsec - up.tv_nsec) / 1000;
}

Task<int> follow(Context& cx, net::KernelLog* log, unsigned levels, const Printer* printer) {
  for (;;) {
    // Into a file too each message when it comes.
    auto flushed = co_await cx.out.finish();
    if (!flushed) co_return cx.fail(flushed.error());
    auto more = co_await log->wait();
    if (!more) co_return cx.fail(more.error());
    const std::uint64_t lost = log->lost();
    auto message = log->next();
    if (!message) co_return cx.fail(message.error());
    if (log->lost() != lost) cx.err.print("dmesg: {} messages were overwritten before they could be read\n", log->lost() - lost);
    if (*message && (levels >> (*message)->level & 1) != 0) print(*printer, **message);
  }
}

Task<int> run(Context& cx) {
  const bool follows = cx.args.has("-w");
  unsigned levels = 0xFF;
  if (const auto text = cx.args.value("-l")) {
    const auto set = levels_of(*text);
    if (!set) co_return cx.bad_usage(set.error());
    levels = *set;
  }
  if (const auto text = cx.args.value("-n")) {
    const auto level = levels_of(*text);
    if (!level) co_return cx.bad_usage("-n: '" + *text + "' is no level");
    // The console shows what is below its level: `-n warn` shows warnings.
    const int console = 32 - __builtin_clz(*level) + 1;
    if (::klogctl(kConsoleLevel, nullptr, console) < 0) co_return cx.fail(reactor::errno_text(errno));
    co_return 0;
  }
  std::size_t lines = cx.args.has("-a") ? SIZE_MAX : kDefaultLines;
  if (cx.args.count() > 0) {
    const auto count = cx.args.number(std::size_t{0}, 0);
    if (!count) co_return cx.bad_usage(count.error());
    lines = static_cast<std::size_t>(*count);
  }
  if (cx.args.has("-C")) {
    if (::klogctl(kClear, nullptr, 0) < 0) co_return cx.fail("clear: " + reactor::errno_text(errno));
    co_return 0;
  }
  auto log = net::KernelLog::open(net::KernelLog::From::first);
  if (!log) co_return cx.fail(log.error());
  std::deque<net::KernelMessage> last;
  for (;;) {
    auto message = log->next();
    if (!message) co_return cx.fail(message.error());
    if (!*message) break;
    if ((levels >> (*message)->level & 1) == 0) continue;
    last.push_back(std::move(**message));
    if (last.size() > lines) last.pop_front();
    auto went_on = co_await breathe(cx.out);
    if (!went_on) co_return cx.fail(went_on.error());
  }
  const Printer printer{cx.out, cx.args.has("-T"), boot_time_us()};
  for (const net::KernelMessage& message : last) print(printer, message);
  if (cx.args.has("-c") && ::klogctl(kClear, nullptr, 0) < 0) co_return cx.fail("clear: " + reactor::errno_text(errno));
  if (!follows) co_return 0;
  auto status = co_await follow(cx, &*log, levels, &printer);
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-w", .help = "go on with what comes, until Ctrl-C"},
                               {.flag = "-l", .value = "LEVEL", .help = "only these: warn, err,crit, or err+ for err and worse"},
                               {.flag = "-T", .help = "date and time instead of seconds since boot"},
                               {.flag = "-a", .help = "all messages that are kept"},
                               {.flag = "-c", .help = "clear the log after printing it"},
                               {.flag = "-C", .help = "clear the log, print nothing"},
                               {.flag = "-n", .value = "LEVEL", .help = "set which messages the kernel shows on the console"}};
constexpr ArgSpec args[] = {{.name = "LINES", .kind = Arg::number, .optional = true}};
constexpr CommandSpec spec = {.name = "dmesg",
                              .group = Group::kernel,
                              .usage = "[-w] [-l LEVEL] [-T] [-a] [-c] [LINES]\n-C\n-n LEVEL",
                              .help = "show the last kernel messages",
                              .options = options,
                              .args = args,
                              .details = "LINES is 100 without a number. Levels: emerg alert crit err warn notice info debug.",
                              .example = "dmesg -l warn+ 20\ndmesg -w",
                              .run = run};
const Command self(spec);

}  // namespace
