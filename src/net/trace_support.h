// What this kernel has of tracing: the report of `kconfig tracing`, which droptrace points to when it cannot start.
#pragma once

#include <string>
#include <vector>

#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

struct TraceSupport {
  struct Line {
    bool there;
    std::string text;  // "tracefs: supported"
  };
  std::vector<Line> lines;
  bool usable = false;  // droptrace can run, perhaps after mounting tracefs
};

/// Looks, and changes nothing. What can be seen only with tracefs mounted is reported as such when it is not. The only error is
/// "cancelled".
[[nodiscard]] reactor::Task<reactor::Result<TraceSupport>> check_trace_support();

}  // namespace net
