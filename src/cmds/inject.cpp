// inject: send the packets of a capture file on an interface.
//   inject FILE IFACE [speed X|pps N|mbps N|topspeed] [loop N] [count N] [filter 'EXPRESSION'] [maxgap S] [spin TIME] [fix]
//                     [rewrite smac=MAC dmac=MAC src=ADDR dst=ADDR] [bypass] [verify] [timing-report FILE]
// Into a TAP of ours the kernel receives the packets; else it transmits them. Status 1 when a packet was not sent, was not
// counted by the interface, or (verify) was not seen in its place.
#include <sys/resource.h>

#include "interface_error.h"
#include "net/inject.h"
#include "net/tap.h"
#include "reactor/loop.h"
#include "reactor/timer.h"
#include "shell/shell.h"

namespace {
using namespace shell;
using net::InjectSettings;
using Pace = net::InjectSettings::Pace;

// Long enough to hide the wake-up from a sleep (some 100 us on a virtual machine), short enough to leave most of a processor
// free at 1,000 packets a second.
constexpr std::chrono::microseconds kSpin{250};
constexpr std::chrono::seconds kProgressEvery{1};

Result<double> parse_rate(const std::string& text, const std::string& what) {
  TRY(rate, parse_fraction(text, what, 0, 1e12));
  if (rate == 0) return reactor::failed({}, what, "0 is no rate");
  return rate;
}

Result<InjectSettings> parse_settings(std::span<const std::string> words) {
  InjectSettings settings;
  settings.path = words[0];
  settings.interface.name = words[1];
  // A nice process has no business spinning.
  if (::getpriority(PRIO_PROCESS, 0) <= 0) settings.spin = kSpin;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto value = [&]() -> Result<std::string> {
      if (++i < words.size()) return words[i];
      return reactor::failed({}, word, "a value is missing");
    };
    if (word == "speed" || word == "pps" || word == "mbps") {
      TRY(text, value());
      TRY(rate, parse_rate(text, word));
      settings.pace = word == "speed" ? Pace::original : word == "pps" ? Pace::packets : Pace::megabits;
      settings.rate = rate;
    } else if (word == "topspeed") {
      settings.pace = Pace::topspeed;
    } else if (word == "loop" || word == "count") {
      TRY(text, value());
      TRY(number, parse_number(text, word, 1));
      (word == "loop" ? settings.loops : settings.count) = static_cast<std::uint64_t>(number);
    } else if (word == "filter") {
      TRY(text, value());
      settings.filter = text;
    } else if (word == "maxgap" || word == "spin") {
      TRY(text, value());
      TRY(time, parse_duration(text, word));
      if (word == "spin")
        settings.spin = time;
      else
        settings.max_gap = time;
    } else if (word == "rewrite") {
      const std::size_t first = i + 1;
      while (i + 1 < words.size() && words[i + 1].find('=') != std::string::npos) {
        const std::string& change = words[++i];
        TRY_VOID(settings.rewrite.add(change));
      }
      if (i + 1 == first) return reactor::failed({}, word, "smac=, dmac=, src= or dst= is expected");
    } else if (word == "timing-report") {
      TRY(text, value());
      settings.timing_report = text;
    } else if (word == "bypass") {
      settings.bypass = true;
    } else if (word == "fix") {
      settings.fix = true;
    } else if (word == "verify") {
      settings.verify = true;
    } else {
      return reactor::failed({}, {}, "unknown word '" + word + "'");
    }
  }
  if (settings.verify && settings.bypass) return reactor::failed({}, "verify", "frames sent past the queueing discipline are seen by nobody");
  return settings;
}

double in_us(reactor::Nanoseconds time) { return static_cast<double>(time.count()) / 1e3; }

Task<void> show_progress(Context* cx, const net::Injector* injector) {
  for (;;) {
    auto slept = co_await reactor::sleep_for(kProgressEvery);
    if (!slept) co_return;
    cx->out.print("Injected {} packets...\n", injector->report().packets);
    (void)co_await cx->out.flush();
  }
}

