#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "proto/checksum.h"
#include "proto/digits.h"

using namespace proto;

namespace {

// RFC 1071 section 4.1, word by word.
std::uint16_t plain(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) sum += bytes[i] << 8 | (i + 1 < bytes.size() ? bytes[i + 1] : 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

TEST_CASE("the checksum is that of RFC 1071 for every length and alignment") {
  std::mt19937 random(1);
  std::vector<std::uint8_t> bytes(2100);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  for (std::size_t length = 0; length < 300; ++length)
    for (std::size_t start = 0; start < 9; ++start)
      CHECK(internet_checksum({bytes.data() + start, length}) == plain({bytes.data() + start, length}));
  CHECK(internet_checksum(bytes) == plain(bytes));
  std::vector<std::uint8_t> ones(65536, 0xff);
  CHECK(internet_checksum(ones) == plain(ones));
}

TEST_CASE("the pseudo-header counts, and a right checksum sums to ffff") {
  const std::uint8_t header[] = {192, 0, 2, 1, 192, 0, 2, 2};
  const std::uint8_t addresses6[32] = {0x20, 1};
  const std::uint8_t udp[] = {0x13, 0x88, 0x13, 0x89, 0, 11, 0x90, 0x60, 'a', 'b', 'c'};  // vector ipv4-udp
  CHECK(Sum().add_pseudo_header4(header, header + 4, 17, 11).add(udp).folded() == 0xffff);
  CHECK(adjusted_checksum(0x9060, 0x1388, 0x1389) == 0x905f);
  // All 32 bits of a length count.
  CHECK(Sum().add_pseudo_header4(header, header + 4, 6, 0x20001).folded() == Sum().add_pseudo_header4(header, header + 4, 6, 3).folded());
  CHECK(Sum().add_pseudo_header6(addresses6, addresses6 + 16, 6, 0x20001).folded() == Sum().add_pseudo_header6(addresses6, addresses6 + 16, 6, 3).folded());
}

TEST_CASE("numbers are written in decimal") {
  char text[40];
  auto written = [&](char* end) { return std::string(text, end); };
  for (unsigned i = 0; i <= 0xffff; ++i) CHECK(written(put_u16(text, static_cast<std::uint16_t>(i))) == std::to_string(i));
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t value = random() >> (random() & 63);
    CHECK(written(put_u64(text, value)) == std::to_string(value));
    CHECK(written(put_u32(text, static_cast<std::uint32_t>(value))) == std::to_string(static_cast<std::uint32_t>(value)));
  }
  CHECK(written(put_u64(text, ~0ull)) == std::to_string(~0ull));
}
