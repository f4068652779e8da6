// The events that a drop trace reads: bytes of a ring in, drops in order of time out. Pure code.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/trace_format.h"
#include "net/trace_page.h"

namespace net {

/// The formats of this kernel; `receive`, `transmit` and `consume` are read only when interfaces are wanted, `stack` for stacks.
struct DropFormats {
  TracePageLayout page;
  TraceFormat drop;                                      // skb:kfree_skb
  std::optional<TraceFormat> receive, transmit, consume;  // net:netif_receive_skb, net:net_dev_queue, skb:consume_skb
  std::optional<TraceFormat> stack;                      // ftrace:kernel_stack
};

struct TraceEvent {
  enum class Kind : std::uint8_t { drop, sighting, release };
  std::uint64_t time_ns = 0;   // CLOCK_MONOTONIC
  std::uint64_t skb = 0;       // the packet's address
  std::uint64_t location = 0;  // return address in the function that dropped it
  std::uint32_t pid = 0;       // of the task that ran on that CPU
  std::uint32_t reason = 0;    // enum skb_drop_reason of this kernel
  std::uint32_t stack = 0;     // TraceStacks number, 0 = none
  std::uint32_t iface = 0;     // TraceNames number, 0 = unknown
  std::uint16_t protocol = 0;  // EtherType, host order
  std::uint16_t cpu = 0;
  Kind kind = Kind::drop;
};

/// Strings by number, from 1; 0 is the empty one.
class TraceNames {
 public:
  TraceNames() : names_(1) {}
  std::uint32_t number(std::string_view name);
  [[nodiscard]] const std::string& name(std::uint32_t number) const { return names_[number]; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// Call stacks by number, from 1; equal stacks share one. Innermost call first: the code that dropped the packet.
class TraceStacks {
 public:
  TraceStacks() : stacks_(1) {}
  std::uint32_t number(std::vector<std::uint64_t> stack);
  [[nodiscard]] const std::vector<std::uint64_t>& stack(std::uint32_t number) const { return stacks_[number]; }

 private:
  std::vector<std::vector<std::uint64_t>> stacks_;
  std::unordered_multimap<std::uint64_t, std::uint32_t> by_hash_;
};

/// Turns pages into events, and the streams of all CPUs into one.
class TraceDecoder {
 public:
  /// Fails when the drop event lacks a field that every kernel since 5.10 has.
  static Result<TraceDecoder> make(DropFormats formats, std::size_t cpus);

  struct PageResult {
    std::size_t events = 0;  // that were of use
    bool lost = false;
    std::uint64_t lost_count = 0;  // 0 with lost: the page had no room to say
    const char* damage = nullptr;
  };
  PageResult decode(std::size_t cpu, std::span<const std::byte> page);

  /// Every event up to `until` (same clock), in order of time; the drops have their interface where it is known.
  /// Valid until the next call. Call it with a time before which every CPU's ring has been read.
  std::span<const TraceEvent> take(std::uint64_t until_ns);
  /// Whether events later than the last `until` wait.
  [[nodiscard]] bool holding() const noexcept;
  /// Time of the last event read from a CPU; 0 for none.
  [[nodiscard]] std::uint64_t last_time(std::size_t cpu) const noexcept { return last_time_[cpu]; }

  TraceNames ifaces;
  TraceStacks stacks;

 private:
  TraceDecoder() = default;
  struct Sighting {
    std::uint64_t skb = 0, time_ns = 0;
    std::uint32_t iface = 0;
  };
  Sighting& slot(std::uint64_t skb) noexcept;
  void add_stack(std::size_t cpu, std::span<const std::byte> record);
  [[nodiscard]] std::uint64_t before_stackless(std::uint64_t until_ns) const noexcept;

  DropFormats formats_;
  TraceField skb_, location_, protocol_, reason_, pid_, type_;
  std::vector<std::vector<TraceEvent>> queues_;  // a CPU each, in order of time
  std::vector<std::uint64_t> last_time_;
  std::vector<TraceEvent> taken_;
  std::vector<Sighting> sightings_;  // by hash of the address; a newer packet takes the slot
};

}  // namespace net
