// In the long run neither direction of the conversion allocates per packet.
#include <catch2/catch.hpp>

#include "golden_files.h"
#include "proto/allocation_count.h"
#include "proto/line_reader.h"
#include "proto/line_writer.h"

using namespace proto;

TEST_CASE("steady conversion of whatever frames allocates nothing, in either direction") {
  const Dialect dialect = GENERATE(Dialect::classic, Dialect::full);
  LineWriter writer({.dialect = dialect});
  LineReader reader;
  Text out;
  for (const auto& path : golden::captures()) {
    const auto capture = golden::load(path);
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < capture.packets.size(); ++i) {
        INFO(path.stem() << " packet " << i);
        out.clear();
        const std::size_t before = allocation_count();
        writer.append(out, Record{.time_ns = 1, .link = capture.link, .data = capture.packets[i].second});
        const std::size_t between = allocation_count();
        const auto line = reader.read(out.view());
        const std::size_t after = allocation_count();
        REQUIRE(line);
        if (round == 2) CHECK(between == before);
        if (round == 2) CHECK(after == between);
      }
    }
  }
}
