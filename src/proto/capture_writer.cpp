#include "proto/capture_writer.h"

#include <fmt/core.h>

#include <algorithm>

namespace proto {
namespace {

char* put(char* out, const void* from, std::size_t size) {
  std::memcpy(out, from, size);
  return out + size;
}
char* put16(char* out, std::uint16_t value) { return put(out, &value, sizeof value); }
char* put32(char* out, std::uint32_t value) { return put(out, &value, sizeof value); }
char* put64(char* out, std::uint64_t value) { return put(out, &value, sizeof value); }

char* put_padded(char* out, const void* from, std::size_t size) {
  std::memset(out + (size & ~std::size_t{3}), 0, padded(size) - (size & ~std::size_t{3}));
  if (size > 0) std::memcpy(out, from, size);
  return out + padded(size);
}

char* put_option(char* out, std::uint16_t code, const void* from, std::size_t size) {
  return put_padded(put16(put16(out, code), static_cast<std::uint16_t>(size)), from, size);
}

// Longest value of an option that needs no padding.
constexpr std::size_t option_piece_bytes = 0xfffc;

// A block is written with its length left open, which `close_block` puts in front and behind.
char* open_block(char* begin, std::uint32_t type) { return put32(put32(begin, type), 0); }

void close_block(Text& out, char* begin, char* end) {
  const auto length = static_cast<std::uint32_t>(end + 4 - begin);
  put32(begin + 4, length);
  out.end(put32(end, length));
}

}  // namespace

std::size_t CaptureWriter::place_of(std::uint32_t interface, LinkType link) {
  const std::uint64_t key = std::uint64_t{interface} << 32 | static_cast<std::uint32_t>(link);
  if (key == last_key_) return last_place_;
  const auto [entry, fresh] = places_.try_emplace(key, interfaces_.size());
  if (fresh) {
    Interface plain;
    plain.link = link;
    interfaces_.push_back({interface, std::move(plain)});
  }
  last_key_ = key;
  last_place_ = entry->second;
  return last_place_;
}

void CaptureWriter::describe(std::uint32_t interface, const Interface& what) {
  Described& described = interfaces_[place_of(interface, what.link)];
  if (!described.written) described.what = what;
}

void CaptureWriter::count(std::uint32_t interface, std::uint64_t received, std::uint64_t dropped) {
  for (Described& described : interfaces_) {
    if (described.name != interface) continue;
    described.what.received = received;
    described.what.dropped = dropped;
  }
}

void CaptureWriter::start(Text& out) {
  if (started_) return;
  started_ = true;
  if (options_.format == CaptureFormat::jsonl) return;
  if (options_.format == CaptureFormat::pcap) {
    pcap_started_ = true;
    if (!interfaces_.empty()) link_ = interfaces_.front().what.link;
    char* at = put32(out.need(pcap_file_header_bytes), options_.nanoseconds ? pcap_magic_ns : pcap_magic_us);
    at = put16(put16(at, 2), 4);  // version
    at = put64(at, 0);            // time zone and accuracy, never used
    out.end(put32(put32(at, options_.snaplen), static_cast<std::uint32_t>(link_)));
    return;
  }
  constexpr std::string_view application = "myinit";
  char* const begin = out.need(64);
  char* at = open_block(begin, pcapng::section_header);
  at = put64(put16(put16(put32(at, pcapng::byte_order_magic), 1), 0), ~std::uint64_t{0});  // version, unknown length
  at = put_option(at, pcapng::shb_userappl, application.data(), application.size());
  close_block(out, begin, put32(at, pcapng::opt_end));
  for (Described& described : interfaces_) write_interface(out, described);
}

void CaptureWriter::write_interface(Text& out, Described& described) {
  const std::string& name = described.what.name;
  char* const begin = out.need(64 + name.size() + described.what.filter.size());
  char* at = open_block(begin, pcapng::interface_description);
  at = put16(put16(at, static_cast<std::uint16_t>(described.what.link)), 0);
  at = put32(at, described.what.snaplen);
  if (!name.empty()) at = put_option(at, pcapng::if_name, name.data(), name.size());
  at = put_option(at, pcapng::if_tsresol, "\x09", 1);  // nanoseconds
  if (!described.what.filter.empty()) {
    const std::string filter = '\0' + described.what.filter;  // 0: an expression of libpcap
    at = put_option(at, pcapng::if_filter, filter.data(), filter.size());
  }
  close_block(out, begin, put32(at, pcapng::opt_end));
  described.written = true;
  described.id = next_id_++;
}

Result<void> CaptureWriter::append_checked(Text& out, const Record& record) {
  const std::size_t most = options_.format == CaptureFormat::jsonl ? largest_packet_bytes : largest_written_bytes;
  if (record.data.size() > most) return fail(fmt::format("{} bytes are over the limit of {} for a packet", record.data.size(), most));
  if (options_.format == CaptureFormat::pcap) return append_pcap(out, record);
  if (options_.format == CaptureFormat::pcapng) return append_pcapng(out, record);
  if (record.time_ns < 0) return fail("its time is before 1970, which a line cannot tell");
  lines_.append(out, record);
  return {};
}

Result<void> CaptureWriter::append_pcap(Text& out, const Record& record) {
  if (!started_) {
    place_of(record.interface, record.link);
    start(out);
  }
  if (record.link != link_)
    return fail(fmt::format("link type {} in a pcap file of link type {}; a pcapng file can hold both",
                            static_cast<std::uint32_t>(record.link), static_cast<std::uint32_t>(link_)));
  if (!fits_pcap(record.time_ns)) return fail(pcap_time_problem);
  put_pcap(out, record);
  return {};
}

std::optional<CaptureWriter::LateHead> CaptureWriter::late_head() const {
  if (longest_ <= options_.snaplen) return std::nullopt;
  LateHead head{.offset = 16, .bytes = {}};  // snaplen of the file header
  put32(head.bytes.data(), largest_written_bytes);
  return head;
}

Result<void> CaptureWriter::append_pcapng(Text& out, const Record& record) {
  if (static_cast<std::uint32_t>(record.link) > 0xffff)
    return fail(fmt::format("a pcapng file cannot hold link type {}", static_cast<std::uint32_t>(record.link)));
  if (record.time_ns < 0) return fail("its time is before 1970, which a pcapng file cannot hold");
  start(out);
  Described& described = interfaces_[place_of(record.interface, record.link)];
  if (!described.written) write_interface(out, described);
  const auto size = static_cast<std::uint32_t>(record.data.size());
  std::string_view comment = record.comment;
  char* const begin = out.need(64 + padded(size) + comment.size() + comment.size() / option_piece_bytes * 4);
  char* at = open_block(begin, pcapng::enhanced_packet);
  at = put32(at, described.id);
  at = put32(at, static_cast<std::uint32_t>(static_cast<std::uint64_t>(record.time_ns) >> 32));
  at = put32(at, static_cast<std::uint32_t>(record.time_ns));
  at = put32(put32(at, size), std::max(size, record.original_length));
  at = put_padded(at, record.data.data(), size);
  if (record.direction != Direction::unknown || !comment.empty()) {
    const std::uint32_t way = record.direction == Direction::tx ? 2 : 1;
    if (record.direction != Direction::unknown) at = put_option(at, pcapng::packet_flags, &way, sizeof way);
    while (!comment.empty()) {
      const std::string_view piece = comment.substr(0, option_piece_bytes);
      at = put_option(at, pcapng::opt_comment, piece.data(), piece.size());
      comment.remove_prefix(piece.size());
    }
    at = put32(at, pcapng::opt_end);
  }
  close_block(out, begin, at);
  last_time_ns_ = record.time_ns;
  return {};
}

void CaptureWriter::write_statistics(Text& out, const Described& described) {
  if (!described.what.received && !described.what.dropped) return;
  char* const begin = out.need(64);
  char* at = put32(open_block(begin, pcapng::interface_statistics), described.id);
  at = put32(at, static_cast<std::uint32_t>(static_cast<std::uint64_t>(last_time_ns_) >> 32));
  at = put32(at, static_cast<std::uint32_t>(last_time_ns_));
  if (described.what.received) at = put_option(at, pcapng::isb_ifrecv, &*described.what.received, 8);
  if (described.what.dropped) at = put_option(at, pcapng::isb_ifdrop, &*described.what.dropped, 8);
  close_block(out, begin, put32(at, pcapng::opt_end));
}

void CaptureWriter::finish(Text& out) {
  start(out);
  if (options_.format != CaptureFormat::pcapng) return;
  for (Described& described : interfaces_) {
    if (!described.written) write_interface(out, described);
  }
  for (const Described& described : interfaces_) write_statistics(out, described);
}

}  // namespace proto