// The closing lines; false when what was sent is not what the file says.
bool print_report(Context& cx, const net::Injector& injector, const InjectSettings& settings, bool whole) {
  const net::InjectReport& report = injector.report();
  const double seconds = static_cast<double>(report.duration.count()) / 1e9;
  bool good = report.failed == 0 && report.bad_records == 0;
  cx.out.print("Injection {}: {} packets sent\n", whole ? "complete" : "broken off", report.packets);
  cx.out.print("  {} bytes in {:.6f} s, {:.0f} packets/s, {:.2f} Mbit/s, {} not sent", report.bytes, seconds,
               seconds > 0 ? static_cast<double>(report.packets) / seconds : 0.0,
               seconds > 0 ? static_cast<double>(report.bytes) * 8e-6 / seconds : 0.0, report.failed + report.bad_records);
  if (report.retries != 0) cx.out.print(", {} times no room", report.retries);
  cx.out.write("\n");
  if (report.timed && report.timing.count() != 0)
    cx.out.print("  timing error: median {:.1f} us, p99 {:.1f} us, max {:.1f} us, last packet {:.1f} us\n", in_us(report.timing.quantile(0.5)),
                 in_us(report.timing.quantile(0.99)), in_us(report.timing.largest()), in_us(report.timing.last()));
  if (report.counters_known) {
    const bool all = report.counted_packets >= report.packets;
    cx.out.print("  {} counted {} more packets {}{}\n", settings.interface.name, report.counted_packets, settings.tap ? "received" : "transmitted",
                 report.counted_drops != 0 ? fmt::format(", {} dropped", report.counted_drops) : std::string());
    if (!all) {
      cx.fail(fmt::format("{} counted {} of {} packets only", settings.interface.name, report.counted_packets, report.packets));
      good = false;
    }
  }
  if (report.verdict) {
    const auto& verdict = *report.verdict;
    if (verdict.missing == 0) {
      cx.out.print("  verified: {} packets seen, in order\n", verdict.seen);
    } else {
      cx.fail(fmt::format("verify: {} of {} packets were not seen in their place, the first is number {}{}", verdict.missing,
                          verdict.missing + verdict.seen, verdict.first_missing,
                          verdict.lost != 0 ? fmt::format(" ({} frames found no room in the check's own buffer)", verdict.lost) : std::string()));
      good = false;
    }
  }
  return good;
}

Task<int> run(Context& cx) {
  const auto words = cx.args.words();
  if (words.size() < 2) co_return cx.bad_usage("a file and an interface are needed");
  auto settings = parse_settings(words);
  if (!settings) co_return cx.bad_usage(settings.error());
  auto interface = co_await net::find_packet_interface(settings->interface.name);
  if (!interface) co_return cmds::interface_error(cx, interface.error());
  if (interface->index == 0) co_return cx.bad_usage("one interface is needed, not 'any'");
  settings->interface = *interface;
  settings->tap = cx.shell.service<net::Taps>().find(settings->interface.name);
  if (settings->tap && settings->bypass) co_return cx.bad_usage("a TAP has no queueing discipline on this side to bypass");
  if (settings->tap)
    cx.out.print("Using TAP device file descriptor for {}\n", settings->interface.name);
  else
    cx.out.print("Using raw socket for {}{}\n", settings->interface.name, settings->bypass ? "; captures on it do not see these packets" : "");
  cx.out.print("Injecting packets into {}...\n", settings->interface.name);
  (void)co_await cx.out.flush();

  net::Injector injector(*settings, [&cx](std::string text) { cx.err.print("inject: {}\n", text); });
  reactor::JobScope progress;
  if (cx.out.interactive() && ::isatty(cx.out.fd()) == 1) progress.spawn("inject progress", show_progress(&cx, &injector));
  auto ended = co_await injector.run();
  progress.request_stop();
  co_await progress.join();
  if (injector.report().packets + injector.report().failed + injector.report().bad_records == 0) {
    if (!ended) co_return cx.fail(ended.error());
    co_return cx.fail(settings->filter.empty() ? "No packets found in file" : "No packets found in file that match the filter");
  }
  const bool good = print_report(cx, injector, *settings, ended.has_value());
  if (!ended) co_return cx.fail(ended.error());
  co_return good ? 0 : 1;
}

constexpr ArgSpec args[] = {
    {.name = "FILE", .kind = Arg::path},
    {.name = "IFACE", .kind = Arg::iface},
    {.name = "OPTION", .kind = Arg::choice, .optional = true, .repeated = true,
     .choices = "speed|pps|mbps|topspeed|loop|count|filter|rewrite|maxgap|spin|fix|bypass|verify|timing-report"}};
constexpr CommandSpec spec = {
    .name = "inject", .group = Group::packets,
    .usage = "FILE IFACE [speed X|pps N|mbps N|topspeed] [loop N] [count N] [filter 'EXPRESSION'] [maxgap S] [spin TIME] [fix] "
             "[rewrite smac=MAC dmac=MAC src=ADDR dst=ADDR] [bypass] [verify] [timing-report FILE]",
    .help = "send the packets of a capture file", .args = args,
    .details = "FILE: pcap, pcapng or JSONL, plain or packed. Times are those of the file; speed 2 is twice as fast. Gaps over 10 s are\n"
               "kept unless maxgap cuts them. A TAP made by `tap add` receives the packets, other interfaces transmit them. bypass: past the\n"
               "queueing discipline, unseen by captures. spin: longest busy wait before a packet, 250us unless nice; 0 for none.\n"
               "verify: a second socket must see every packet in its place. timing-report: due and actual time of each packet.",
    .example = "inject in.jsonl tap0\n"
               "inject big.pcap eth0 pps 20000 loop 5 verify",
    .raw = true, .run = run};
const Command self(spec);

}  // namespace
