// A capture: a packet ring on one side, a file on the other, and the rules of when it ends.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/capture_file.h"
#include "net/live_filter.h"
#include "net/packet_ring.h"
#include "proto/capture_writer.h"
#include "proto/line_writer.h"
#include "reactor/event.h"
#include "reactor/job.h"

namespace net {

struct CaptureSettings {
  std::string interface;  // a name, or "any"
  std::string path;
  proto::CaptureFormat format = proto::CaptureFormat::jsonl;
  bool full = false;           // the full dialect of JSONL
  std::uint64_t count = 0;     // ends after so many packets; 0: never
  LiveFilter filter;
  std::size_t ring_bytes = PacketRing::kDefaultBytes;
  std::uint64_t rotate_bytes = 0;        // a file of this size is followed by the next; 0: never
  Nanoseconds rotate_time{0};            // so is one whose first packet is this old; 0: never
  unsigned keep = 0;                     // files that stay, the newest ones; 0: all
};

/// Run it as a job: `scope.spawn(name, capture->run(capture))`. Ask that job to stop to end it: everything that the kernel had
/// queued then is in the file when `ended` is set.
class Capture {
 public:
  enum class State : std::uint8_t { starting, live, ended };

  explicit Capture(CaptureSettings settings) : settings_(std::move(settings)) {}
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// The job. `self` keeps the capture alive. Status 0; 1 when it failed or packets were lost.
  [[nodiscard]] static reactor::Task<int> run(std::shared_ptr<Capture> self);

  /// Set when packets are taken, or when it is clear that none will be.
  [[nodiscard]] reactor::Event& started() noexcept { return started_; }
  /// Set when the file is closed.
  [[nodiscard]] reactor::Event& ended() noexcept { return ended_; }

  [[nodiscard]] const CaptureSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] State state() const noexcept { return state_; }
  /// Whether it ever took packets.
  [[nodiscard]] bool was_live() const noexcept { return was_live_; }
  [[nodiscard]] const PacketInterface& interface() const noexcept { return interface_; }
  [[nodiscard]] std::uint64_t packets() const noexcept { return packets_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }                    // of packets, on the wire
  [[nodiscard]] std::uint64_t dropped() noexcept;                                          // by the kernel, for want of room
  [[nodiscard]] std::uint64_t file_bytes() const noexcept;                                 // of all its files
  [[nodiscard]] unsigned files() const noexcept { return file_number_ + 1; }
  [[nodiscard]] std::uint64_t partial_checksums() const noexcept { return partial_checksums_; }
  [[nodiscard]] std::uint64_t merged() const noexcept { return merged_; }
  /// Why it ended, when nobody had asked: "10 packets", "the interface is gone"; empty else.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  /// Why it failed: no such interface, no space left.
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
  [[nodiscard]] int status() noexcept { return error_ || dropped() != 0 ? 1 : 0; }

 private:
  enum class Taken : std::uint8_t { all, stopped, finished };
  enum class Walked : std::uint8_t { all, enough, file_is_full, no_room, slice_used };

  reactor::Task<bool> open();
  reactor::Task<void> follow();
  reactor::Task<Taken> take();
  Walked walk();
  bool rate_is_high() noexcept;
  reactor::Task<bool> interface_returns();
  reactor::Task<void> drain();
  reactor::Task<void> rotate();
  reactor::Task<void> end_file();
  reactor::Task<bool> open_file();
  void append(const RingPacket& packet);
  [[nodiscard]] bool file_is_full(const RingPacket& packet) const noexcept;
  reactor::Task<void> close_file(std::unique_ptr<CaptureFile> file);
  void fail(Error error);

  CaptureSettings settings_;
  PacketInterface interface_;
  std::unique_ptr<PacketRing> ring_;
  std::unique_ptr<CaptureFile> file_;
  std::unique_ptr<proto::CaptureWriter> records_;  // pcap, pcapng
  std::unique_ptr<proto::LineWriter> lines_;       // JSONL
  reactor::JobScope* closing_ = nullptr;  // of run(): files that are being closed
  RingPacket packet_;                     // the one that is being taken
  bool held_ = false;                     // it waits for its file
  bool draining_ = false;                 // take() does not stop half way any more
  State state_ = State::starting;
  bool was_live_ = false;
  reactor::Event started_, ended_;
  std::uint64_t packets_ = 0, bytes_ = 0, partial_checksums_ = 0, merged_ = 0;
  std::uint64_t packets_at_look_ = 0;
  std::uint64_t final_drops_ = 0;
  std::uint64_t counted_packets_ = 0, counted_drops_ = 0;  // in the statistics of earlier files
  std::uint64_t closed_bytes_ = 0;  // of files that are full
  std::int64_t file_start_ns_ = 0;  // time of the file's first packet
  unsigned file_number_ = 0;
  std::string reason_;
  std::optional<Error> error_;
};

/// The name of the file that follows `path` as number `number`: "a.pcap", "a.1.pcap", "a.2.pcap" …
[[nodiscard]] std::string rotated_path(const std::string& path, unsigned number);

}  // namespace net
