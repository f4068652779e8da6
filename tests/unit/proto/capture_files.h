// Builds capture files byte by byte, independently of the code under test.
#pragma once

#include <cstdint>
#include <string>

namespace proto_test {

/// Numbers in one byte order.
struct Words {
  bool big = false;
  explicit Words(bool big_endian = false) : big(big_endian) {}
  [[nodiscard]] std::string number(std::uint64_t value, std::size_t bytes) const {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (big ? bytes - 1 - i : i));
    return text;
  }
  [[nodiscard]] std::string u16(std::uint64_t value) const { return number(value, 2); }
  [[nodiscard]] std::string u32(std::uint64_t value) const { return number(value, 4); }
  [[nodiscard]] std::string u64(std::uint64_t value) const { return number(value, 8); }
  /// A time stamp of pcapng: upper half first in either order.
  [[nodiscard]] std::string u64_split(std::uint64_t value) const { return u32(value >> 32) + u32(value & 0xffffffff); }
};

inline std::string pcap_header(const Words& w, bool ns, std::uint32_t link) {
  return w.u32(ns ? 0xa1b23c4d : 0xa1b2c3d4) + w.u16(2) + w.u16(4) + w.u32(0) + w.u32(0) + w.u32(65535) + w.u32(link);
}

inline std::string pcap_record(const Words& w, std::uint32_t seconds, std::uint32_t fraction, const std::string& data, std::uint32_t original) {
  return w.u32(seconds) + w.u32(fraction) + w.u32(data.size()) + w.u32(original) + data;
}

inline std::string pad(std::string text) {
  while (text.size() % 4 != 0) text += '\0';
  return text;
}

inline std::string block(const Words& w, std::uint32_t type, const std::string& body) {
  const std::string padded = pad(body);
  return w.u32(type) + w.u32(padded.size() + 12) + padded + w.u32(padded.size() + 12);
}

inline std::string option(const Words& w, std::uint16_t code, const std::string& value) {
  return w.u16(code) + w.u16(value.size()) + pad(value);
}

inline std::string section(const Words& w) {
  return block(w, 0x0a0d0d0a, w.u32(0x1a2b3c4d) + w.u16(1) + w.u16(0) + std::string(8, '\xff'));
}

inline std::string interface_block(const Words& w, std::uint16_t link, std::uint32_t snaplen, const std::string& options) {
  return block(w, 1, w.u16(link) + w.u16(0) + w.u32(snaplen) + options);
}

inline std::string packet_block(const Words& w, std::uint32_t interface, std::uint64_t time, const std::string& data,
                                std::uint32_t original, const std::string& options) {
  return block(w, 6, w.u32(interface) + w.u64_split(time) + w.u32(data.size()) + w.u32(original) + pad(data) + options);
}

}  // namespace proto_test
