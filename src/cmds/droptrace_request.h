// What `droptrace start` is asked for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "net/drop_trace.h"

namespace cmds::droptrace {

using reactor::Result;
using reactor::Task;

struct Request {
  std::uint64_t limit = 0;  // drops, then stop; 0: none
  std::string file;
  net::DropTraceOptions options;
};

/// The words after `start`, in any order. Errors are sentences for bad_usage.
Result<Request> parse_request(std::span<const std::string> words);
/// Those of the interfaces that are not there. They may come, or be those of another namespace.
[[nodiscard]] Task<Result<std::vector<std::string>>> absent_interfaces(std::vector<std::string> names);

}  // namespace cmds::droptrace
