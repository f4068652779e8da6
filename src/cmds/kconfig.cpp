// kconfig: options of the running kernel, as CONFIG_X=y|m|value or "is not set"; `kconfig tracing` looks at what tracing needs.
// Read from /proc/config.gz, /boot/config-<release> (initrd/boot puts it into the image) or the modules' folder.
// Status 0; 1 when an option is not set, or nothing is known.
#include <sys/stat.h>

#include <algorithm>

#include "net/module_tree.h"
#include "net/mounts.h"
#include "net/packed_file.h"
#include "reactor/io.h"
#include "shell/filter.h"
#include "shell/glob.h"
#include "shell/text.h"

namespace {
using namespace shell;

struct Config {
  std::string path, text;
};

Task<Result<Config>> read_config() {
  const std::string release = net::kernel_release();
  const std::vector<std::string> places = {"/proc/config.gz", "/boot/config-" + release, "/lib/modules/" + release + "/config",
                                           "/config-" + release, "/boot/config"};
  for (const std::string& path : places) {
    struct stat s {};
    if (::stat(path.c_str(), &s) < 0) continue;
    auto bytes = co_await net::read_packed(path);
    if (!bytes) co_return tl::unexpected(bytes.error());
    co_return Config{path, std::string(bytes->begin(), bytes->end())};
  }
  co_return reactor::failed(
      {}, {}, "the kernel's configuration is nowhere (looked for " + join(places) + "; modprobe configs may bring the first)");
}

// "CONFIG_X=y" or "# CONFIG_X is not set" of a line; the name is empty for all others.
std::string_view name_in(std::string_view line) {
  if (line.starts_with("# CONFIG_") && line.ends_with(" is not set")) return line.substr(2, line.size() - 2 - 11);
  if (line.starts_with("CONFIG_")) return line.substr(0, line.find('='));
  return {};
}

// True when something was printed. A pattern shows every option that matches.
bool show(Out& out, const Config& config, const std::string& pattern) {
  bool found = false;
  for (std::string_view rest = config.text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::string_view name = name_in(line);
    if (name.empty() || !glob_match(pattern, name)) continue;
    found = true;
    if (line.starts_with('#')) out.print("{} is not set\n", name);
    else out.print("{}\n", line);
  }
  return found;
}

bool exists(const std::string& path) {
  struct stat s {};
  return ::stat(path.c_str(), &s) == 0;
}

void mark(Out& out, bool good, std::string_view text) { out.print("{} {}\n", good ? "✓" : "✗", text); }

// Symbols of the tracing code; kallsyms has 200,000 lines, so it is read line by line.
Task<Result<std::uint64_t>> count_trace_symbols(Context& cx) {
  auto input = co_await Input::open(cx, "/proc/kallsyms");
  if (!input) co_return tl::unexpected(input.error());
  for (std::uint64_t count = 0;;) {
    auto line = co_await input->in().line();
    if (!line) co_return tl::unexpected(line.error());
    if (!*line) co_return count;
    if ((*line)->find("trace") != std::string::npos) ++count;
    auto turn = co_await take_turns();
    if (!turn) co_return tl::unexpected(turn.error());
  }
}

Task<int> check_tracing(Context& cx) {
  Out& out = cx.out;
  auto enabled = co_await reactor::read_file("/proc/sys/kernel/ftrace_enabled");
  mark(out, enabled && enabled->starts_with('1'),
       enabled ? "/proc/sys/kernel/ftrace_enabled is " + enabled->substr(0, 1)
               : "/proc/sys/kernel/ftrace_enabled is missing: no function tracer");
  auto symbols = co_await count_trace_symbols(cx);
  if (!symbols && symbols.error().cancelled()) co_return 130;
  mark(out, symbols && *symbols > 0,
       symbols ? fmt::format("{} symbols of tracing in /proc/kallsyms", *symbols) : symbols.error().text());
  auto types = co_await net::filesystem_types(false);
  for (const std::string_view type : {"debugfs", "tracefs"}) {
    const bool known = types && std::find(types->begin(), types->end(), type) != types->end();
    mark(out, known, fmt::format("file system {} is {}", type, known ? "known" : "not known to this kernel"));
  }
  for (const std::string path : {"/sys/kernel/debug", "/sys/kernel/debug/tracing", "/sys/kernel/tracing"})
    mark(out, exists(path), path + (exists(path) ? " exists" : " is missing"));
  bool event = false;
  for (const std::string root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"})
    event = event || exists(root + "/events/skb/kfree_skb");
  mark(out, event,
       event ? "the event skb:kfree_skb is there"
             : "no event skb:kfree_skb (mount tracefs first; it needs CONFIG_EVENT_TRACING and CONFIG_NET)");
  auto config = co_await read_config();
  if (config) {
    for (const char* name :
         {"CONFIG_TRACING", "CONFIG_EVENT_TRACING", "CONFIG_FTRACE", "CONFIG_FUNCTION_TRACER", "CONFIG_NET_DROP_MONITOR"})
      if (!show(out, *config, name)) out.print("{} is not set\n", name);
  } else {
    out.print("{}\n", config.error().text());
  }
  co_return event ? 0 : 1;
}

Task<int> run(Context& cx) {
  if (cx.args.count() == 1 && cx.args[0] == "tracing") {
    auto status = co_await check_tracing(cx);
    co_return status;
  }
  auto config = co_await read_config();
  if (!config) co_return cx.fail(config.error());
  if (cx.args.has("-v")) cx.out.print("# {}\n", config->path);
  if (cx.args.count() == 0) {
    cx.out.write(config->text);
    co_return 0;
  }
  int status = 0;
  for (std::string name : cx.args.positional()) {
    if (!name.starts_with("CONFIG_") && !name.starts_with('*')) name = "CONFIG_" + name;
    const bool several = has_glob(name);
    if (show(cx.out, *config, name)) {
      if (!several && config->text.find("\n" + name + "=") == std::string::npos && !config->text.starts_with(name + "="))
        status = 1;
      continue;
    }
    status = 1;
    // An option that the kernel's makers were never asked about is not in the file at all.
    if (several) (void)cx.fail(name + ": no option matches");
    else cx.out.print("{} is not set\n", name);
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-v", .help = "say which file it is from"}};
constexpr ArgSpec args[] = {{.name = "NAME", .optional = true, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "kconfig",
    .group = Group::kernel,
    .usage = "[-v] [NAME…]\ntracing",
    .help = "show options of the running kernel",
    .options = options,
    .args = args,
    .details = "NAME with or without CONFIG_, patterns too; without NAME all. `kconfig tracing` checks what droptrace needs.",
    .example = "kconfig NET_9P 'NF_NAT*'\nkconfig tracing",
    .run = run};
const Command self(spec);

}  // namespace
