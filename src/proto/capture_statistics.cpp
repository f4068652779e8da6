#include "proto/capture_statistics.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

namespace proto {
namespace {

void count(CaptureStatistics::Traffic& traffic, std::uint32_t wire_bytes) {
  ++traffic.packets;
  traffic.bytes += wire_bytes;
}

template <class Map>
auto largest_first(const Map& map) {
  std::vector<std::pair<typename Map::key_type, CaptureStatistics::Traffic>> list(map.begin(), map.end());
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  return list;
}

}  // namespace

std::size_t CaptureStatistics::ConversationHash::operator()(const Conversation& of) const noexcept {
  // FNV-1a over the addresses.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t i = 0; i < of.address_bytes; ++i) {
    hash = (hash ^ of.one[i]) * 0x100000001b3;
    hash = (hash ^ of.other[i]) * 0x100000001b3;
  }
  return hash;
}

// The innermost IP header is the one of the hosts that talk; tunnels are seen among the layers.
void CaptureStatistics::add_conversation(std::uint32_t wire_bytes) {
  const Part* ip = nullptr;
  for (const Part& part : packet_.parts()) {
    if (part.layer->spec().pseudo_header != nullptr) ip = &part;
    if (part.layer->spec().quotes) break;
  }
  if (ip == nullptr) return;
  const Header header = packet_.header(*ip);
  const bool v4 = header.u8(0) >> 4 == 4;
  const std::size_t size = v4 ? 4 : 16;
  const std::size_t source = v4 ? 12 : 8;
  if (header.size < source + 2 * size) return;
  Conversation between;
  between.address_bytes = static_cast<std::uint8_t>(size);
  std::memcpy(between.one.data(), header.data + source, size);
  std::memcpy(between.other.data(), header.data + source + size, size);
  if (between.other < between.one) std::swap(between.one, between.other);
  const auto known = conversations_.find(between);
  if (known != conversations_.end()) return count(known->second, wire_bytes);
  count(conversations_.size() < most_conversations ? conversations_[between] : others_, wire_bytes);
}

void CaptureStatistics::add(const Record& record, std::uint64_t number) {
  const std::uint32_t wire_bytes = record.original_length;
  if (all_.packets == 0) {
    first_ns_ = last_ns_ = record.time_ns;
  } else if (record.time_ns < before_ns_) {
    ++backwards_;
  }
  before_ns_ = record.time_ns;
  first_ns_ = std::min(first_ns_, record.time_ns);
  last_ns_ = std::max(last_ns_, record.time_ns);
  count(all_, wire_bytes);
  captured_bytes_ += record.data.size();
  const bool complete = record.data.size() == wire_bytes;
  if (!complete) ++cut_;
  if (!record.comment.empty()) ++comments_;
  if (record.direction == Direction::tx) ++sent_;
  if (record.direction == Direction::rx) ++received_;
  count(links_[record.link], wire_bytes);
  count(interfaces_[record.interface], wire_bytes);

  dissector_.dissect(packet_, record.data, record.link, Dialect::full);
  const auto parts = packet_.parts();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto same = [&](const Part& part) { return part.layer == parts[i].layer; };
    if (std::none_of(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(i), same)) count(layers_[parts[i].layer], wire_bytes);
  }
  add_conversation(wire_bytes);
  for (const ChecksumFinding& finding : checker_.check(packet_, complete)) {
    if (finding.state == ChecksumFinding::State::partial) ++partial_checksums_;
    if (finding.state != ChecksumFinding::State::bad) continue;
    ++bad_checksums_;
    if (first_bad_checksum_.empty()) first_bad_checksum_ = fmt::format("record {}: {}", number, parts[finding.part].layer->tag());
  }
}

std::vector<std::pair<std::string_view, CaptureStatistics::Traffic>> CaptureStatistics::layers() const {
  std::map<std::string_view, Traffic> by_tag;
  for (const auto& [layer, traffic] : layers_) by_tag[layer->tag()] = traffic;
  return largest_first(by_tag);
}

std::vector<std::pair<CaptureStatistics::Conversation, CaptureStatistics::Traffic>> CaptureStatistics::conversations(
    std::size_t most) const {
  auto list = largest_first(conversations_);
  list.resize(std::min(list.size(), most));
  return list;
}

}  // namespace proto
