// One page of a tracing ring, as read from per_cpu/cpuN/trace_pipe_raw. Pure code over bytes: a damaged page ends early with a
// reason and never reads outside. Layout: kernel/trace/ring_buffer.c and include/linux/ring_buffer.h (enum ring_buffer_type).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/trace_format.h"

namespace net {

struct TraceRecord {
  std::uint64_t time_ns = 0;         // of the instance's trace_clock
  std::span<const std::byte> data;   // from common_type on
};

class TracePage {
 public:
  /// The bytes must outlive the reader.
  TracePage(const TracePageLayout& layout, std::span<const std::byte> page);

  /// The next event, padding and time records skipped. False at the end, or where the page is damaged.
  bool next(TraceRecord& record);
  /// Words for what is wrong with the page; nullptr while nothing is.
  [[nodiscard]] const char* damage() const noexcept { return damage_; }
  /// True when the kernel overwrote events before this page's first.
  [[nodiscard]] bool lost() const noexcept { return lost_; }
  /// How many; 0 when the page had no room to say.
  [[nodiscard]] std::uint64_t lost_count() const noexcept { return lost_count_; }

 private:
  bool damaged(const char* what) noexcept;

  std::span<const std::byte> data_;
  std::size_t at_ = 0;
  std::uint64_t time_ns_ = 0;
  std::uint64_t lost_count_ = 0;
  bool lost_ = false;
  const char* damage_ = nullptr;
};

/// An unsigned field of 1, 2, 4 or 8 bytes; 0 for other sizes and outside the record.
std::uint64_t trace_value(std::span<const std::byte> record, const TraceField& field) noexcept;
/// A __data_loc string, up to its terminator; empty outside the record.
std::string_view trace_string(std::span<const std::byte> record, const TraceField& field) noexcept;

}  // namespace net
