// pcap2json: a capture file (pcap, pcapng, packed or not) as lines of JSON. A broken file is converted up to the fault.
// Status 0; 1 when something could not be converted; 2 wrong usage; 130 when stopped.
#include "net/capture_convert.h"
#include "shell/screen.h"
#include "shell/shell.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  const auto count = cx.args.number("--count", INT64_MAX, 1);
  if (!count) co_return cx.bad_usage(count.error());
  proto::Converter::Options options;
  options.count = static_cast<std::uint64_t>(*count);
  options.output.format = proto::CaptureFormat::jsonl;
  options.output.lines.hex = cx.args.has("--hex");
  const std::string* const dialect = cx.shell.variable("JSONL");
  if (cx.args.has("--full") || (dialect && *dialect == "full")) options.output.lines.dialect = proto::Dialect::full;
  net::Conversion what;
  what.command = "pcap2json";
  what.from = cx.args[0];
  what.to = cx.args[1];
  what.filter = cx.args.value("--filter").value_or("");
  what.progress = prints_on_screen(cx);
  what.needs_capture = true;
  auto status = co_await net::convert(std::move(what), std::move(options), cx.in, cx.out, cx.err);
  co_return status ? *status : cx.fail(status.error());
}

constexpr ArgSpec args[] = {{.name = "IN", .kind = Arg::path}, {.name = "OUT", .kind = Arg::path}};
constexpr OptSpec opts[] = {{.flag = "--filter", .value = "EXPR", .help = "only packets that match this libpcap expression"},
                            {.flag = "--count", .value = "N", .kind = Arg::number, .help = "stop after N packets"},
                            {.flag = "--full", .help = "decode every layer that is known (also: JSONL=full)"},
                            {.flag = "--hex", .help = "bytes of raw layers as hex strings"}};
constexpr CommandSpec spec = {
    .name = "pcap2json",
    .group = Group::packets,
    .usage = "IN OUT [--filter EXPR] [--count N] [--full] [--hex]",
    .help = "convert a capture file to JSON lines",
    .options = opts,
    .args = args,
    .details = "IN is a pcap or pcapng file, also in gzip, zstd or xz, found by its content; - is standard input or output.\n"
               "A broken file is converted up to the fault, which is named; the status is 1 then.\n"
               "Packets of a link type that is not decoded are raw bytes; json2pcap --linktype N gives them their type back.",
    .example = "pcap2json a.pcap a.jsonl\npcap2json --filter 'tcp port 80' a.pcapng.zst -",
    .run = run};
const Command self(spec);

}  // namespace
