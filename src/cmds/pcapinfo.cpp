// pcapinfo: what a capture file holds: packets, times, rates, layers, who talks to whom, bad checksums.
// Status 0; 1 when the file is broken (what comes before is told); 2 wrong usage; 130 when stopped.
#include <fmt/format.h>

#include <algorithm>

#include "net/capture_input.h"
#include "proto/address.h"
#include "proto/capture_statistics.h"
#include "proto/outline.h"
#include "reactor/loop.h"
#include "shell/command.h"
#include "shell/printable.h"
#include "shell/table.h"
#include "shell/text.h"

namespace {
using namespace shell;
using Step = proto::CaptureReader::Step;
using Traffic = proto::CaptureStatistics::Traffic;

constexpr std::int64_t most_shown = 10;  // conversations, if no other number is asked for

// "12.3k", "4.56M": rates, in powers of 1000.
std::string rate_text(double rate) {
  const char* unit = "";
  for (const char* next : {"k", "M", "G", "T"}) {
    if (rate < 1000) break;
    rate /= 1000;
    unit = next;
  }
  return fmt::format("{:.{}f}{}", rate, *unit == '\0' ? 1 : 2, unit);
}

std::string_view format_name(proto::CaptureFormat format) {
  switch (format) {
    case proto::CaptureFormat::pcap: return "pcap";
    case proto::CaptureFormat::pcapng: return "pcapng";
    case proto::CaptureFormat::jsonl: return "JSONL";
    case proto::CaptureFormat::unknown: break;
  }
  return "empty";
}

std::string_view packed_name(proto::Compression compression) {
  switch (compression) {
    case proto::Compression::gzip: return " in gzip";
    case proto::Compression::zstd: return " in zstd";
    case proto::Compression::xz: return " in xz";
    case proto::Compression::none: break;
  }
  return "";
}

std::string address(const std::array<std::uint8_t, 16>& bytes, std::size_t size) {
  char text[proto::ipv6_text_max + 8];  // the writers touch up to 8 bytes behind the end
  const char* const end = size == 4 ? proto::put_ipv4(text, bytes.data()) : proto::put_ipv6(text, bytes.data());
  return {text, static_cast<std::size_t>(end - text)};
}

std::string share(const Traffic& part, const Traffic& all) {
  return all.bytes == 0 ? "" : fmt::format("{:.1f}%", 100.0 * static_cast<double>(part.bytes) / static_cast<double>(all.bytes));
}

void print_times(Out& out, const proto::CaptureStatistics& all) {
  if (all.all().packets == 0) return;
  // Without a sign: times before 1970 may be as far away as those behind it.
  const double seconds = static_cast<double>(static_cast<std::uint64_t>(all.last_ns()) - static_cast<std::uint64_t>(all.first_ns())) / 1e9;
  out.print("First:       {}\nLast:        {}\nDuration:    {:.6f} s\n", proto::utc_text(all.first_ns()), proto::utc_text(all.last_ns()), seconds);
  if (seconds > 0)
    out.print("Rate:        {} packets/s, {} bit/s\n", rate_text(static_cast<double>(all.all().packets) / seconds),
              rate_text(8 * static_cast<double>(all.all().bytes) / seconds));
  if (all.backwards() > 0) out.print("Order:       {} packets are older than the one before them\n", all.backwards());
}

void print_interfaces(Out& out, const proto::CaptureReader& reader, const proto::CaptureStatistics& all) {
  for (const auto& [link, traffic] : all.links()) out.print("Link type:   {}, {} packets\n", proto::link_text(link), traffic.packets);
  if (reader.format() != proto::CaptureFormat::pcapng) return;
  const auto interfaces = reader.interfaces();
  for (std::size_t i = 0; i < interfaces.size(); ++i) {
    const auto& interface = interfaces[i];
    const auto traffic = all.interfaces().find(static_cast<std::uint32_t>(i));
    out.print("Interface:   {}, {}, {} packets", interface.name.empty() ? fmt::format("number {}", i) : printable(interface.name),
              proto::link_text(interface.link), traffic == all.interfaces().end() ? 0 : traffic->second.packets);
    if (interface.dropped) out.print(", {} dropped", *interface.dropped);
    if (!interface.filter.empty()) out.print(", filter '{}'", printable(interface.filter));
    out.write("\n");
  }
}

void print_tables(Out& out, const proto::CaptureStatistics& all, std::size_t talkers) {
  using Align = Table::Align;
  out.write("\n");
  Table layers({{"Layer"}, {"Packets", Align::right}, {"Bytes", Align::right}, {"Share", Align::right}});
  for (const auto& [tag, traffic] : all.layers())
    layers.row({std::string(tag), std::to_string(traffic.packets), std::to_string(traffic.bytes), share(traffic, all.all())});
  layers.print(out);
  if (all.conversation_count() == 0) return;
  out.write("\n");
  Table pairs({{"Between"}, {"and"}, {"Packets", Align::right}, {"Bytes", Align::right}, {"Share", Align::right}});
  for (const auto& [between, traffic] : all.conversations(talkers))
    pairs.row({address(between.one, between.address_bytes), address(between.other, between.address_bytes), std::to_string(traffic.packets),
               std::to_string(traffic.bytes), share(traffic, all.all())});
  pairs.print(out);
  if (all.conversation_count() > talkers) out.print("and {} more pairs of hosts\n", all.conversation_count() - talkers);
  if (all.other_conversations().packets > 0) out.print("and {} packets of pairs that were not told apart\n", all.other_conversations().packets);
}

void print_all(Out& out, const std::string& path, const net::CaptureInput& input, const proto::CaptureReader& reader,
               const proto::CaptureStatistics& all, std::size_t talkers) {
  out.print("File:        {}: {}{}{}, {} bytes\n", path, format_name(reader.format()), packed_name(reader.compression()),
            reader.format() == proto::CaptureFormat::pcap && reader.nanoseconds() ? " with nanoseconds" : "", input.fed());
  out.print("Packets:     {}, {} bytes on the wire, {} captured", all.all().packets, all.all().bytes, all.captured_bytes());
  if (all.all().packets > 0) out.print(", {} on average", all.all().bytes / all.all().packets);
  out.write("\n");
  if (all.cut() > 0) out.print("Cut:         {} packets are not whole\n", all.cut());
  print_times(out, all);
  print_interfaces(out, reader, all);
  if (all.sent() + all.received() > 0) out.print("Direction:   {} received, {} sent\n", all.received(), all.sent());
  if (all.comments() > 0) out.print("Comments:    {}\n", all.comments());
  out.print("Checksums:   {} bad", all.bad_checksums());
  if (all.bad_checksums() > 0) out.print(" (the first: {})", all.first_bad_checksum());
  if (all.partial_checksums() > 0) out.print(", {} partial (left to the network card)", all.partial_checksums());
  out.write("\n");
  if (all.all().packets > 0) print_tables(out, all, talkers);
}

Task<int> run(Context& cx) {
  const auto talkers = cx.args.number("--top", most_shown, 0);
  if (!talkers) co_return cx.bad_usage(talkers.error());
  const std::string path = cx.args[0];
  auto input = co_await net::CaptureInput::open(path, &cx.in);
  if (!input) co_return cx.fail(input.error());
  proto::CaptureReader& reader = (*input)->reader();
  proto::CaptureStatistics all;
  int status = 0;
  for (bool more = true; more;) {
    const Step step = reader.next();
    if (step == Step::record) all.add(reader.record(), reader.position().number);
    if (step == Step::bad || step == Step::error) {
      status = 1;
      cx.err.print("pcapinfo: {}: {}\n", path, reader.error().what);
    }
    more = step != Step::end && step != Step::error;
    if (step == Step::need_more) {
      auto fed = co_await (*input)->fill();
      if (!fed) co_return cx.fail(fed.error());
    }
    constexpr std::uint64_t records_between_looks = 64;  // at the clock
    if (all.all().packets % records_between_looks == 0 && reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  if (reader.format() == proto::CaptureFormat::unknown && status != 0) co_return status;
  print_all(cx.out, path, **input, reader, all, static_cast<std::size_t>(*talkers));
  co_return status;
}

constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path}};
constexpr OptSpec opts[] = {{.flag = "--top", .value = "N", .kind = Arg::number, .help = "pairs of hosts that are listed, 10 if not given"}};
constexpr CommandSpec spec = {
    .name = "pcapinfo",
    .group = Group::packets,
    .usage = "FILE [--top N]",
    .help = "what a capture file holds",
    .options = opts,
    .args = args,
    .details = "FILE is a pcap, pcapng or JSONL file, also packed, or - for standard input. Bytes are those on the wire; a layer counts\n"
               "each packet that has it once.",
    .example = "pcapinfo a.pcapng",
    .run = run};
const Command self(spec);

}  // namespace
