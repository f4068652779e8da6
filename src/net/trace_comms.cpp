#include "net/trace_comms.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "reactor/io.h"
#include "reactor/loop.h"

namespace net {

namespace {

/// A task may change its name (exec); reading it for each batch of drops of a flood would cost more than the drops.
constexpr reactor::Nanoseconds kFresh{100'000'000};
/// PIDs remembered; then all are forgotten and looked up anew.
constexpr std::size_t kMostKnown = 16384;

/// Events have the PIDs of the first PID namespace; in another one, /proc shows other tasks under those numbers.
bool in_first_pid_namespace() {
  constexpr ino_t kFirst = 0xEFFFFFFC;  // PROC_PID_INIT_INO, include/linux/proc_ns.h
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) != 0 || status.st_ino == kFirst;
}

}  // namespace

std::unordered_map<std::uint32_t, std::string> parse_saved_cmdlines(std::string_view text) {
  std::unordered_map<std::uint32_t, std::string> names;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    std::uint32_t pid = 0;
    const auto [after, error] = std::from_chars(line.data(), line.data() + line.size(), pid);
    const auto digits = static_cast<std::size_t>(after - line.data());
    if (error == std::errc{} && digits + 1 < line.size() && line[digits] == ' ') names[pid] = std::string(line.substr(digits + 1));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

Task<void> TraceComms::learn(std::vector<std::uint32_t> pids) {
  const auto now = reactor::monotonic_now();
  if (known_.size() > kMostKnown) known_.clear();
  static const bool proc_is_ours = in_first_pid_namespace();
  std::vector<std::uint32_t> gone;
  for (const auto pid : pids) {
    Known& known = known_[pid];
    if (known.when.count() != 0 && now - known.when < kFresh) continue;
    known.when = now;
    if (pid == 0) {
      known.number = names_.number("<idle>");  // as the kernel's own text has it
      continue;
    }
    if (!proc_is_ours) {
      gone.push_back(pid);
      continue;
    }
    auto comm = co_await reactor::read_file("/proc/" + std::to_string(pid) + "/comm");
    if (!comm) {
      gone.push_back(pid);
      continue;
    }
    if (comm->ends_with('\n')) comm->pop_back();
    known_[pid].number = names_.number(*comm);
  }
  // A task that has ended keeps the name that was found while it lived.
  std::erase_if(gone, [this](std::uint32_t pid) { return proc_is_ours && known_[pid].number != 0; });
  if (gone.empty()) co_return;
  const auto saved = co_await reactor::read_file(tracefs_ + "/saved_cmdlines");
  if (!saved) co_return;
  const auto names = parse_saved_cmdlines(*saved);
  for (const auto pid : gone)
    if (const auto found = names.find(pid); found != names.end()) known_[pid].number = names_.number(found->second);
}

std::uint32_t TraceComms::number(std::uint32_t pid) const {
  const auto found = known_.find(pid);
  return found == known_.end() ? 0 : found->second.number;
}

}  // namespace net
