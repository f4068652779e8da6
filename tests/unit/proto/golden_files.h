#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "proto/record.h"

// The captures of tests/golden, read without the code under test.
namespace golden {

using proto::LinkType;

struct Capture {
  LinkType link{};
  std::vector<std::pair<std::int64_t, std::vector<std::uint8_t>>> packets;  // time in nanoseconds
};

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Whole records of a classic pcap file.
inline Capture load(const std::filesystem::path& path) {
  const std::string file = slurp(path);
  auto word = [&](std::size_t at, bool swap) {
    std::uint32_t value;
    std::memcpy(&value, file.data() + at, 4);
    return swap ? __builtin_bswap32(value) : value;
  };
  const bool swap = file[0] == '\xa1';
  const bool nanoseconds = word(0, swap) == 0xa1b23c4d;
  Capture capture{static_cast<LinkType>(word(20, swap)), {}};
  for (std::size_t at = 24; at + 16 <= file.size();) {
    const std::uint32_t length = word(at + 8, swap);
    if (at + 16 + length > file.size()) break;
    const auto* data = reinterpret_cast<const std::uint8_t*>(file.data()) + at + 16;
    capture.packets.push_back({std::int64_t{word(at, swap)} * 1000000000 + std::int64_t{word(at + 4, swap)} * (nanoseconds ? 1 : 1000),
                               std::vector<std::uint8_t>(data, data + length)});
    at += 16 + length;
  }
  return capture;
}

inline std::vector<std::filesystem::path> captures() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/golden"))
    if (entry.path().extension() == ".pcap") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace golden
