// What a drop trace remembers: the latest rows, and counts by reason, location and interface. Pure code.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/trace_events.h"

namespace net {

/// A drop as it is shown; the event's clock is real time here.
struct Drop {
  TraceEvent event;        // event.time_ns: nanoseconds since 1970
  std::uint32_t comm = 0;  // TraceNames number
};

class DropLog {
 public:
  static constexpr std::size_t kRows = 1000;

  struct Tally {
    std::uint32_t reason = 0, iface = 0;
    std::uint64_t location = 0;
    std::uint64_t count = 0;
  };

  void add(const Drop& drop);
  /// Forgets rows and counts; the total goes on.
  void clear();

  /// The latest, oldest first. The first of them is drop number `first_row()` since the start.
  [[nodiscard]] const std::deque<Drop>& rows() const noexcept { return rows_; }
  [[nodiscard]] std::uint64_t first_row() const noexcept { return total_ - rows_.size(); }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// Most frequent first.
  [[nodiscard]] std::vector<Tally> tallies() const;

 private:
  struct Key {
    std::uint64_t location;
    std::uint32_t reason, iface;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  std::deque<Drop> rows_;
  std::uint64_t total_ = 0;
  std::unordered_map<Key, std::uint64_t, Hash> counts_;
};

}  // namespace net
