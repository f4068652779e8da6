#include "net/trace_log.h"

#include <algorithm>
#include <tuple>

namespace net {

std::size_t DropLog::Hash::operator()(const Key& key) const noexcept {
  return (key.location ^ (std::uint64_t{key.reason} << 40) ^ (std::uint64_t{key.iface} << 52)) * 0x9e3779b97f4a7c15ULL >> 16;
}

void DropLog::add(const Drop& drop) {
  ++total_;
  ++counts_[Key{.location = drop.event.location, .reason = drop.event.reason, .iface = drop.event.iface}];
  if (rows_.size() == kRows) rows_.pop_front();
  rows_.push_back(drop);
}

void DropLog::clear() {
  rows_.clear();
  counts_.clear();
}

std::vector<DropLog::Tally> DropLog::tallies() const {
  std::vector<Tally> all;
  all.reserve(counts_.size());
  for (const auto& [key, count] : counts_) all.push_back({.reason = key.reason, .iface = key.iface, .location = key.location, .count = count});
  std::sort(all.begin(), all.end(), [](const Tally& a, const Tally& b) {
    return std::tie(b.count, a.reason, a.location, a.iface) < std::tie(a.count, b.reason, b.location, b.iface);
  });
  return all;
}

}  // namespace net
