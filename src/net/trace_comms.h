// Task names for the PIDs in events, which carry no name: /proc/PID/comm while the task lives, else the kernel's own record
// (`saved_cmdlines`) of tasks that were traced.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/trace_events.h"
#include "reactor/task.h"
#include "reactor/timer.h"

namespace net {

using reactor::Task;

/// The lines "PID NAME" of saved_cmdlines. Pure.
std::unordered_map<std::uint32_t, std::string> parse_saved_cmdlines(std::string_view text);

class TraceComms {
 public:
  explicit TraceComms(std::string tracefs) : tracefs_(std::move(tracefs)) {}

  /// Makes the names of these tasks known, as they are now; those looked up within the last 100 ms keep what was found.
  [[nodiscard]] Task<void> learn(std::vector<std::uint32_t> pids);
  /// TraceNames number; 0 for a task that nothing is known of.
  [[nodiscard]] std::uint32_t number(std::uint32_t pid) const;
  [[nodiscard]] const std::string& name(std::uint32_t number) const { return names_.name(number); }

 private:
  struct Known {
    std::uint32_t number = 0;
    reactor::Nanoseconds when{};
  };
  std::string tracefs_;
  TraceNames names_;
  std::unordered_map<std::uint32_t, Known> known_;
};

}  // namespace net
