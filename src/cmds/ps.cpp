// ps: all processes with parent, state and full command line; kernel threads in [].
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "reactor/directory.h"
#include "reactor/io.h"
#include "shell/filter.h"
#include "shell/table.h"
#include "shell/text.h"

namespace {
using namespace shell;

struct Process {
  std::int64_t pid = 0, parent = 0, threads = 0;
  char state = '?';
  double cpu_seconds = 0;
  std::uint64_t resident_kib = 0;
  std::string command;
};

// proc(5), /proc/PID/stat: the name stands in brackets and may itself hold brackets and blanks.
bool parse_stat(std::string_view text, Process& process, std::string& name) {
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  name = text.substr(open + 1, close - open - 1);
  const auto fields = split(text.substr(close + 1));  // [0] is the third field, state
  if (fields.size() < 22) return false;
  const auto number = [&fields](std::size_t field) {
    std::int64_t value = 0;
    std::from_chars(fields[field - 3].data(), fields[field - 3].data() + fields[field - 3].size(), value);
    return value;
  };
  process.state = fields[0][0];
  process.parent = number(4);
  process.cpu_seconds = static_cast<double>(number(14) + number(15)) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  process.threads = number(20);
  process.resident_kib = static_cast<std::uint64_t>(std::max<std::int64_t>(number(24), 0)) *
                         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
  return true;
}

// Arguments are separated by zeros; what would play with the terminal becomes '?'.
std::string command_of(std::string line, const std::string& name) {
  while (!line.empty() && line.back() == '\0') line.pop_back();
  if (line.empty()) return "[" + name + "]";
  for (char& c : line) {
    if (c == '\0') c = ' ';
    else if (static_cast<unsigned char>(c) < 32 || c == 127) c = '?';
  }
  return line;
}

Task<int> run(Context& cx) {
  const auto names = reactor::directory_names("/proc");
  if (!names || std::find(names->begin(), names->end(), "self") == names->end())
    co_return cx.fail("/proc is not mounted (mount proc)");
  std::vector<Process> processes;
  for (const std::string& entry : *names) {
    Process process;
    const auto [end, error] = std::from_chars(entry.data(), entry.data() + entry.size(), process.pid);
    if (error != std::errc{} || end != entry.data() + entry.size()) continue;
    // One that ends while we look is no error.
    auto stat = co_await reactor::read_file("/proc/" + entry + "/stat");
    if (!stat && stat.error().cancelled()) co_return 130;
    std::string name;
    if (!stat || !parse_stat(*stat, process, name)) continue;
    auto line = co_await reactor::read_file("/proc/" + entry + "/cmdline");
    if (line) {
      process.command = command_of(std::move(*line), name);
      processes.push_back(std::move(process));
    }
    auto went_on = co_await breathe(cx.out);
    if (!went_on) co_return cx.fail(went_on.error());
  }
  std::sort(processes.begin(), processes.end(), [](const Process& a, const Process& b) { return a.pid < b.pid; });
  using Align = Table::Align;
  if (cx.args.has("-l")) {
    Table table({{"PID", Align::right, 5},
                 {"PPID", Align::right, 5},
                 {"S"},
                 {"THREADS", Align::right},
                 {"RSS", Align::right, 6},
                 {"TIME", Align::right, 8},
                 {"CMD"}});
    for (Process& p : processes)
      table.row({std::to_string(p.pid), std::to_string(p.parent), std::string(1, p.state), std::to_string(p.threads),
                 human_size(p.resident_kib * 1024), fmt::format("{:.2f}", p.cpu_seconds), std::move(p.command)});
    table.print(cx.out);
    co_return 0;
  }
  Table table({{"PID", Align::right, 5}, {"PPID", Align::right, 5}, {"S"}, {"CMD"}});
  for (Process& p : processes)
    table.row({std::to_string(p.pid), std::to_string(p.parent), std::string(1, p.state), std::move(p.command)});
  table.print(cx.out);
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-l", .help = "threads, memory and CPU seconds too"},
                               {.flag = "-e", .help = "all processes (it always is)"},
                               {.flag = "-f", .help = "full command lines (they always are)"},
                               {.flag = "-A", .help = "as -e"}};
constexpr ArgSpec args[] = {{.name = "aux", .kind = Arg::choice, .optional = true, .choices = "aux|ax"}};
constexpr CommandSpec spec = {
    .name = "ps",
    .group = Group::system,
    .usage = "[-l] [-e] [-f] [-A] [aux]",
    .help = "list the processes",
    .options = options,
    .args = args,
    .details =
        "S is the state: R running, S sleeping, D waiting for the kernel, Z ended and not reaped, T stopped, I idle.\n"
        "Kernel threads stand in [brackets].",
    .example = "ps -l",
    .run = run};
const Command self(spec);

}  // namespace
