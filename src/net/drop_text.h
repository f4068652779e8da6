// Drops in words: rows, lines of JSON, the summary.
#pragma once

#include <string>

#include "net/drop_trace.h"
#include "net/trace_symbols.h"

namespace net {

/// Where the numbers in a drop have their names.
struct DropNames {
  const DropTrace& trace;
  const TraceSymbols& symbols;
  bool ifaces;  // whether there is an interface to show
};

std::string drop_heading(const DropNames& names);
/// With its stack, if it has one, in further lines.
std::string drop_row(const DropNames& names, const Drop& drop);
/// {"timestamp_us":…,"cpu":…,"comm":…,"pid":…,["iface":…,]"protocol":…,"location":…,"reason":…[,"stack":[…]]}
std::string drop_json(const DropNames& names, const Drop& drop);
/// By reason, with what it means, and by location. `all`: also the drops that are normal.
std::string drop_summary(const DropNames& names, const DropLog& log, bool all);
/// Whether nothing is wrong with such a drop, or no reason was given.
bool is_normal(const DropNames& names, std::uint32_t reason);

}  // namespace net
