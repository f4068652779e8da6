// Proves what was sent: a second socket on the interface sees every frame that goes out of it (or into it, for a TAP), and
// compares number, bytes and order with what the sender says.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "net/packet_ring.h"
#include "reactor/job.h"

namespace net {

class SentCheck {
 public:
  struct Verdict {
    std::uint64_t seen = 0;           // of the frames that were sent, in their order
    std::uint64_t missing = 0;        // sent, and not seen, or seen at another place
    std::uint64_t first_missing = 0;  // its number, from 1; 0: none
    std::uint64_t lost = 0;           // frames that the check itself had no room for
  };

  /// `received`: the frames come into the interface (a TAP); else they go out of it.
  [[nodiscard]] static Task<Result<std::unique_ptr<SentCheck>>> open(PacketInterface interface, bool received);
  /// A frame that is handed to the kernel now.
  void expect(proto::Bytes frame) { expected_.push_back(digest(frame)); }
  /// Looks at what has been seen. Call it now and then, at the latest every 64 MB of frames.
  void look() noexcept;
  /// Waits for what is still under way.
  [[nodiscard]] Task<Verdict> finish();

 private:
  explicit SentCheck(std::unique_ptr<PacketRing> ring) : ring_(std::move(ring)) {}
  static std::uint64_t digest(proto::Bytes frame) noexcept;

  std::unique_ptr<PacketRing> ring_;
  std::deque<std::uint64_t> expected_;
  std::uint64_t settled_ = 0;  // frames that are no longer expected
  Verdict verdict_;
};

}  // namespace net
