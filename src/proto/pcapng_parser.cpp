#include "proto/pcapng_parser.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

namespace proto {
namespace {

using namespace pcapng;
__extension__ typedef unsigned __int128 Wide;
__extension__ typedef __int128 SignedWide;  // of products of 64 bits and 10^9

// Hostile files must not fill the memory with what has to be remembered.
constexpr std::size_t most_interfaces = 16384;
constexpr std::size_t most_sections = 65536;
constexpr std::size_t most_text_bytes = std::size_t{4} << 20;

constexpr std::size_t section_header_bytes = 28;
constexpr std::size_t frame_bytes = 12;  // type and length in front, length behind

std::string_view text(Bytes value) { return {reinterpret_cast<const char*>(value.data()), value.size()}; }

}  // namespace

PcapngClock::PcapngClock(std::uint8_t resolution, std::int64_t offset_seconds) : offset_seconds_(offset_seconds) {
  const unsigned exponent = resolution & 0x7f;
  if (resolution & 0x80) {
    // 2^-exponent s; 64 bits of ticks times 10^9 have 94 bits, so a longer shift leaves nothing.
    multiply_ = second_ns;
    shift_ = std::min(exponent, 127u);
    return;
  }
  multiply_ = 1;
  for (unsigned i = exponent; i < 9; ++i) multiply_ *= 10;
  if (exponent > 28) multiply_ = 0;  // even the largest number of ticks is less than a nanosecond
  for (unsigned i = 9; i < exponent && exponent <= 28; ++i) divide_ *= 10;
}

std::optional<std::int64_t> PcapngClock::to_ns(std::uint64_t ticks) const {
  Wide since_offset = Wide{ticks} * multiply_ >> shift_;
  if (divide_ != 1) since_offset /= divide_;
  const auto ns = static_cast<SignedWide>(since_offset) + SignedWide{offset_seconds_} * second_ns;
  if (ns < std::numeric_limits<std::int64_t>::min() || ns > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(ns);
}

bool PcapngParser::knows(Bytes head) { return FileOrder{}.u32(head.data()) == section_header; }

Parsed PcapngParser::broken(std::string why) {
  error = std::move(why);
  return {Parsed::Kind::broken};
}

void PcapngParser::seek(std::uint64_t offset) {
  auto after = std::upper_bound(sections_.begin(), sections_.end(), offset,
                                [](std::uint64_t at, const Section& section) { return at < section.offset; });
  if (after == sections_.begin()) return;
  section_end_ = after == sections_.end() ? interfaces_.size() : after->first_interface;
  order_ = std::prev(after)->order;
  section_first_ = std::prev(after)->first_interface;
}

template <class Visit>
bool PcapngParser::for_each_option(Bytes options, Visit visit) {
  while (options.size() >= 4) {
    const std::uint16_t code = order_.u16(options.data());
    const std::uint16_t length = order_.u16(options.data() + 2);
    options = options.subspan(4);
    if (code == opt_end) break;
    if (length > options.size()) {
      error = fmt::format("option {} of {} bytes runs past its block", code, length);
      return false;
    }
    visit(code, options.first(length));
    options = options.subspan(std::min(padded(length), options.size()));
  }
  return true;
}

Parsed PcapngParser::parse(Bytes window, std::uint64_t offset, Record& record) {
  if (window.size() < 8) return {Parsed::Kind::need, 8};
  if (FileOrder{}.u32(window.data()) == section_header) return parse_section(window, offset);
  const std::uint32_t type = order_.u32(window.data());
  const std::uint32_t length = order_.u32(window.data() + 4);
  if (length < frame_bytes || length % 4 != 0) return broken(fmt::format("block of type {:#x} with impossible length {}", type, length));
  std::size_t shortest;
  switch (type) {
    case interface_description: shortest = 16; break;
    case simple_packet: shortest = 12; break;
    case interface_statistics: shortest = 20; break;
    case enhanced_packet:
    case obsolete_packet: shortest = 28; break;
    default: return {Parsed::Kind::skip, length};
  }
  if (length < shortest + 4) return broken(fmt::format("block of type {} with impossible length {}", type, length));
  if (length > largest_block_bytes)
    return broken(fmt::format("block length {} is over the limit of {} bytes", length, largest_block_bytes));
  if (window.size() < length) return {Parsed::Kind::need, length};
  const std::uint32_t behind = order_.u32(window.data() + length - 4);
  if (behind != length) return broken(fmt::format("block length is {} in front and {} behind", length, behind));
  const Bytes block = window.first(length);
  switch (type) {
    case enhanced_packet: return parse_timed(block, order_.u32(block.data() + 8), record);
    case obsolete_packet: return parse_timed(block, order_.u16(block.data() + 8), record);
    case simple_packet: return parse_simple(block, record);
    case interface_description: return parse_interface(block, offset);
    default: return parse_statistics(block);
  }
}

Parsed PcapngParser::parse_section(Bytes window, std::uint64_t offset) {
  if (window.size() < section_header_bytes) return {Parsed::Kind::need, section_header_bytes};
  const std::uint32_t magic = FileOrder{}.u32(window.data() + 8);
  if (magic != byte_order_magic && magic != __builtin_bswap32(byte_order_magic))
    return broken(fmt::format("section header with bad byte-order magic {:#010x}", magic));
  order_.swapped = magic != byte_order_magic;
  const std::uint32_t length = order_.u32(window.data() + 4);
  if (length < section_header_bytes || length % 4 != 0) return broken(fmt::format("section header with impossible length {}", length));
  const std::uint16_t major = order_.u16(window.data() + 12);
  const std::uint16_t minor = order_.u16(window.data() + 14);
  // 1.2 was written by some programs and reads as 1.0 (section 4.1 of the draft).
  if (major != 1 || (minor != 0 && minor != 2)) return broken(fmt::format("pcapng version {}.{} is not known", major, minor));
  if (!sections_.empty() && offset <= sections_.back().offset) {
    seek(offset);  // read again
    return {Parsed::Kind::skip, length};
  }
  if (sections_.size() == most_sections) return broken(fmt::format("more than {} sections", most_sections));
  sections_.push_back({offset, interfaces_.size(), order_});
  if (order_.u64(window.data() + 16) != ~std::uint64_t{0}) section_lengths_.push_back(offset + 16);
  section_first_ = section_end_ = interfaces_.size();
  return {Parsed::Kind::skip, length};
}

Parsed PcapngParser::parse_interface(Bytes block, std::uint64_t offset) {
  if (sections_.empty()) return broken("interface description outside of a section");
  if (offset < described_to_) return {Parsed::Kind::skip, block.size()};  // read again
  if (interfaces_.size() == most_interfaces) return broken(fmt::format("more than {} interfaces", most_interfaces));
  Interface interface;
  interface.link = static_cast<LinkType>(order_.u16(block.data() + 8));
  interface.snaplen = order_.u32(block.data() + 12);
  std::uint8_t resolution = 6;
  std::int64_t offset_seconds = 0;
  const bool sound = for_each_option(block.subspan(16, block.size() - 20), [&](std::uint16_t code, Bytes value) {
    if (code == if_name) interface.name = text(value);
    else if (code == if_filter && value.size() > 1 && value[0] == 0) interface.filter = text(value.subspan(1));
    else if (code == if_tsresol && !value.empty()) resolution = value[0];
    else if (code == if_tsoffset && value.size() == 8) offset_seconds = static_cast<std::int64_t>(order_.u64(value.data()));
  });
  if (!sound) return {Parsed::Kind::broken};
  text_bytes_ += interface.name.size() + interface.filter.size();
  if (text_bytes_ > most_text_bytes) return broken(fmt::format("more than {} bytes of interface names", most_text_bytes));
  interfaces_.push_back(std::move(interface));
  clocks_.emplace_back(resolution, offset_seconds);
  described_to_ = offset + block.size();
  section_end_ = interfaces_.size();
  return {Parsed::Kind::skip, block.size()};
}

// `header` bytes of the block stand in front of the packet's bytes.
Parsed PcapngParser::packet(Bytes block, std::size_t header, std::uint32_t interface, std::uint32_t captured, Record& record) {
  if (interface >= section_end_ - section_first_)
    return broken(fmt::format("packet of interface {}, but {} described", interface, section_end_ - section_first_));
  const std::size_t room = block.size() - header - 4;
  if (captured > room) return broken(fmt::format("captured length {} in a block with room for {} bytes", captured, room));
  if (captured > largest_packet_bytes)
    return broken(fmt::format("captured length {} is over the limit of {} bytes", captured, largest_packet_bytes));
  record.interface = static_cast<std::uint32_t>(section_first_ + interface);
  record.link = interfaces_[record.interface].link;
  record.data = block.subspan(header, captured);
  record.original_length = std::max(record.original_length, captured);
  record.direction = Direction::unknown;
  record.comment = {};
  return {Parsed::Kind::record, block.size()};
}

bool PcapngParser::packet_options(Bytes options, Record& record) {
  return for_each_option(options, [&](std::uint16_t code, Bytes value) {
    if (code == packet_flags && value.size() == 4) {
      const std::uint32_t way = order_.u32(value.data()) & 3;
      record.direction = way == 1 ? Direction::rx : way == 2 ? Direction::tx : Direction::unknown;
    } else if (code == opt_comment && record.comment.empty()) {
      record.comment = text(value);
    } else if (code == opt_comment) {
      if (record.comment.data() != comments_.data()) comments_ = record.comment;
      comments_ += '\n';
      comments_ += text(value);
      record.comment = comments_;
    }
  });
}

// Enhanced and obsolete packet blocks differ in the width of the interface's number only.
Parsed PcapngParser::parse_timed(Bytes block, std::uint32_t interface, Record& record) {
  constexpr std::size_t header = 28;
  const std::uint8_t* const at = block.data();
  const std::uint32_t captured = order_.u32(at + 20);
  record.original_length = order_.u32(at + 24);
  const Parsed parsed = packet(block, header, interface, captured, record);
  if (parsed.kind != Parsed::Kind::record) return parsed;
  const std::size_t end = std::min(header + padded(captured), block.size() - 4);
  if (end + 4 < block.size() && !packet_options(block.subspan(end, block.size() - 4 - end), record)) return {Parsed::Kind::broken};
  const auto time_ns = clocks_[record.interface].to_ns(std::uint64_t{order_.u32(at + 12)} << 32 | order_.u32(at + 16));
  if (!time_ns) {
    error = "its time is not within what can be told, 1677 to 2262";
    return {Parsed::Kind::bad, block.size()};
  }
  record.time_ns = *time_ns;
  return parsed;
}

// No time stamp and no captured length: as long as the first interface's snap length and the block allow.
Parsed PcapngParser::parse_simple(Bytes block, Record& record) {
  constexpr std::size_t header = 12;
  if (section_first_ == section_end_) return broken("simple packet without an interface description");
  const std::uint32_t snaplen = interfaces_[section_first_].snaplen;
  record.original_length = order_.u32(block.data() + 8);
  const std::uint32_t captured = snaplen == 0 ? record.original_length : std::min(record.original_length, snaplen);
  record.time_ns = 0;
  return packet(block, header, 0, captured, record);
}

Parsed PcapngParser::parse_statistics(Bytes block) {
  constexpr std::size_t header = 20;
  const std::uint32_t id = order_.u32(block.data() + 8);
  if (id >= section_end_ - section_first_)
    return broken(fmt::format("statistics of interface {}, but {} described", id, section_end_ - section_first_));
  Interface& interface = interfaces_[section_first_ + id];
  const bool sound = for_each_option(block.subspan(header, block.size() - header - 4), [&](std::uint16_t code, Bytes value) {
    if (code == isb_ifrecv && value.size() == 8) interface.received = order_.u64(value.data());
    if (code == isb_ifdrop && value.size() == 8) interface.dropped = order_.u64(value.data());
  });
  if (!sound) return {Parsed::Kind::broken};
  return {Parsed::Kind::skip, block.size()};
}

}  // namespace proto
