#include <catch2/catch.hpp>

#include "net/reassembly.h"

#include <numeric>

using namespace net;
using reactor::Nanoseconds;

namespace {

std::vector<std::uint8_t> numbers(std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  return bytes;
}

}  // namespace

TEST_CASE("fragments in any order give the datagram") {
  const auto data = numbers(1000);
  const proto::Bytes all(data);
  Reassembly parts;
  const Reassembly::Key key{};
  CHECK_FALSE(parts.add(key, all.subspan(800), 800, false, Nanoseconds(0)));
  CHECK_FALSE(parts.add(key, all.subspan(0, 400), 0, true, Nanoseconds(0)));
  CHECK_FALSE(parts.add(key, all.subspan(0, 400), 0, true, Nanoseconds(0)));  // the same once more
  const auto whole = parts.add(key, all.subspan(400, 400), 400, true, Nanoseconds(0));
  REQUIRE(whole);
  CHECK(std::vector<std::uint8_t>(whole->begin(), whole->end()) == data);
}

TEST_CASE("what overlaps, is odd, too long or too late gives nothing") {
  const auto data = numbers(1000);
  const proto::Bytes all(data);
  Reassembly parts;
  const Reassembly::Key key{};
  SECTION("overlap") {
    CHECK_FALSE(parts.add(key, all.subspan(0, 400), 0, true, Nanoseconds(0)));
    CHECK_FALSE(parts.add(key, all.subspan(392, 8), 392, true, Nanoseconds(0)));
    CHECK_FALSE(parts.add(key, all.subspan(400), 400, false, Nanoseconds(0)));
  }
  SECTION("more parts than any sender makes") {
    const proto::Bytes piece = all.first(8);
    for (std::uint32_t at = 8; at < 8 * 1026; at += 8) CHECK_FALSE(parts.add(key, piece, at, true, Nanoseconds(0)));
    CHECK_FALSE(parts.add(key, piece, 8 * 1026, false, Nanoseconds(0)));
    CHECK_FALSE(parts.add(key, piece, 0, true, Nanoseconds(0)));
  }
  SECTION("behind the last one") {
    CHECK_FALSE(parts.add(key, all.subspan(8, 8), 8, false, Nanoseconds(0)));
    CHECK_FALSE(parts.add(key, all.subspan(16, 8), 16, true, Nanoseconds(0)));
    CHECK_FALSE(parts.add(key, all.subspan(0, 8), 0, true, Nanoseconds(0)));
  }
  SECTION("a length that is no multiple of 8") {
    CHECK_FALSE(parts.add(key, all.subspan(0, 401), 0, true, Nanoseconds(0)));
    CHECK_FALSE(parts.add(key, all.subspan(401), 401, false, Nanoseconds(0)));
  }
  SECTION("over 65535") { CHECK_FALSE(parts.add(key, all.subspan(0, 16), 65528, false, Nanoseconds(0))); }
  SECTION("31 seconds apart, with others in between") {
    CHECK_FALSE(parts.add(key, all.subspan(0, 400), 0, true, Nanoseconds(0)));
    Reassembly::Key other{};
    other.id = 1;
    CHECK_FALSE(parts.add(other, all.subspan(0, 8), 0, true, Nanoseconds(31'000'000'000)));
    CHECK_FALSE(parts.add(key, all.subspan(400), 400, false, Nanoseconds(31'000'000'000)));
  }
}

TEST_CASE("the number of unfinished datagrams is bounded, the oldest goes") {
  const auto data = numbers(16);
  const proto::Bytes all(data);
  Reassembly parts;
  Reassembly::Key key{};
  for (key.id = 0; key.id < 1000; ++key.id) CHECK_FALSE(parts.add(key, all.first(8), 0, true, Nanoseconds(key.id)));
  key.id = 0;
  CHECK_FALSE(parts.add(key, all.subspan(8), 8, false, Nanoseconds(1000)));
  key.id = 999;
  CHECK(parts.add(key, all.subspan(8), 8, false, Nanoseconds(1000)));
}
