// Which drops are wanted, and the part of it that the kernel itself can check. Pure code.
#pragma once

#include <string>
#include <vector>

#include "net/trace_format.h"

namespace net {

/// Lists are alternatives, empty ones allow all; the kinds are joined by "and".
struct DropFilter {
  std::vector<std::string> ifaces;     // not for the kernel: the event does not have it
  std::vector<std::string> reasons;    // names of this kernel's enum, or numbers
  std::vector<std::string> protocols;  // as protocol_number takes them
  std::vector<std::string> comms;      // task names; * matches anything
};

/// An expression for the event's `filter` file (Documentation/trace/events.rst, "Event filtering"); empty: all.
/// Errors name the word that this kernel does not know.
Result<std::string> kernel_drop_filter(const DropFilter& filter, const TraceFormat& drop);

}  // namespace net
