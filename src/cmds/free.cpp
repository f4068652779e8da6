// free: memory, from /proc/meminfo, as free(1) counts it.
#include <charconv>

#include "reactor/io.h"
#include "shell/command.h"
#include "shell/table.h"
#include "shell/text.h"

namespace {
using namespace shell;

// A line of /proc/meminfo in bytes; 0 when it is not there.
std::uint64_t field(std::string_view text, std::string_view name) {
  const std::string wanted = std::string(name) + ":";
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    at += line.size() + 1;
    if (!line.starts_with(wanted)) continue;
    const std::size_t digits = line.find_first_of("0123456789");
    std::uint64_t value = 0;
    if (digits != std::string_view::npos) std::from_chars(line.data() + digits, line.data() + line.size(), value);
    return value * 1024;
  }
  return 0;
}

Task<int> run(Context& cx) {
  auto text = co_await reactor::read_file("/proc/meminfo");
  if (!text) co_return cx.fail(text.error());
  const auto shown = [&cx](std::uint64_t bytes) {
    if (cx.args.has("-h")) return human_size(bytes);
    return std::to_string(cx.args.has("-b")   ? bytes
                          : cx.args.has("-m") ? bytes >> 20
                          : cx.args.has("-g") ? bytes >> 30
                                              : bytes >> 10);
  };
  const std::uint64_t total = field(*text, "MemTotal"), unused = field(*text, "MemFree"), available = field(*text, "MemAvailable");
  const std::uint64_t cache = field(*text, "Buffers") + field(*text, "Cached") + field(*text, "SReclaimable");
  const std::uint64_t swap = field(*text, "SwapTotal"), swap_free = field(*text, "SwapFree");
  const std::uint64_t used = total > unused + cache ? total - unused - cache : total - unused;
  constexpr auto right = Table::Align::right;
  Table table({{"", Table::Align::left, 5},
               {"total", right, 12},
               {"used", right, 12},
               {"free", right, 12},
               {"shared", right, 12},
               {"buff/cache", right, 12},
               {"available", right, 12}});
  table.row({"Mem:", shown(total), shown(used), shown(unused), shown(field(*text, "Shmem")), shown(cache), shown(available)});
  table.row({"Swap:", shown(swap), shown(swap - swap_free), shown(swap_free)});
  table.print(cx.out);
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-h", .help = "with K, M, G"},
                               {.flag = "-b", .help = "in bytes"},
                               {.flag = "-k", .help = "in KiB (it is)"},
                               {.flag = "-m", .help = "in MiB"},
                               {.flag = "-g", .help = "in GiB"}};
constexpr CommandSpec spec = {.name = "free",
                              .group = Group::system,
                              .usage = "[-h] [-b] [-k] [-m] [-g]",
                              .help = "show the memory",
                              .options = options,
                              .example = "free -h",
                              .run = run};
const Command self(spec);

}  // namespace
