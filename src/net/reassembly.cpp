#include "net/reassembly.h"

#include <algorithm>
#include <iterator>

namespace net {

namespace {

constexpr std::size_t kDatagrams = 64;      // at once: their bytes are 4 MiB,
constexpr std::size_t kPartsOfOne = 1024;   // and the tables of their parts as much
constexpr std::uint32_t kLargest = 65535;
constexpr reactor::Nanoseconds kLifetime{30'000'000'000};  // Linux: 30 s for IPv4 (RFC 1122 section 3.3.2 allows 60 to 120)

}  // namespace

void Reassembly::expire(reactor::Nanoseconds now) {
  std::erase_if(datagrams_, [now](const auto& entry) { return now - entry.second.since > kLifetime; });
  if (datagrams_.size() < kDatagrams) return;
  const auto oldest = std::ranges::min_element(datagrams_, {}, [](const auto& entry) { return entry.second.since; });
  datagrams_.erase(oldest);
}

std::optional<proto::Bytes> Reassembly::add(const Key& key, proto::Bytes payload, std::uint32_t offset, bool more, reactor::Nanoseconds now) {
  const std::uint32_t end = offset + static_cast<std::uint32_t>(payload.size());
  auto found = datagrams_.find(key);
  if (payload.empty() || end > kLargest || (more && payload.size() % 8 != 0)) {
    if (found != datagrams_.end()) datagrams_.erase(found);
    return std::nullopt;
  }
  if (found == datagrams_.end()) {
    expire(now);
    found = datagrams_.try_emplace(key).first;
    found->second.since = now;
  }
  Datagram& datagram = found->second;
  const auto next = datagram.parts.lower_bound(offset);
  if (next != datagram.parts.end() && next->first == offset && next->second == end && (more || datagram.total == end))
    return std::nullopt;  // the same once more
  const bool overlaps = (next != datagram.parts.end() && next->first < end) ||
                        (next != datagram.parts.begin() && std::prev(next)->second > offset);
  const bool beyond = datagram.total != 0 && (end > datagram.total || !more);
  const bool too_short = !more && !datagram.parts.empty() && std::prev(datagram.parts.end())->second > end;
  if (overlaps || beyond || too_short || datagram.parts.size() >= kPartsOfOne) {
    datagrams_.erase(found);
    return std::nullopt;
  }
  if (!more) datagram.total = end;
  if (datagram.bytes.size() < end) datagram.bytes.resize(end);
  std::ranges::copy(payload, datagram.bytes.begin() + offset);
  datagram.parts[offset] = end;
  datagram.received += static_cast<std::uint32_t>(payload.size());
  if (datagram.total == 0 || datagram.received != datagram.total) return std::nullopt;
  complete_ = std::move(datagram.bytes);
  datagrams_.erase(found);
  return proto::Bytes(complete_);
}

}  // namespace net
