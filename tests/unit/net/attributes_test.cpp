#include "net/attributes.h"

#include <catch2/catch.hpp>
#include <random>

using namespace net;

TEST_CASE("what was built is read back, nested attributes too") {
  AttributeBuilder builder;
  builder.add_u8(1, 7);
  builder.add_text(2, "tap0");
  const std::size_t nest = builder.begin(3);
  builder.add_u32(1, 0x01020304);
  builder.add_be16(2, 0x1234);
  builder.end(nest);
  builder.add_flag(4);
  CHECK(builder.bytes().size() % 4 == 0);
  const Attributes read(builder.bytes());
  CHECK(read.u8(1) == 7);
  CHECK(read.text(2) == "tap0");
  CHECK(read.nested(3).u32(1) == 0x01020304U);
  CHECK((*read.nested(3).find(2))[0] == 0x12);
  CHECK(read.has(4));
  CHECK_FALSE(read.has(5));
  CHECK_FALSE(read.u32(1).has_value());  // too short for the number
}

TEST_CASE("an attribute length that does not fit ends the list") {
  const std::uint8_t zero_length[] = {0, 0, 1, 0, 8, 0, 2, 0, 1, 2, 3, 4};
  CHECK_FALSE(Attributes(zero_length).has(2));
  const std::uint8_t too_long[] = {4, 0, 1, 0, 9, 0, 2, 0, 1, 2, 3, 4};
  CHECK(Attributes(too_long).has(1));
  CHECK_FALSE(Attributes(too_long).has(2));
}

TEST_CASE("random bytes never lead outside of them") {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::uint8_t> bytes(random() % 64);
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : random() % 16);
    std::size_t seen = 0;
    for (const auto& attribute : Attributes(bytes)) {
      REQUIRE((attribute.value.empty() || (attribute.value.data() >= bytes.data() &&
                                           attribute.value.data() + attribute.value.size() <= bytes.data() + bytes.size())));
      ++seen;
    }
    REQUIRE(seen <= bytes.size() / 4);
  }
}
