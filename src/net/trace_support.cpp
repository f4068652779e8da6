#include "net/trace_support.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "net/mounts.h"
#include "net/trace_format.h"
#include "net/trace_instance.h"
#include "reactor/io.h"
#include "reactor/job.h"
#include "reactor/loop.h"

namespace net {

namespace {

using reactor::Result;
using reactor::Task;

/// The device number of the file system that a folder is on; nullopt: no folder. Unlike statfs, stat mounts nothing by itself.
std::optional<dev_t> folder_device(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  return status.st_dev;
}

bool is_folder(const std::string& path) { return folder_device(path).has_value(); }

struct SymbolCount {
  std::size_t trace = 0;  // names with "trace" in them
  bool hidden = true;     // all addresses are zero
};

Task<Result<SymbolCount>> count_symbols() {
  auto file = co_await reactor::open_file("/proc/kallsyms", O_RDONLY);
  if (!file) co_return tl::unexpected(file.error());
  SymbolCount count;
  std::string buffer(std::size_t{64} * 1024, '\0');
  std::string text;  // from the last line that is not whole yet
  for (;;) {
    auto n = co_await reactor::read(file->get(), buffer);
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) co_return count;
    text.append(buffer, 0, *n);
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const auto line = std::string_view(text).substr(begin, end - begin);
      if (line.find("trace") != std::string_view::npos) ++count.trace;
      if (line.find_first_not_of('0') != line.find(' ')) count.hidden = false;
    }
    text.erase(0, begin);
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
    if (reactor::must_stop()) co_return reactor::failed({}, {}, ECANCELED);
  }
}

}  // namespace

Task<Result<TraceSupport>> check_trace_support() {
  TraceSupport support;
  const auto say = [&support](bool there, std::string text) { support.lines.push_back({there, std::move(text)}); };

  const auto enabled = co_await reactor::read_file("/proc/sys/kernel/ftrace_enabled");
  const bool on = enabled && enabled->starts_with('1');
  say(on, enabled ? fmt::format("/proc/sys/kernel/ftrace_enabled: {}", on ? "1" : "0 (function tracing is off; droptrace does not need it)")
                  : "/proc/sys/kernel/ftrace_enabled: not there (no function tracer; droptrace does not need it)");

  const auto symbols = co_await count_symbols();
  // What a stop request cut short is not missing.
  if (!symbols && symbols.error().cancelled()) co_return tl::unexpected(symbols.error());
  if (!symbols) {
    say(false, "/proc/kallsyms: " + reactor::errno_text(symbols.error().code) + " (locations are shown as addresses)");
  } else {
    say(symbols->trace != 0, fmt::format("/proc/kallsyms: {} symbols with \"trace\"{}", symbols->trace,
                                         symbols->hidden ? ", addresses hidden (kernel.kptr_restrict)" : ""));
  }

  const auto types = co_await filesystem_types(false);
  if (!types && types.error().cancelled()) co_return tl::unexpected(types.error());
  const auto known = [&types](std::string_view type) { return types && std::find(types->begin(), types->end(), type) != types->end(); };
  const bool tracefs = known("tracefs"), debugfs = known("debugfs");
  say(debugfs, debugfs ? "debugfs: supported" : "debugfs: not in /proc/filesystems (droptrace does not need it)");
  say(tracefs, tracefs ? "tracefs: supported" : "tracefs: not in /proc/filesystems (CONFIG_TRACING is off)");

  const auto root = find_tracefs();
  say(is_folder("/sys/kernel/debug"), is_folder("/sys/kernel/debug") ? "/sys/kernel/debug: there" : "/sys/kernel/debug: not there");
  for (const std::string path : {"/sys/kernel/debug/tracing", "/sys/kernel/tracing"}) {
    const auto device = folder_device(path);
    const bool mounted = root && device && device == folder_device(*root);  // there is but one tracefs
    say(mounted, path + (mounted ? ": there, with tracefs" : device ? ": there, but tracefs is not mounted on it" : ": not there"));
  }

  if (!root) {
    say(false, tracefs ? "skb:kfree_skb: not known before tracefs is mounted (droptrace start does that)" : "skb:kfree_skb: not there");
    support.usable = tracefs;
    co_return support;
  }
  const bool instances = is_folder(*root + "/instances");
  say(instances, instances ? "tracing instances: supported" : "tracing instances: not there (droptrace uses the global buffer)");
  const auto text = co_await reactor::read_file(*root + "/events/skb/kfree_skb/format");
  if (!text && text.error().cancelled()) co_return tl::unexpected(text.error());
  const auto format = text ? parse_trace_format(*text) : tl::unexpected(text.error());
  if (!format) {
    say(false, format.error().code == ENOENT ? "skb:kfree_skb: not there (CONFIG_NET or CONFIG_EVENT_TRACING is off)"
                                             : "skb:kfree_skb: " + format.error().text());
    co_return support;
  }
  const bool reasons = format->field("reason") != nullptr;
  say(true, reasons ? fmt::format("skb:kfree_skb: there, with {} reasons", format->symbols("reason").size())
                    : "skb:kfree_skb: there, without reasons (they came with Linux 5.17)");
  support.usable = true;
  co_return support;
}

}  // namespace net
