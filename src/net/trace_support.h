// What this kernel has of tracing: the report of `kconfig tracing`, and what droptrace says when it cannot start.
#pragma once

#include <string>
#include <vector>

#include "reactor/task.h"

namespace net {

struct TraceSupport {
  struct Line {
    bool there;
    std::string text;  // "tracefs: mounted at /sys/kernel/tracing"
  };
  std::vector<Line> lines;
  bool usable = false;  // droptrace can run, perhaps after mounting tracefs
};

/// Looks, and changes nothing. What can be seen only with tracefs mounted is reported as such when it is not.
[[nodiscard]] reactor::Task<TraceSupport> check_trace_support();

}  // namespace net
