// A tracing buffer of our own: tracefs, and a folder in its `instances` (Documentation/trace/ftrace.rst, "Instances"), so that
// the global buffer and other users of tracing are left alone. Removing the folder undoes all that was set in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

using reactor::Result;
using reactor::Task;

/// Where tracefs is mounted: /sys/kernel/tracing, or inside debugfs. nullopt: nowhere.
std::optional<std::string> find_tracefs();
/// Mounts it at /sys/kernel/tracing, making the folders when there is no sysfs; its path.
[[nodiscard]] Task<Result<std::string>> mount_tracefs();

/// A control file, relative to the instance, and what to write into it.
struct TraceSetting {
  std::string file, value;
};

class TraceInstance {
 public:
  /// Removes what processes that no longer live have left, then makes `instances/myinit-PID`. Without `instances` it stands for
  /// the global buffer: then every old value is noted, also in a file in `state_folder` for the case of a crash.
  static Task<Result<TraceInstance>> make(std::string tracefs, std::string state_folder = "/run");

  /// Writes them in this order; the error names the first that failed. Off the loop: enabling an event waits for all CPUs.
  [[nodiscard]] Task<Result<void>> apply(std::vector<TraceSetting> settings);
  /// Puts everything back. No file of the instance may be open any more.
  [[nodiscard]] Task<Result<void>> remove();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] bool global() const noexcept { return global_; }

 private:
  TraceInstance() = default;
  [[nodiscard]] Task<Result<void>> note_old_values(std::vector<TraceSetting> settings);

  std::string path_;
  bool global_ = false;
  std::string state_file_;            // global only
  std::vector<TraceSetting> before_;  // global only: whole paths and their values, in the order of being changed
};

/// What to write to get back to what a control file shows: the bracketed choice of `trace_clock`, the size that
/// "7 (expanded: 1408)" stands for, "0" for a filter "none". Pure.
std::string restorable_value(std::string_view shown);

}  // namespace net
