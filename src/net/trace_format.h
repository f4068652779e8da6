// How the kernel lays out trace events, read from tracefs' own description: events/*/*/format, events/header_page and
// events/header_event. Pure code over text. Documentation/trace/events.rst, "Event formats"; kernels 5.10 to 6.18.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/error.h"

namespace net {

using reactor::Result;

struct TraceField {
  std::string name;
  std::uint32_t offset = 0, size = 0;  // bytes
  bool is_signed = false;
  bool data_loc = false;  // the field holds where a string is: offset in the low, length in the high 16 bits
};

struct TraceFormat {
  std::string name;
  std::uint16_t id = 0;
  std::vector<TraceField> fields;
  std::string print;  // the "print fmt" line

  /// nullptr when the event has no such field (`reason` came with 5.17).
  [[nodiscard]] const TraceField* field(std::string_view field_name) const;
  /// The table that "print fmt" gives a field's values through __print_symbolic; empty when it does not.
  [[nodiscard]] std::map<std::uint64_t, std::string> symbols(std::string_view field_name) const;
};

/// A `format` file.
Result<TraceFormat> parse_trace_format(std::string_view text);

/// Where a page of the ring keeps its parts; all in bytes.
struct TracePageLayout {
  std::uint32_t time = 0;                         // offset of the 64-bit time stamp
  std::uint32_t commit = 0, commit_size = 0;      // length of the data, with flags in bits 30 and 31
  std::uint32_t data = 0, data_size = 0;
  [[nodiscard]] std::size_t page_size() const noexcept { return std::size_t{data} + data_size; }
};

/// The `header_page` file.
Result<TracePageLayout> parse_trace_header_page(std::string_view text);
/// Checks that the `header_event` file describes the records that TracePage reads (the same since 2.6.29).
Result<void> check_trace_header_event(std::string_view text);

}  // namespace net
