#include <catch2/catch.hpp>
#include <fmt/format.h>

TEST_CASE("fmt formats numbers, strings and floating point") {
  CHECK(fmt::format("{} {:04x} {:.3f} {}", 1, 255, 1.5, "x") == "1 00ff 1.500 x");
}
