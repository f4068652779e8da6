// Records of capture files with another packet in them; what else the file says of them stays as it was.
#include "proto/pcap_parser.h"
#include "proto/pcapng_parser.h"

namespace proto {
namespace {

using namespace pcapng;
__extension__ typedef unsigned __int128 Wide;

}  // namespace

Result<void> PcapParser::rewrite(Wire& out, Bytes old, const Record& changed) const {
  const std::size_t start = out.size();
  const std::int64_t seconds = changed.time_ns / second_ns, fraction = changed.time_ns % second_ns;
  if (!fits_pcap(changed.time_ns)) return fail(pcap_time_problem);
  if (changed.data.size() > largest_written_bytes) return fail(too_long_problem);
  out.append(old.first(pcap_record_header_bytes));
  std::uint8_t* const at = out.data() + start;
  const bool same_time = std::int64_t{order_.u32(at)} * second_ns + std::int64_t{order_.u32(at + 4)} * tick_ns_ == changed.time_ns;
  if (!same_time && fraction % tick_ns_ != 0) {
    out.cut(start);
    return fail("its time is given in nanoseconds, and this pcap file holds microseconds");
  }
  if (!same_time) {
    order_.put32(at, static_cast<std::uint32_t>(seconds));
    order_.put32(at + 4, static_cast<std::uint32_t>(fraction / tick_ns_));
  }
  order_.put32(at + 8, static_cast<std::uint32_t>(changed.data.size()));
  order_.put32(at + 12, changed.original_length);
  out.append(changed.data);
  return {};
}

std::optional<std::uint64_t> PcapngClock::to_ticks(std::int64_t time_ns) const {
  std::int64_t offset = 0, rest = 0;
  if (multiply_ == 0 || __builtin_mul_overflow(offset_seconds_, second_ns, &offset) || __builtin_sub_overflow(time_ns, offset, &rest) || rest < 0)
    return std::nullopt;
  // Rounded up: to_ns rounds down.
  const Wide scaled = shift_ < 64 ? (static_cast<Wide>(rest) << shift_) * divide_ : 0;
  const Wide ticks = (scaled + multiply_ - 1) / multiply_;
  if (ticks > ~std::uint64_t{0} || to_ns(static_cast<std::uint64_t>(ticks)) != time_ns) return std::nullopt;
  return static_cast<std::uint64_t>(ticks);
}

Result<void> PcapngParser::rewrite(Wire& out, Bytes old, const Record& changed) const {
  if (changed.data.size() > largest_written_bytes) return fail(too_long_problem);
  const std::size_t start = out.size();
  const std::uint32_t type = order_.u32(old.data());
  const auto size = static_cast<std::uint32_t>(changed.data.size());
  const auto u32 = [&](std::uint32_t value) {
    std::uint8_t* const at = out.need(4);
    order_.put32(at, value);
    out.end(at + 4);
  };
  const auto close = [&] {
    u32(0);
    const auto length = static_cast<std::uint32_t>(out.size() - start);
    order_.put32(out.data() + start + 4, length);
    order_.put32(out.data() + out.size() - 4, length);
  };
  const auto data = [&] {
    out.append(changed.data);
    out.append_zeros(padded(size) - size);
  };
  const std::size_t interface = changed.interface;
  if (interface >= clocks_.size()) return fail("its interface is not described");
  if (type == simple_packet) {
    const std::uint32_t snaplen = interfaces_[interface].snaplen;
    if (changed.time_ns == 0 && size == (snaplen == 0 ? changed.original_length : std::min(changed.original_length, snaplen))) {
      out.append(old.first(8));
      u32(changed.original_length);
      data();
      close();
      return {};
    }
  }
  const auto ticks = clocks_[interface].to_ticks(changed.time_ns);
  constexpr std::size_t header = 28;
  Bytes options;
  if (type != simple_packet) {
    const std::uint32_t captured = order_.u32(old.data() + 20);
    const std::size_t end = std::min(header + padded(captured), old.size() - 4);
    options = old.subspan(end, old.size() - 4 - end);
    out.append(old.first(header));
    const std::uint64_t before = std::uint64_t{order_.u32(old.data() + 12)} << 32 | order_.u32(old.data() + 16);
    if (clocks_[interface].to_ns(before) == changed.time_ns) {
      // The ticks as they are: they may be finer than nanoseconds.
    } else if (ticks) {
      order_.put32(out.data() + start + 12, static_cast<std::uint32_t>(*ticks >> 32));
      order_.put32(out.data() + start + 16, static_cast<std::uint32_t>(*ticks));
    } else {
      out.cut(start);
      return fail("its time is not one that the time stamps of its interface can hold");
    }
    order_.put32(out.data() + start + 20, size);
    order_.put32(out.data() + start + 24, changed.original_length);
  } else {
    if (!ticks) return fail("its time is not one that the time stamps of its interface can hold");
    u32(enhanced_packet);
    u32(0);
    u32(0);  // the section's first interface
    u32(static_cast<std::uint32_t>(*ticks >> 32));
    u32(static_cast<std::uint32_t>(*ticks));
    u32(size);
    u32(changed.original_length);
  }
  data();
  for (std::size_t at = 0; at + 4 <= options.size();) {
    const std::uint16_t code = order_.u16(options.data() + at);
    const std::size_t length = code == opt_end ? 4 : std::min(4 + padded(order_.u16(options.data() + at + 2)), options.size() - at);
    if (code != packet_hash) out.append(options.subspan(at, length));
    if (code == opt_end) break;
    at += length;
  }
  close();
  return {};
}

}  // namespace proto
