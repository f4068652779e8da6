#include "proto/pcap_parser.h"

#include <fmt/core.h>

#include <algorithm>

namespace proto {

bool PcapParser::knows(Bytes head) {
  const std::uint32_t magic = FileOrder{}.u32(head.data());
  return magic == pcap_magic_us || magic == pcap_magic_ns || magic == __builtin_bswap32(pcap_magic_us) ||
         magic == __builtin_bswap32(pcap_magic_ns);
}

Parsed PcapParser::broken(std::string why) {
  error = std::move(why);
  return {Parsed::Kind::broken};
}

Parsed PcapParser::parse_file_header(Bytes window) {
  if (window.size() < pcap_file_header_bytes) return {Parsed::Kind::need, pcap_file_header_bytes};
  const std::uint8_t* const at = window.data();
  const std::uint32_t magic = FileOrder{}.u32(at);
  order_.swapped = magic != pcap_magic_us && magic != pcap_magic_ns;
  if (order_.u16(at + 4) != 2)
    return broken(fmt::format("pcap version {}.{} is not known", order_.u16(at + 4), order_.u16(at + 6)));
  interface_.snaplen = order_.u32(at + 16);
  // The upper six bits tell of the frame check sequence. 12 is how BSD systems number raw IP in their own files.
  const std::uint32_t link = order_.u32(at + 20) & 0x03ffffff;
  interface_.link = link == 12 ? LinkType::raw_ip : static_cast<LinkType>(link);
  tick_ns_ = order_.u32(at) == pcap_magic_ns ? 1 : 1000;
  return {Parsed::Kind::skip, pcap_file_header_bytes};
}

Parsed PcapParser::parse(Bytes window, Record& record) {
  if (tick_ns_ == 0) return parse_file_header(window);
  if (window.size() < pcap_record_header_bytes) return {Parsed::Kind::need, pcap_record_header_bytes};
  const std::uint8_t* const at = window.data();
  const std::uint32_t captured = order_.u32(at + 8);
  const std::uint32_t original = order_.u32(at + 12);
  if (captured > largest_packet_bytes)
    return broken(fmt::format("captured length {} is over the limit of {} bytes", captured, largest_packet_bytes));
  const std::size_t size = pcap_record_header_bytes + captured;
  if (window.size() < size) return {Parsed::Kind::need, size};
  record.time_ns = std::int64_t{order_.u32(at)} * second_ns + std::int64_t{order_.u32(at + 4)} * tick_ns_;
  record.link = interface_.link;
  record.original_length = std::max(original, captured);
  record.data = window.subspan(pcap_record_header_bytes, captured);
  return {Parsed::Kind::record, size};
}

}  // namespace proto
