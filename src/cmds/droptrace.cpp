// droptrace: which packets the kernel drops, where in its code, and why.
//   droptrace start [COUNT] [iface] [stack] [filter iface=A,B reason=… proto=… comm=…] [file F.jsonl]
//   droptrace stop | show [-f] [-q] [N] | clear | summary [-a]
// `start` returns when drops are recorded, `stop` when tracing is as it was before. What was recorded stays for `show` and
// `summary` until the next start. Times are those of captures. Drops of all network namespaces are seen.
#include <fcntl.h>

#include <utility>

#include "droptrace_request.h"
#include "net/drop_text.h"
#include "reactor/blocking.h"
#include "reactor/event.h"
#include "reactor/io.h"
#include "reactor/loop.h"
#include "shell/shell.h"

namespace {
using namespace shell;
using namespace cmds::droptrace;
using net::Drop;
using net::DropTrace;

/// The trace of this program: the one that runs, or the last one.
struct Trace {
  Trace(std::string tracefs, Request wanted)
      : request(std::move(wanted)), events(std::move(tracefs), request.options),
        names{events, symbols, request.options.ifaces || !request.options.filter.ifaces.empty()} {}

  Request request;
  DropTrace events;
  net::TraceSymbols symbols;
  net::DropLog log;
  net::DropNames names;
  reactor::Fd file;
  std::shared_ptr<reactor::Job> job;
  reactor::Event started, ended;
  reactor::Event news;           // set with each batch, for `show -f`
  std::optional<Error> error;    // why it could not start, or ended early
  std::uint64_t taken_until = 0;  // the log has all drops before this time (CLOCK_MONOTONIC, nanoseconds)
  std::uint64_t lost_written = 0;
  bool told = false;             // its end, by `stop`
  [[nodiscard]] bool running() const noexcept { return started.is_set() && !ended.is_set(); }
};

struct Latest {
  std::shared_ptr<Trace> trace;
};

constexpr std::string_view kNoSymbols = "(locations are addresses: kernel.kptr_restrict hides the symbols of /proc/kallsyms)\n";

/// Makes the names of these drops' code known; without them addresses are shown.
template <class Drops>
Task<void> learn_symbols(Trace& trace, const Drops& drops) {
  std::vector<std::uint64_t> wanted;
  for (const Drop& drop : drops) {
    if (!trace.symbols.known(drop.event.location)) wanted.push_back(drop.event.location);
    for (const auto address : trace.events.stack(drop.event.stack))
      if (!trace.symbols.known(address)) wanted.push_back(address);
  }
  (void)co_await trace.symbols.learn(std::move(wanted));
}

// ---- the background job ----

/// A batch into memory and into the file. False when COUNT is reached.
Task<Result<bool>> take(Trace& trace, std::span<const Drop> drops) {
  const reactor::Shield shield;  // a stop request must not tear a hole into the file
  const auto limit = trace.request.limit;
  if (limit != 0) drops = drops.first(std::min<std::size_t>(drops.size(), limit - trace.log.total()));
  for (const Drop& drop : drops) trace.log.add(drop);
  trace.taken_until = trace.events.complete_until();
  trace.news.set();
  if (trace.file && !(drops.empty() && trace.events.lost() == trace.lost_written)) {
    co_await learn_symbols(trace, drops);
    std::string lines;
    if (const auto lost = trace.events.lost(); lost != trace.lost_written) {
      lines = fmt::format("{{\"lost\":{}}}\n", lost - trace.lost_written);
      trace.lost_written = lost;
    }
    for (const Drop& drop : drops) {
      lines += net::drop_json(trace.names, drop);
      if (reactor::Loop::current().slice_used()) co_await reactor::yield();
    }
    auto written = co_await reactor::write_all(trace.file.get(), lines);
    if (!written) {
      written.error().on = trace.request.file;
      co_return tl::unexpected(written.error());
    }
  }
  co_return limit == 0 || trace.log.total() < limit;
}

/// Until stopped, COUNT is reached, or an error.
Task<Result<void>> record(Trace& trace) {
  for (;;) {
    auto drops = co_await trace.events.next();
    if (!drops) co_return tl::unexpected(drops.error());
    auto more = co_await take(trace, *drops);
    if (!more) co_return tl::unexpected(more.error());
    if (!*more) co_return Result<void>();
  }
}

/// What the rings still hold, unless COUNT is reached; then tracefs as it was.
Task<Result<void>> wind_up(Trace& trace) {
  auto stopped = co_await trace.events.stop();
  for (;;) {
    auto drops = co_await trace.events.rest();
    if (!drops) {
      stopped = tl::unexpected(drops.error());
      break;
    }
    auto taken = co_await take(trace, *drops);
    if (!taken) stopped = tl::unexpected(taken.error());
    if (drops->empty() || !taken) break;
  }
  auto removed = co_await trace.events.remove();
  if (trace.file) {
    auto closed = co_await reactor::close(std::move(trace.file));
    if (!closed && stopped) stopped = closed;
  }
  co_return stopped ? removed : stopped;
}

Task<int> run_trace(Shell* shell, std::shared_ptr<Trace> trace) {
  auto started = co_await trace->events.start();
  if (!started) {
    trace->error = started.error();
    trace->started.set();
    trace->ended.set();
    trace->news.set();
    co_return 1;
  }
  // Only now: a request that the kernel refuses must not empty the file of an earlier trace.
  auto recorded = Result<void>();
  if (trace->file) recorded = co_await reactor::empty_file(trace->file.get());
  if (!recorded) recorded.error().on = trace->request.file;
  trace->started.set();
  if (recorded) recorded = co_await record(*trace);
  const bool by_itself = recorded.has_value() || !recorded.error().cancelled();
  {
    const reactor::Shield shield;
    auto done = co_await wind_up(*trace);
    if (!recorded && by_itself) trace->error = recorded.error();
    else if (!done) trace->error = done.error();
  }
  trace->ended.set();
  trace->news.set();
  if (trace->error) shell->notify("droptrace: " + trace->error->text());
  else if (by_itself) shell->notify(fmt::format("droptrace: stopped after {} packets", trace->log.total()));
  co_return trace->error ? 1 : 0;
}

// ---- start ----

int cannot_start(Context& cx, const Error& error) {
  const int status = cx.fail(error);
  if (status != 130 && error.code != 0) cx.err.write("droptrace: `kconfig tracing` shows what this kernel has of tracing\n");
  return status;
}

// The answer to a start while there is a trace, or nothing.
std::optional<int> already_running(Context& cx) {
  const auto& latest = cx.shell.service<Latest>().trace;
  if (!latest || latest->ended.is_set()) return std::nullopt;
  return cx.fail("A trace is already running; stop it first");
}

Task<int> start(Context& cx, std::span<const std::string> words) {
  auto request = parse_request(words);
  if (!request) co_return cx.bad_usage(request.error());
  if (const auto refusal = already_running(cx)) co_return *refusal;
  auto absent = co_await absent_interfaces(request->options.filter.ifaces);
  if (!absent) co_return cx.fail(absent.error());
  auto tracefs = net::find_tracefs();
  if (!tracefs) {
    auto mounted = co_await net::mount_tracefs();
    if (!mounted) co_return cannot_start(cx, mounted.error());
    tracefs = *mounted;
    cx.out.print("Mounted tracefs at {}\n", *tracefs);
  }
  auto trace = std::make_shared<Trace>(*tracefs, std::move(*request));
  if (const std::string& path = trace->request.file; !path.empty()) {
    auto file = co_await reactor::open_file(path, O_WRONLY | O_CREAT);
    if (!file) co_return cx.fail(file.error());
    trace->file = std::move(*file);
  }
  if (const auto refusal = already_running(cx)) co_return *refusal;  // one that has come meanwhile
  auto& latest = cx.shell.service<Latest>();
  const auto previous = std::exchange(latest.trace, trace);
  trace->job = cx.shell.background().spawn("droptrace", run_trace(&cx.shell, trace));
  cx.out.write("Enabling skb:kfree_skb tracepoint...\n");
  auto started = co_await cx.out.flush();
  if (started) started = co_await trace->started.wait();
  if (!started) {
    trace->job->request_stop();
    const reactor::Shield shield;
    (void)co_await trace->ended.wait();
  }
  const bool refused = trace->error && !trace->running();
  // This one is not there for `show`; the one before still is. But another start may have come by now.
  if ((!started || refused) && latest.trace == trace) latest.trace = previous;
  if (!started) co_return cx.fail(started.error());
  if (refused) co_return cannot_start(cx, *trace->error);
  cx.out.write("Tracing started in background. `droptrace show` shows the drops, `droptrace stop` ends it.\n");
  if (trace->request.limit != 0) cx.out.print("Will stop after {} packets\n", trace->request.limit);
  for (const std::string& name : *absent)
    cx.err.print("droptrace: no interface {} in this network namespace yet; its drops are recorded as soon as there is one\n", name);
  co_return 0;
}

// ---- the others ----

std::string losses(const Trace& trace) {
  std::string text;
  if (trace.events.lost() != 0) text = fmt::format(", {} events lost in the kernel's ring", trace.events.lost());
  if (trace.events.damaged_pages() != 0)
    text += fmt::format(", {} damaged pages of the ring ({})", trace.events.damaged_pages(), trace.events.damage());
  return text;
}

Task<int> stop(Context& cx) {
  const auto trace = cx.shell.service<Latest>().trace;
  if (!trace || trace->told) co_return cx.fail("No trace running");
  trace->told = true;
  trace->job->request_stop();
  {
    const reactor::Shield shield;
    (void)co_await trace->ended.wait();
  }
  cx.out.print("Tracing stopped. {} packets captured{}\n", trace->log.total(), losses(*trace));
  co_return trace->error ? cx.fail(*trace->error) : 0;
}

/// Until the log has all that was dropped before the call: a script that looks right after its packets sees them.
Task<Result<void>> catch_up(Trace& trace) {
  const auto now = static_cast<std::uint64_t>(reactor::monotonic_now().count());
  constexpr reactor::Nanoseconds kWritten{2'000'000};  // a record is in the ring some microseconds after its time
  auto slept = co_await reactor::sleep_for(kWritten);
  while (slept && trace.running() && trace.taken_until < now && !trace.events.idle()) {
    trace.news.reset();
    slept = co_await trace.news.wait();
  }
  co_return slept;
}

bool hidden(const Trace& trace, const Drop& drop, bool quiet) { return quiet && net::is_normal(trace.names, drop.event.reason); }

/// The number of the row with which the last `wanted` begin, hidden ones not counted.
std::uint64_t first_of_last(const Trace& trace, std::uint64_t wanted, bool quiet) {
  const auto& all = trace.log.rows();
  auto i = all.size();
  while (i > 0 && wanted > 0)
    if (!hidden(trace, all[--i], quiet)) --wanted;
  return trace.log.first_row() + i;
}

struct Printed {
  std::size_t rows;
  std::uint64_t next;  // number of the row after the last one
};

/// Prints the rows from number `from` on.
Task<Printed> print_rows(Context& cx, Trace& trace, std::uint64_t from, bool quiet) {
  std::vector<Drop> rows;
  const auto& all = trace.log.rows();
  const auto first = trace.log.first_row();
  if (from < first) cx.out.print("({} rows are gone: only the last {} are kept)\n", first - from, net::DropLog::kRows);
  for (std::size_t i = from > first ? from - first : 0; i < all.size(); ++i)
    if (!hidden(trace, all[i], quiet)) rows.push_back(all[i]);
  const auto next = first + all.size();
  co_await learn_symbols(trace, rows);
  for (const Drop& drop : rows) cx.out.write(net::drop_row(trace.names, drop));
  co_return Printed{rows.size(), next};
}

Task<int> follow(Context& cx, std::shared_ptr<Trace> trace, std::uint64_t from, bool quiet) {
  std::uint64_t lost = 0;
  for (;;) {
    trace->news.reset();
    const auto printed = co_await print_rows(cx, *trace, from, quiet);
    from = printed.next;
    if (const auto now = trace->events.lost(); now != lost) {
      cx.out.print("({} events lost in the kernel's ring)\n", now - lost);
      lost = now;
    }
    auto flushed = co_await cx.out.flush();
    if (!flushed) co_return cx.fail(flushed.error());
    if (trace->ended.is_set()) co_return 0;
    auto news = co_await trace->news.wait();
    if (!news) co_return cx.fail(news.error());
  }
}

Task<int> show(Context& cx, std::span<const std::string> words) {
  const bool quiet = cx.args.has("-q");
  std::uint64_t wanted = net::DropLog::kRows;
  if (words.size() > 1) co_return cx.bad_usage("too many arguments");
  if (words.size() == 1) {
    auto number = parse_number(words[0], "N", 1);
    if (!number) co_return cx.bad_usage(number.error());
    wanted = static_cast<std::uint64_t>(*number);
  }
  const auto trace = cx.shell.service<Latest>().trace;
  if (!trace) co_return cx.fail("No trace running. `droptrace start` starts one");
  auto complete = co_await catch_up(*trace);
  if (!complete) co_return cx.fail(complete.error());
  const auto from = first_of_last(*trace, wanted, quiet);
  if (cx.args.has("-f")) {
    cx.out.write(net::drop_heading(trace->names));
    auto status = co_await follow(cx, trace, from, quiet);
    co_return status;
  }
  if (trace->log.rows().empty()) {
    cx.out.print("No drops captured yet ({} total{})\n", trace->log.total(), losses(*trace));
    co_return 0;
  }
  const auto total = trace->log.total();
  cx.out.write(net::drop_heading(trace->names));
  const auto printed = co_await print_rows(cx, *trace, from, quiet);
  cx.out.print("\nShowing {} drops (buffer limited to last {}, {} total captured{})\n", printed.rows, net::DropLog::kRows, total,
               losses(*trace));
  if (trace->symbols.hidden()) cx.out.write(kNoSymbols);
  co_return 0;
}

Task<int> summary(Context& cx) {
  const auto trace = cx.shell.service<Latest>().trace;
  if (!trace) co_return cx.fail("No trace running. `droptrace start` starts one");
  auto complete = co_await catch_up(*trace);
  if (!complete) co_return cx.fail(complete.error());
  std::vector<std::uint64_t> locations;
  for (const auto& tally : trace->log.tallies()) locations.push_back(tally.location);
  (void)co_await trace->symbols.learn(std::move(locations));
  cx.out.write(net::drop_summary(trace->names, trace->log, cx.args.has("-a")));
  cx.out.print("{} packets captured{}{}\n", trace->log.total(), losses(*trace), trace->running() ? "" : ", tracing is stopped");
  if (trace->symbols.hidden()) cx.out.write(kNoSymbols);
  co_return 0;
}

Task<int> clear(Context& cx) {
  if (const auto trace = cx.shell.service<Latest>().trace) {
    auto complete = co_await catch_up(*trace);
    if (!complete) co_return cx.fail(complete.error());
    trace->log.clear();
  }
  cx.out.write("Trace buffer cleared\n");
  co_return 0;
}

Task<int> run(Context& cx) {
  const std::string& what = cx.args[0];
  const auto words = cx.args.from(1);
  if (what == "start") co_return co_await start(cx, words);
  if (what == "show") co_return co_await show(cx, words);
  if (!words.empty()) co_return cx.bad_usage("too many arguments: '" + words[0] + "'");
  if (what == "stop") co_return co_await stop(cx);
  if (what == "clear") co_return co_await clear(cx);
  if (what == "summary") co_return co_await summary(cx);
  co_return cx.bad_usage("'" + what + "' is not start, stop, show, clear or summary");
}

constexpr OptSpec options[] = {
    {.flag = "-f", .help = "show: go on with new drops until Ctrl-C or the trace's end"},
    {.flag = "-q", .help = "show: leave out drops that are normal (used up, socket closed, no reason given)"},
    {.flag = "-a", .help = "summary: with the normal drops, which it leaves out otherwise"},
};
constexpr ArgSpec start_args[] = {{.name = "COUNT", .kind = Arg::number, .optional = true},
                                  {.name = "WORD", .kind = Arg::choice, .optional = true, .repeated = true, .choices = "iface|stack|filter|file"}};
constexpr ArgSpec show_args[] = {{.name = "N", .kind = Arg::number, .optional = true}};
constexpr SubSpec subs[] = {
    {.words = "start", .args = start_args, .help = "record drops in the background, from now on"},
    {.words = "stop", .help = "end that; what was recorded can still be shown, until the next start"},
    {.words = "show", .args = show_args, .help = "the last N drops one by one (the last 1000 are kept)"},
    {.words = "clear", .help = "forget what was recorded; a running trace goes on"},
    {.words = "summary", .help = "how many for which reason and where, what the reasons mean and what usually helps"},
};
constexpr ArgSpec args[] = {{.name = "ACTION", .kind = Arg::choice, .choices = "start|stop|show|clear|summary"},
                            {.name = "WORD", .optional = true, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "droptrace", .group = Group::packets,
    .usage = "start [COUNT] [iface] [stack] [filter iface=… reason=… proto=… comm=…] [file F.jsonl]\n"
             "stop\nshow [-f] [-q] [N]\nclear\nsummary [-a]",
    .help = "which packets the kernel drops, where and why", .options = options, .args = args, .subs = subs,
    .details = "Words of start, in any order:\n"
               "  COUNT          stop after that many drops\n"
               "  iface          show on which interface the packet was (?: not known, it had not been on one yet)\n"
               "  stack          show the calls that led to the drop\n"
               "  filter         record only drops for which all of these hold; NAME,NAME is either of them\n"
               "    reason=NAME  as in the REASON column; all names: /sys/kernel/tracing/events/skb/kfree_skb/format\n"
               "    proto=NAME   ip, ipv6, arp ..., or an EtherType, 0x88b5\n"
               "    iface=NAME   on this interface (adds `iface`); it may come later\n"
               "    comm=NAME    while this program ran (* for any text); when a packet comes in that may be any program\n"
               "  file F.jsonl   write all drops there too, a line of JSON each\n"
               "LOCATION is the kernel's function that dropped it. TIME is in seconds since 1970, as in captures.\n"
               "Drops of all network namespaces are seen. tracefs is mounted if need be; `kconfig tracing` tells what is missing.",
    .example = "droptrace start iface\ndroptrace summary\ndroptrace stop\n"
               "droptrace start 100 filter iface=tap0,tap1 reason=NO_SOCKET file drops.jsonl",
    .run = run};
const Command self(spec);

}  // namespace
