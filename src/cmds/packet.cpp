// packet: one packet of a capture file, layer by layer, with its bytes in hex.
//   packet FILE [N]    N from 1, the first if it is left out
// What is longer than the screen is paged.
// Status 0; 1 when the file has no such packet, or is broken before it; 2 wrong usage; 130 when stopped.
#include <fmt/format.h>

#include <algorithm>

#include "net/capture_input.h"
#include "proto/checksum_check.h"
#include "proto/outline.h"
#include "reactor/loop.h"
#include "shell/command.h"
#include "shell/pager.h"
#include "shell/printable.h"

namespace {
using namespace shell;
using Step = proto::CaptureReader::Step;
using State = proto::ChecksumFinding::State;

std::string verdict(const proto::ChecksumFinding& finding) {
  switch (finding.state) {
    case State::good: return " (right)";
    case State::bad: return fmt::format(" (wrong, should be {})", finding.right);
    case State::partial: return fmt::format(" (partial: the network card was to finish it, {})", finding.right);
    case State::absent: return " (none sent)";
    case State::unknown: break;
  }
  return " (cannot be checked)";
}

void print_packet(Out& out, const proto::CaptureReader& reader, std::int64_t number) {
  const proto::Record& record = reader.record();
  out.print("Packet {}: {} bytes", number, record.original_length);
  if (record.data.size() < record.original_length) out.print(", {} captured", record.data.size());
  out.print(", {}, {}", proto::utc_text(record.time_ns), proto::link_text(record.link));
  if (record.direction != proto::Direction::unknown) out.print(", {}", record.direction == proto::Direction::tx ? "sent" : "received");
  if (const auto interfaces = reader.interfaces(); record.interface < interfaces.size() && !interfaces[record.interface].name.empty())
    out.print(" on {}", printable(interfaces[record.interface].name));
  out.write("\n");
  for (std::string_view rest = record.comment; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    out.print("Comment: {}\n", printable(line, line.size()));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }

  proto::Dissector dissector;
  proto::Dissection packet;
  dissector.dissect(packet, record.data, record.link, proto::Dialect::full);
  if (packet.unreadable()) out.write("No layer can be read.\n");
  proto::ChecksumChecker checker;
  const auto findings = checker.check(packet, record.data.size() == record.original_length);
  const auto parts = packet.parts();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto fields = proto::outline_fields(packet, parts[i]);
    const proto::Layer& layer = *parts[i].layer;
    out.print("\n{}  [bytes {}-{}, {}]\n", proto::outline_summary(layer, fields), parts[i].at,
              parts[i].at + std::max<std::uint32_t>(parts[i].size, 1) - 1, layer.tag());
    for (const auto& field : fields) {
      std::string note;
      for (const auto& finding : findings)
        if (finding.part == i && layer.fields()[finding.field].name == field.name) note = verdict(finding);
      out.print("    {}: {}{}\n", field.name, field.value, note);
    }
  }
  if (!record.data.empty()) out.print("\n{}", proto::hex_dump(record.data));
}

Task<int> run(Context& cx) {
  std::int64_t wanted = 1;
  if (cx.args.count() > 1) {
    const auto number = cx.args.number(1, 1);
    if (!number) co_return cx.bad_usage(number.error());
    wanted = *number;
  }
  const std::string path = cx.args[0];
  auto input = co_await net::CaptureInput::open(path, &cx.in);
  if (!input) co_return cx.fail(input.error());
  proto::CaptureReader& reader = (*input)->reader();
  for (std::int64_t seen = 0;;) {
    const Step step = reader.next();
    if (step == Step::record && ++seen == wanted) {
      std::string text;
      Out page(reactor::string_sink(text));
      print_packet(page, reader, wanted);
      (void)co_await page.finish();
      auto printed = co_await print_paged(cx, fmt::format("{}, packet {}", path, wanted), std::move(text));
      co_return printed ? 0 : cx.fail(printed.error());
    }
    if (step == Step::error) co_return cx.fail(path + ": " + reader.error().what);
    if (step == Step::end) co_return cx.fail(fmt::format("{}: it has {} packets", path, seen));
    if (step == Step::bad) cx.err.print("packet: {}: {}\n", path, reader.error().what);
    if (step == Step::need_more) {
      auto fed = co_await (*input)->fill();
      if (!fed) co_return cx.fail(fed.error());
      if (reactor::Loop::current().slice_used()) co_await reactor::yield();
    }
  }
}

constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path}, {.name = "N", .kind = Arg::number, .optional = true}};
constexpr CommandSpec spec = {
    .name = "packet",
    .group = Group::packets,
    .usage = "FILE [N]",
    .help = "show one packet of a capture file layer by layer",
    .args = args,
    .details = "FILE is a pcap, pcapng or JSONL file, also packed, or - for standard input. N counts from 1. Everything that is known\n"
               "is decoded; checksums are said to be right, wrong, partial (captured before the network card finished them) or\n"
               "not to be checked (cut packets, fragments).",
    .example = "packet a.pcap 3",
    .run = run};
const Command self(spec);

}  // namespace
