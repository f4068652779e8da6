#include "net/trace_page.h"

#include <bit>
#include <cstring>

namespace net {

namespace {

// The bit fields of a record's first word are laid out from the other end on big-endian machines.
static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kMissedEvents = 1U << 31, kMissedStored = 1U << 30;  // RB_MISSED_*
constexpr unsigned kTypeBits = 5, kDeltaBits = 27;
constexpr std::uint32_t kPadding = 29, kTimeExtend = 30, kTimeStamp = 31;
// An absolute time stamp has 59 bits; the 5 above are those of the time before it (TS_MSB).
constexpr std::uint64_t kStampBits = 59, kStampTop = 0xf8ULL << 56;

template <class T>
T load(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace

TracePage::TracePage(const TracePageLayout& layout, std::span<const std::byte> page) {
  if (page.size() < layout.data) {
    damaged("shorter than its header");
    return;
  }
  time_ns_ = load<std::uint64_t>(page.data() + layout.time);
  const auto commit = load<std::uint32_t>(page.data() + layout.commit);  // the flags are in the low word of a long
  const std::size_t length = commit & ~(kMissedEvents | kMissedStored);
  const auto data = page.subspan(layout.data);
  if (length > data.size()) {
    damaged("longer than the page");
    return;
  }
  data_ = data.first(length);
  lost_ = (commit & kMissedEvents) != 0;
  // The count is a long right behind the events, where there was room.
  if (lost_ && (commit & kMissedStored) != 0 && data.size() - length >= layout.commit_size)
    lost_count_ = layout.commit_size == 8 ? load<std::uint64_t>(data.data() + length) : load<std::uint32_t>(data.data() + length);
}

bool TracePage::damaged(const char* what) noexcept {
  damage_ = what;
  data_ = {};
  at_ = 0;
  return false;
}

bool TracePage::next(TraceRecord& record) {
  while (data_.size() - at_ >= 4) {
    const auto head = load<std::uint32_t>(data_.data() + at_);
    const std::uint32_t type = head & ((1U << kTypeBits) - 1);
    const std::uint32_t delta = head >> kTypeBits;
    const std::size_t left = data_.size() - at_ - 4;
    const std::byte* const body = data_.data() + at_ + 4;
    if (type >= 1 && type < kPadding) {
      const std::size_t length = std::size_t{type} * 4;
      if (length > left) return damaged("a record ends outside");
      time_ns_ += delta;
      at_ += 4 + length;
      record = {time_ns_, {body, length}};
      return true;
    }
    if (type == kPadding && delta == 0) break;  // nothing more in this page
    if (left < 4) return damaged("a record's head ends outside");
    const auto array = load<std::uint32_t>(body);
    if (type == kTimeExtend) {
      time_ns_ += (std::uint64_t{array} << kDeltaBits) + delta;
      at_ += 8;
    } else if (type == kTimeStamp) {
      std::uint64_t stamp = (std::uint64_t{array} << kDeltaBits) + delta;
      stamp &= (std::uint64_t{1} << kStampBits) - 1;
      stamp |= time_ns_ & kStampTop;
      if ((time_ns_ & kStampTop) != 0 && stamp < time_ns_) stamp += std::uint64_t{1} << kStampBits;
      time_ns_ = stamp;
      at_ += 8;
    } else {
      // Padding (a discarded event) and long records: array[0] counts from itself, and is rounded up to a word in memory.
      if (array < 4 || array > left) return damaged("a record ends outside");
      const std::size_t length = (std::size_t{array} + 3) & ~std::size_t{3};
      if (length > left) return damaged("a record ends outside");
      time_ns_ += delta;
      at_ += 4 + length;
      if (type == kPadding) continue;
      record = {time_ns_, {body + 4, array - 4}};
      return true;
    }
  }
  return false;
}

std::uint64_t trace_value(std::span<const std::byte> record, const TraceField& field) noexcept {
  if (record.size() < std::size_t{field.offset} + field.size) return 0;
  const std::byte* const at = record.data() + field.offset;
  switch (field.size) {
    case 1: return load<std::uint8_t>(at);
    case 2: return load<std::uint16_t>(at);
    case 4: return load<std::uint32_t>(at);
    case 8: return load<std::uint64_t>(at);
    default: return 0;
  }
}

std::string_view trace_string(std::span<const std::byte> record, const TraceField& field) noexcept {
  if (!field.data_loc || field.size != 4) return {};
  const auto where = trace_value(record, field);
  const std::size_t offset = where & 0xffff, length = where >> 16;
  if (offset + length > record.size()) return {};
  const std::string_view bytes(reinterpret_cast<const char*>(record.data()) + offset, length);
  return bytes.substr(0, bytes.find('\0'));
}

}  // namespace net
