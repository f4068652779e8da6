#include "net/sent_check.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "net/live_filter.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"

namespace net {

namespace {

constexpr std::size_t kRingBytes = std::size_t{64} << 20;
// How far ahead a frame is looked for when the expected one did not come: others on the interface are no concern of ours.
constexpr std::size_t kLookAhead = 4096;
constexpr Nanoseconds kPatience{200'000'000};

}  // namespace

Task<Result<std::unique_ptr<SentCheck>>> SentCheck::open(PacketInterface interface, bool received) {
  LiveFilter direction;
  direction.only = received ? proto::Direction::rx : proto::Direction::tx;
  auto program = co_await compile_live_filter(interface, direction);
  if (!program) co_return tl::unexpected(program.error());
  PacketRing::Settings settings;
  settings.interface = interface;
  settings.bytes = kRingBytes;
  settings.filter = std::move(*program);
  auto ring = co_await PacketRing::open(std::move(settings));
  if (!ring) co_return tl::unexpected(ring.error());
  co_return std::unique_ptr<SentCheck>(new SentCheck(std::move(*ring)));
}

std::uint64_t SentCheck::digest(proto::Bytes frame) noexcept {
  constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio: spreads every bit upwards
  std::uint64_t sum = frame.size() * kPrime;
  while (!frame.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(sizeof word, frame.size());
    std::memcpy(&word, frame.data(), size);
    sum = std::rotl(sum ^ word, 29) * kPrime;
    frame = frame.subspan(size);
  }
  return sum;
}

void SentCheck::look() noexcept {
  RingPacket packet;
  while (ring_->next(packet)) {
    const std::uint64_t seen = digest({packet.data, packet.length});
    const auto end = expected_.begin() + static_cast<std::ptrdiff_t>(std::min(expected_.size(), kLookAhead));
    const auto found = std::find(expected_.begin(), end, seen);
    if (found == end) continue;
    const auto skipped = static_cast<std::uint64_t>(found - expected_.begin());
    if (skipped != 0 && verdict_.first_missing == 0) verdict_.first_missing = settled_ + 1;
    verdict_.missing += skipped;
    ++verdict_.seen;
    settled_ += skipped + 1;
    expected_.erase(expected_.begin(), found + 1);
  }
}

Task<SentCheck::Verdict> SentCheck::finish() {
  const reactor::Shield shield;
  const Nanoseconds limit = reactor::monotonic_now() + kPatience;
  for (;;) {
    look();
    const Nanoseconds left = limit - reactor::monotonic_now();
    if (expected_.empty() || left <= Nanoseconds(0)) break;
    auto more = ring_->wait();
    (void)co_await reactor::with_timeout(left, "verify", std::move(more));
  }
  if (!expected_.empty() && verdict_.first_missing == 0) verdict_.first_missing = settled_ + 1;
  verdict_.missing += expected_.size();
  expected_.clear();
  verdict_.lost = ring_->dropped();
  co_await ring_->close();
  co_return verdict_;
}

}  // namespace net
