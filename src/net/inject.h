// Sends the packets of a capture file on an interface, at the times of the file, at a rate, or as fast as it goes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/capture_input.h"
#include "net/frame_rewrite.h"
#include "net/packet_sender.h"
#include "net/sent_check.h"
#include "proto/filter.h"
#include "proto/line_reader.h"
#include "reactor/stream.h"

namespace net {

struct InjectSettings {
  enum class Pace : std::uint8_t { original, packets, megabits, topspeed };
  std::string path;
  PacketInterface interface;
  std::shared_ptr<Tap> tap;  // written through, where the interface is a TAP of ours
  Pace pace = Pace::original;
  double rate = 1;           // original: times as fast; packets/s; Mbit/s of frame bytes
  std::uint64_t loops = 1;
  std::uint64_t count = 0;   // packets in all; 0: no limit
  std::string filter;        // libpcap expression over the file's packets
  FrameRewrite rewrite;
  bool bypass = false;
  bool fix = false;          // every computed field is computed anew
  bool verify = false;
  std::optional<Nanoseconds> max_gap;
  Nanoseconds spin{0};       // longest busy wait in front of a packet
  std::string timing_report; // path; empty: none
};

/// How far off packets were. Values are kept in classes 6% apart: no memory grows with the packets.
class TimingErrors {
 public:
  void add(Nanoseconds error) noexcept;
  /// Of the absolute error; `share` 0.5 is the median. 0 when there was none.
  [[nodiscard]] Nanoseconds quantile(double share) const noexcept;
  [[nodiscard]] Nanoseconds largest() const noexcept { return largest_; }
  [[nodiscard]] Nanoseconds first() const noexcept { return first_; }
  [[nodiscard]] Nanoseconds last() const noexcept { return last_; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  static std::size_t class_of(std::uint64_t value) noexcept;
  std::array<std::uint64_t, 64 * 16> classes_{};
  std::uint64_t count_ = 0;
  Nanoseconds largest_{0}, first_{0}, last_{0};
};

struct InjectReport {
  std::uint64_t packets = 0, bytes = 0;          // taken by the kernel
  std::uint64_t failed = 0;                      // not sent, for a reason of their own
  std::uint64_t bad_records = 0;                 // lines that are no packets
  std::uint64_t retries = 0;                     // the kernel had no room just then
  Nanoseconds duration{0};
  TimingErrors timing;
  bool timed = false;
  bool counters_known = false;                   // the interface's own, after minus before
  std::uint64_t counted_packets = 0, counted_drops = 0;
  std::optional<SentCheck::Verdict> verdict;     // of verify
};

class Injector {
 public:
  /// `note` gets lines for the user as they come: bad records, frames that do not fit, gaps.
  Injector(InjectSettings settings, std::function<void(std::string)> note);

  /// The error is what ended it early; the report holds either way.
  [[nodiscard]] Task<Result<void>> run();
  [[nodiscard]] const InjectReport& report() const noexcept { return report_; }

 private:
  struct Queued {
    std::size_t at, size;  // in memory_
    Nanoseconds due;
    std::uint64_t number;  // of the record in the file
  };

  Task<Result<void>> send_file();
  Task<Result<void>> send_all(CaptureInput& input);
  Result<bool> queue(const proto::Record& record, std::uint64_t number);
  proto::Record record_of(const proto::CaptureReader& reader);
  Nanoseconds due_of(std::int64_t time_ns, std::size_t bytes);
  Task<Result<void>> wait_until(Nanoseconds due);
  Task<Result<void>> flush(std::size_t keep = 0);
  Task<Result<void>> no_room(int error);
  void account(std::size_t first, std::size_t count, Nanoseconds when);
  void not_sent(const Queued& frame, int error);
  bool limit_reached() const noexcept { return settings_.count != 0 && queued_ == settings_.count; }
  Task<void> read_counters(bool after);
  Task<void> compare_counters();

  InjectSettings settings_;
  std::function<void(std::string)> note_;
  InjectReport report_;
  std::unique_ptr<PacketSender> sender_;
  std::unique_ptr<SentCheck> check_;
  std::unique_ptr<reactor::Out> timing_out_;
  std::optional<proto::Filter> filter_;
  std::vector<std::uint8_t> memory_;    // of the frames that are queued
  std::vector<Queued> queued_frames_;
  std::vector<proto::Bytes> views_;
  std::uint64_t queued_ = 0;
  Nanoseconds start_{0};
  Nanoseconds due_{0};                  // of the frame queued last, from start_
  double due_exact_ = 0;                // the same, unrounded
  std::optional<std::int64_t> last_time_ns_;  // of the record before
  std::map<int, std::uint64_t> failures_;     // by errno
  bool told_no_time_ = false, told_length_ = false, told_cut_ = false;
  std::uint64_t packets_before_ = 0, drops_before_ = 0, packets_after_ = 0, drops_after_ = 0;
};

}  // namespace net
