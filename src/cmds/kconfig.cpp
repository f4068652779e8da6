// kconfig: options of the running kernel, as CONFIG_X=y|m|value or "is not set"; `kconfig tracing` looks at what droptrace needs,
// and so does the question for CONFIG_FTRACE, and any question when there is no configuration to answer it.
// Read from /proc/config.gz, /boot/config-<release> (initrd/boot puts it into the image) or the modules' folder.
// Status 0; 1 when an option is not set, or nothing is known.
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "net/module_tree.h"
#include "net/packed_file.h"
#include "net/trace_support.h"
#include "shell/glob.h"
#include "shell/shell.h"
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

/// What droptrace needs, and what there is of it. The status: 0, 1 when it cannot run, or `others` of what else was asked for.
Task<int> check_tracing(Context& cx, std::optional<int> others = {}) {
  auto support = co_await net::check_trace_support();
  if (!support) co_return cx.fail(support.error());
  for (const auto& line : support->lines) cx.out.print("{} {}\n", line.there ? "✓" : "✗", line.text);
  co_return others.value_or(support->usable ? 0 : 1);
}

Task<int> run(Context& cx) {
  if (cx.args.count() == 1 && cx.args[0] == "tracing") {
    co_return co_await check_tracing(cx);
  }
  auto config = co_await read_config();
  if (!config) {
    const int status = cx.fail(config.error());
    if (config.error().cancelled()) co_return status;
    co_return co_await check_tracing(cx, status);
  }
  if (cx.args.has("-v")) cx.out.print("# {}\n", config->path);
  if (cx.args.count() == 0) {
    cx.out.write(config->text);
    co_return 0;
  }
  int status = 0;
  bool tracing = false;
  for (std::string name : cx.args.positional()) {
    if (!name.starts_with("CONFIG_") && !name.starts_with('*')) name = "CONFIG_" + name;
    tracing = tracing || name == "CONFIG_FTRACE";
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
  if (tracing) co_return co_await check_tracing(cx, status);
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
    .details = "NAME with or without CONFIG_, patterns too; without NAME all. `kconfig tracing` checks what droptrace needs\n"
               "(status 1: it cannot run here); CONFIG_FTRACE shows that too.",
    .example = "kconfig NET_9P 'NF_NAT*'\nkconfig tracing",
    .run = run};
const Command self(spec);

}  // namespace
