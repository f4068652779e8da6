// json2pcap: lines of JSON as a capture file. A bad line is reported with its number and left out.
// Status 0; 1 when something could not be converted; 2 wrong usage; 130 when stopped.
#include "net/capture_convert.h"
#include "net/random_seed.h"
#include "shell/screen.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  const auto count = cx.args.number("--count", INT64_MAX, 1);
  if (!count) co_return cx.bad_usage(count.error());
  const auto link = cx.args.number("--linktype", -1, 0, UINT16_MAX);
  if (!link) co_return cx.bad_usage(link.error());
  const std::string by_name = cx.args[1].ends_with(".pcapng") ? "pcapng" : "pcap";
  const std::string format = cx.args.value("--format").value_or(by_name);
  if (format != "pcap" && format != "pcapng") co_return cx.bad_usage("--format: '" + format + "' is neither pcap nor pcapng");
  proto::Converter::Options options;
  options.count = static_cast<std::uint64_t>(*count);
  options.otherwise = proto::CaptureFormat::jsonl;
  options.strict = cx.args.has("--strict");
  options.seed = net::random_seed();
  if (*link >= 0) options.untold_link = static_cast<proto::LinkType>(*link);
  if (cx.args.has("--fix")) options.lines = proto::LineReader::Mode::fix;
  options.output.format = format == "pcap" ? proto::CaptureFormat::pcap : proto::CaptureFormat::pcapng;
  options.output.nanoseconds = cx.args.has("--ns");
  net::Conversion what;
  what.command = "json2pcap";
  what.from = cx.args[0];
  what.to = cx.args[1];
  what.filter = cx.args.value("--filter").value_or("");
  what.progress = prints_on_screen(cx);
  auto status = co_await net::convert(std::move(what), std::move(options), cx.in, cx.out, cx.err);
  co_return status ? *status : cx.fail(status.error());
}

constexpr ArgSpec args[] = {{.name = "IN", .kind = Arg::path}, {.name = "OUT", .kind = Arg::path}};
constexpr OptSpec opts[] = {{.flag = "--filter", .value = "EXPR", .help = "only packets that match this libpcap expression"},
                            {.flag = "--count", .value = "N", .kind = Arg::number, .help = "stop after N packets"},
                            {.flag = "--fix", .help = "compute all lengths, checksums and next protocols anew, also in IN that is a capture"},
                            {.flag = "--format", .value = "pcap|pcapng", .help = "format of OUT; else by its ending, else pcap"},
                            {.flag = "--linktype", .value = "N", .kind = Arg::number, .help = "link type of packets whose line does not tell it"},
                            {.flag = "--ns", .help = "a pcap with nanoseconds"},
                            {.flag = "--strict", .help = "stop at the first bad line"}};
constexpr CommandSpec spec = {
    .name = "json2pcap",
    .group = Group::packets,
    .usage = "IN OUT [--filter EXPR] [--count N] [--fix] [--format pcap|pcapng] [--linktype N] [--ns] [--strict]",
    .help = "convert JSON lines to a capture file",
    .options = opts,
    .args = args,
    .details = "IN and OUT may be - for standard input and output. Both dialects of the lines are read, mixed if need be; fields that\n"
               "are left out or \"<auto>\" are computed, those that are given are kept. Bad lines are reported and left out; the\n"
               "status is 1 then. Times reach from 1970 to 2262, in a pcap file to 2106.\n"
               "A pcap file holds one link type, a pcapng file any. A line tells it by its first layer: ether, Ip and the like. One in\n"
               "hex or that begins with raw bytes (as all of a link type that is not decoded) does not: it gets N of --linktype, else\n"
               "the type of the line before, else of the first behind that tells, else Ethernet.",
    .example = "json2pcap a.jsonl a.pcap\njson2pcap --fix a.jsonl.gz a.pcapng",
    .run = run};
const Command self(spec);

}  // namespace
