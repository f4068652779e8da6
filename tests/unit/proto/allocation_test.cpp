// In the long run neither direction of the conversion allocates per packet.
#include <catch2/catch.hpp>

#include "golden_files.h"
#include "proto/allocation_count.h"
#include "proto/line_reader.h"
#include "proto/line_writer.h"

using namespace proto;

TEST_CASE("steady conversion of common frames allocates nothing") {
  LineWriter writer({});
  LineReader reader;
  Text out;
  for (const char* name : {"tcp", "udp", "icmp", "arp", "dot1q", "ipv4", "ipv6", "padding", "nat46-pairs", "vxlan", "gre"}) {
    const auto capture = golden::load(std::string(SOURCE_DIR "/tests/golden/") + name + ".pcap");
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < capture.packets.size(); ++i) {
        INFO(name << " packet " << i);
        out.clear();
        const std::size_t before = allocation_count();
        writer.append(out, Record{.time_ns = 1, .data = capture.packets[i].second});
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
