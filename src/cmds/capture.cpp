// capture: packets of an interface into a file, in the background.
//   capture start IFACE FILE [jsonl|pcap|pcapng] [full] [COUNT] [filter 'EXPRESSION'] [snaplen N] [rx|tx] [buffer MB]
//                 [rotate SIZE|TIME [keep N]]
//   capture stop IFACE|FILE|all
//   capture show
// `start` returns when packets are taken; `stop` when all that the kernel had queued is in the file and the file is closed.
// Status 1 when packets were lost. A capture that ended by itself is reported at once, and by `stop` once more.
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "interface_error.h"
#include "net/capture.h"
#include "proto/capture_format.h"
#include "shell/shell.h"

namespace {
using namespace shell;
using net::Capture;
using net::CaptureSettings;
using proto::CaptureFormat;

struct Running {
  std::shared_ptr<Capture> capture;
  std::shared_ptr<reactor::Job> job;
  bool asked = false;  // to stop, by the command
};

struct Captures {
  std::vector<std::shared_ptr<Running>> all;  // those that ended, too, until somebody has been told
};

std::string_view format_name(CaptureFormat format) {
  return format == CaptureFormat::pcap ? "pcap" : format == CaptureFormat::pcapng ? "pcapng" : "jsonl";
}

CaptureFormat format_of(std::string_view path) {
  return path.ends_with(".pcap") ? CaptureFormat::pcap : path.ends_with(".pcapng") ? CaptureFormat::pcapng : CaptureFormat::jsonl;
}

// Two spellings of one path: "a" and "./a", relative and absolute.
std::string same_path(std::string path) {
  while (path.starts_with("./")) path.erase(0, 2);
  char directory[PATH_MAX];
  if (path.starts_with('/') || ::getcwd(directory, sizeof directory) == nullptr) return path;
  return std::string(directory) + (directory[1] == 0 ? "" : "/") + path;
}

std::string plural(std::uint64_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

// Why it ended by itself; empty when it did not.
std::string cause(const Capture& capture) { return capture.error() ? capture.error()->text() : capture.reason(); }

// What is known of a capture beyond its packets: bytes, losses, the file, marks.
std::string details(Capture& capture) {
  std::string text = fmt::format("{} of packets, {} dropped by the kernel, {} in {}", plural(capture.bytes(), "byte"), capture.dropped(),
                                 plural(capture.file_bytes(), "byte"),
                                 capture.files() == 1 ? capture.settings().path : plural(capture.files(), "file"));
  if (capture.partial_checksums() != 0) text += fmt::format(", {} with a checksum left to the device", capture.partial_checksums());
  if (capture.merged() != 0) text += fmt::format(", {} merged by an offload", capture.merged());
  return text;
}

// The job: the capture, and the news of its end, as soon as its file is closed.
Task<int> run_capture(Shell* shell, std::shared_ptr<Running> running) {
  const std::shared_ptr<Capture> capture = running->capture;
  reactor::JobScope scope;
  const auto job = scope.spawn("capture ring " + capture->settings().interface, Capture::run(capture));
  const reactor::Shield shield;
  (void)co_await capture->ended().wait();
  if (capture->was_live() && !running->asked) {
    const std::string why = cause(*capture);
    shell->notify(fmt::format("Capture on {} ended: {} ({} captured)\n  {}", capture->settings().interface,
                              why.empty() ? "the program ends" : why, plural(capture->packets(), "packet"), details(*capture)));
  }
  co_await scope.join();
  co_return job->status();
}

Result<CaptureSettings> parse_settings(std::span<const std::string> words) {
  CaptureSettings settings;
  settings.interface = words[0];
  settings.path = words[1];
  settings.format = format_of(settings.path);
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto value = [&]() -> Result<std::string> {
      if (++i < words.size()) return words[i];
      return reactor::failed({}, word, "a value is missing");
    };
    if (word == "jsonl" || word == "pcap" || word == "pcapng") {
      settings.format = word == "jsonl" ? CaptureFormat::jsonl : word == "pcap" ? CaptureFormat::pcap : CaptureFormat::pcapng;
    } else if (word == "full") {
      settings.full = true;
    } else if (word == "rx" || word == "tx") {
      settings.filter.only = word == "rx" ? proto::Direction::rx : proto::Direction::tx;
    } else if (word == "filter") {
      TRY(text, value());
      settings.filter.expression = text;
    } else if (word == "snaplen") {
      TRY(text, value());
      TRY(number, parse_number(text, "snaplen", 1, proto::largest_written_bytes));
      settings.filter.snaplen = static_cast<std::uint32_t>(number);
    } else if (word == "buffer") {
      TRY(text, value());
      TRY(number, parse_number(text, "buffer", 1, 4095));
      settings.ring_bytes = static_cast<std::size_t>(number) << 20;
    } else if (word == "rotate") {
      TRY(text, value());
      // Small letters are times (s, m, h), capital ones and none are sizes.
      if (!text.empty() && text.back() >= 'a' && text.back() <= 'z') {
        TRY(time, parse_duration(text, "rotate"));
        if (time <= std::chrono::nanoseconds(0)) return reactor::failed({}, "rotate", "the time must be over 0");
        settings.rotate_time = time;
      } else {
        TRY(size, parse_size(text, "rotate"));
        if (size == 0) return reactor::failed({}, "rotate", "the size must be over 0");
        settings.rotate_bytes = size;
      }
    } else if (word == "keep") {
      TRY(text, value());
      TRY(number, parse_number(text, "keep", 1, 1'000'000));
      settings.keep = static_cast<unsigned>(number);
    } else {
      TRY(number, parse_number(word, "COUNT", 1));
      settings.count = static_cast<std::uint64_t>(number);
    }
  }
  if (settings.keep != 0 && settings.rotate_bytes == 0 && settings.rotate_time.count() == 0)
    return reactor::failed({}, "keep", "only with rotate");
  if (settings.full && settings.format != CaptureFormat::jsonl) return reactor::failed({}, "full", "only with jsonl");
  return settings;
}

Task<int> start(Context& cx, std::span<const std::string> words) {
  if (words.size() < 2) co_return cx.bad_usage("start needs an interface and a file");
  auto settings = parse_settings(words);
  if (!settings) co_return cx.bad_usage(settings.error());
  const std::string* dialect = cx.shell.variable("JSONL");
  if (dialect != nullptr && *dialect == "full") settings->full = true;
  auto& all = cx.shell.service<Captures>().all;
  const std::string path = same_path(settings->path);
  const auto same = [&path](const std::shared_ptr<Running>& r) { return same_path(r->capture->settings().path) == path; };
  for (const auto& other : all)
    if (same(other) && other->capture->state() != Capture::State::ended)
      co_return cx.fail(fmt::format("Capture already running on interface {} into {}; stop it, or name another file",
                                    other->capture->settings().interface, settings->path));
  std::erase_if(all, same);

  auto running = std::make_shared<Running>();
  running->capture = std::make_shared<Capture>(std::move(*settings));
  Capture& capture = *running->capture;
  const std::string name = fmt::format("capture {} {}", capture.settings().interface, capture.settings().path);
  running->job = cx.shell.background().spawn(name, run_capture(&cx.shell, running));
  all.push_back(running);
  auto started = co_await capture.started().wait();
  if (!started) {
    running->asked = true;
    running->job->request_stop();
    const reactor::Shield shield;
    (void)co_await capture.ended().wait();
    std::erase(all, running);
    co_return cx.fail(started.error());
  }
  if (!capture.was_live()) {
    const reactor::Shield shield;
    (void)co_await capture.ended().wait();
    std::erase(all, running);
    co_return capture.error() ? cmds::interface_error(cx, *capture.error()) : cx.fail("it was stopped before it began");
  }
  const CaptureSettings& is = capture.settings();
  const std::string limit = is.count == 0 ? "unlimited" : fmt::format("max {} packets", is.count);
  cx.out.print("Started capture on {} -> {} (format: {}) ({})\n", is.interface, is.path, format_name(is.format), limit);
  if (capture.interface().index != 0)
    cx.out.print("Detected {} interface{}\n", capture.interface().framing == net::Framing::network ? "L3" : "L2-ethernet",
                 capture.interface().up ? "" : " (it is down: packets come when it is up)");
  co_return 0;
}

Task<int> stop(Context& cx, std::string which) {
  auto& all = cx.shell.service<Captures>().all;
  std::vector<std::shared_ptr<Running>> chosen;
  for (const auto& running : all)
    if (which == "all" || running->capture->settings().interface == which || running->capture->settings().path == which)
      chosen.push_back(running);
  if (which == "all") {
    if (chosen.empty())
      cx.out.write("No captures running\n");
    else
      cx.out.print("Stopping {} capture(s)...\n", chosen.size());
  } else if (chosen.empty()) {
    co_return cx.fail(fmt::format("No capture running on interface {}", which));
  }
  for (const auto& running : chosen) {
    running->asked = true;
    running->job->request_stop();
  }
  int status = 0;
  for (const auto& running : chosen) {
    Capture& capture = *running->capture;
    auto ended = co_await capture.ended().wait();
    if (!ended) co_return cx.fail(ended.error());
    const std::string why = cause(capture);
    cx.out.print("Stopped capture on {} ({} packets captured)\n  {}{}{}\n", capture.settings().interface, capture.packets(), details(capture),
                 why.empty() ? "" : "; it had ended: ", why);
    std::erase(all, running);
    status = std::max(status, capture.status());
    if (capture.dropped() != 0)
      cx.fail(fmt::format("{}: {} were lost; give it a larger buffer, or a filter", capture.settings().interface, plural(capture.dropped(), "packet")));
    else if (capture.error())
      cx.fail(*capture.error());
  }
  co_return status;
}

int show(Context& cx) {
  auto& all = cx.shell.service<Captures>().all;
  if (all.empty()) {
    cx.out.write("No active captures\n");
    return 0;
  }
  cx.out.print("Active captures:\n{:<15} {:<30} {:<8} {:<12} {}\n{:-<80}\n", "Interface", "Output File", "Format", "Packets", "Limit", "");
  for (const auto& running : all) {
    Capture& capture = *running->capture;
    const CaptureSettings& is = capture.settings();
    const std::string why = cause(capture);
    cx.out.print("{:<15} {:<30} {:<8} {:<12} {}\n    {}{}{}\n", is.interface, is.path, format_name(is.format), capture.packets(),
                 is.count == 0 ? "unlimited" : std::to_string(is.count), details(capture), why.empty() ? "" : "; ended: ", why);
  }
  return 0;
}

Task<int> run(Context& cx) {
  const auto words = cx.args.words();
  if (words.empty()) co_return cx.bad_usage("start, stop or show?");
  if (words[0] == "start") co_return co_await start(cx, words.subspan(1));
  if (words[0] == "stop") {
    if (words.size() != 2) co_return cx.bad_usage("stop needs an interface, a file or 'all'");
    co_return co_await stop(cx, words[1]);
  }
  if (words[0] == "show" && words.size() == 1) co_return show(cx);
  co_return cx.bad_usage(fmt::format("unknown sub-command '{}'", words[0]));
}

constexpr ArgSpec start_args[] = {
    {.name = "IFACE", .kind = Arg::iface},
    {.name = "FILE", .kind = Arg::path},
    {.name = "OPTION", .kind = Arg::choice, .optional = true, .repeated = true,
     .choices = "jsonl|pcap|pcapng|full|filter|snaplen|rx|tx|buffer|rotate|keep"}};
constexpr ArgSpec stop_args[] = {{.name = "IFACE|FILE|all", .kind = Arg::iface}};
constexpr SubSpec subs[] = {{.words = "start", .args = start_args, .help = "take packets into a file"},
                            {.words = "stop", .args = stop_args, .help = "end a capture when all that was queued is in the file"},
                            {.words = "show", .help = "what is being captured, with losses"}};
constexpr CommandSpec spec = {
    .name = "capture", .group = Group::packets,
    .usage = "start IFACE FILE [jsonl|pcap|pcapng] [full] [COUNT] [filter 'EXPRESSION'] [snaplen N] [rx|tx] [buffer MB] "
             "[rotate SIZE|TIME [keep N]]\n"
             "stop IFACE|FILE|all\n"
             "show",
    .help = "capture packets into a file, in the background", .subs = subs,
    .details = "The format is as named, else by the file's ending (.pcap, .pcapng), else jsonl; `full` (or JSONL=full) decodes\n"
               "all that we know. IFACE `any` is every interface, with a Linux cooked header. A filter is a libpcap expression.\n"
               "Rotating gives FILE, then FILE.1, FILE.2 ... (the number comes before the ending); `keep N` removes the oldest.\n"
               "SIZE: bytes, or with K, M, G; TIME: with s, m, h. The default buffer is 32 MB. Status 1 when packets were lost.",
    .example = "capture start tap0 /tmp/out.pcapng filter 'icmp6' rx\n"
               "capture stop all",
    .raw = true, .run = run};
const Command self(spec);

}  // namespace
