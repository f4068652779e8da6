// A running drop trace: an instance with skb:kfree_skb enabled, its rings read page by page without waiting in a read, and the
// drops handed out in batches, in order of time. One coroutine uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/trace_comms.h"
#include "net/trace_events.h"
#include "net/trace_filter.h"
#include "net/trace_instance.h"
#include "net/trace_log.h"
#include "reactor/fd.h"

namespace net {

struct DropTraceOptions {
  DropFilter filter;
  bool ifaces = false;  // joined from net:netif_receive_skb and net:net_dev_queue; a filter by interface wants it too
  bool stacks = false;
};

class DropTrace {
 public:
  /// `tracefs`: where it is mounted.
  DropTrace(std::string tracefs, DropTraceOptions options);

  /// Returns when drops are being recorded. After an error nothing is left behind.
  [[nodiscard]] Task<Result<void>> start();
  /// Waits for events; the drops among them, perhaps none. The span is valid until the next call. "Cancelled" when the job is to
  /// stop: then call stop().
  [[nodiscard]] Task<Result<std::span<const Drop>>> next();
  /// All drops before this time (CLOCK_MONOTONIC, nanoseconds) have been in a batch, the last one included.
  [[nodiscard]] std::uint64_t complete_until() const noexcept { return complete_until_; }
  /// next() waits, and no ring has anything.
  [[nodiscard]] bool idle() const noexcept;
  /// Switches the events off; rest() then gives what the rings still hold, batch by batch, an empty one at the end.
  [[nodiscard]] Task<Result<void>> stop();
  [[nodiscard]] Task<Result<std::span<const Drop>>> rest();
  /// Puts tracefs back as it was. The names below stay.
  [[nodiscard]] Task<Result<void>> remove();

  /// Events that the kernel recorded and overwrote before we read them, by the ring's own count.
  [[nodiscard]] std::uint64_t lost() const noexcept;
  /// Pages that made no sense, and why the last one did not.
  [[nodiscard]] std::uint64_t damaged_pages() const noexcept { return damaged_pages_; }
  [[nodiscard]] const char* damage() const noexcept { return damage_; }

  [[nodiscard]] bool has_reasons() const noexcept { return has_reasons_; }
  /// "NO_SOCKET"; "0x30001" for one that the format does not name (those of other subsystems); "?" before Linux 5.17.
  [[nodiscard]] std::string reason_name(std::uint32_t reason) const;
  [[nodiscard]] const std::string& comm_name(std::uint32_t comm) const { return comms_.name(comm); }
  [[nodiscard]] const std::string& iface_name(std::uint32_t iface) const { return decoder_->ifaces.name(iface); }
  [[nodiscard]] const std::vector<std::uint64_t>& stack(std::uint32_t number) const { return decoder_->stacks.stack(number); }

 private:
  struct Ring {
    unsigned cpu = 0;
    reactor::Fd fd;
    std::uint64_t lost_in_pages = 0, lost_in_stats = 0;
    bool lost_now = false;
  };
  [[nodiscard]] Task<Result<void>> load_formats();
  [[nodiscard]] Task<Result<void>> set_up(std::string filter);
  [[nodiscard]] Result<void> open_rings();
  [[nodiscard]] Task<Result<void>> round(bool last);
  [[nodiscard]] Task<Result<std::size_t>> drain(std::size_t index);
  [[nodiscard]] Task<void> count_lost(bool all);
  [[nodiscard]] Task<Result<void>> grow();
  [[nodiscard]] Task<void> hand_out(std::uint64_t until_ns);

  std::string tracefs_;
  DropTraceOptions options_;
  DropFormats formats_;
  std::map<std::uint64_t, std::string> reasons_;
  bool has_reasons_ = false;
  std::optional<TraceInstance> instance_;
  std::optional<TraceDecoder> decoder_;
  TraceComms comms_;
  std::vector<Ring> rings_;
  reactor::Fd ready_;               // an epoll set of all rings
  std::vector<char> page_;
  std::vector<std::size_t> to_read_;  // rings that the set has named
  std::vector<Drop> batch_;
  std::size_t ring_kb_ = 0;         // size of one CPU's ring
  std::size_t most_read_ = 0;       // bytes that one ring gave in the last round
  std::size_t events_read_ = 0;     // in the last round
  std::uint64_t complete_until_ = 0;
  bool busy_ = false;               // more is expected at once
  bool waiting_ = false;            // in next(), for the rings
  std::uint64_t damaged_pages_ = 0;
  const char* damage_ = nullptr;
};

}  // namespace net
