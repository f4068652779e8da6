#include "proto/checksum_check.h"

#include <catch2/catch.hpp>

#include "proto/line_reader.h"
#include "proto/outline.h"

using namespace proto;
using State = ChecksumFinding::State;

namespace {

// IPv4 192.0.2.1 -> 192.0.2.2, UDP 5000 -> 5001, "abc"; all sums right.
std::vector<std::uint8_t> packet() {
  return {0x45, 0, 0, 31, 0, 1, 0x40, 0, 64, 17, 0xb6, 0xc9, 192, 0, 2, 1, 192, 0, 2, 2, 0x13, 0x88, 0x13, 0x89, 0, 11, 0x90, 0x60, 'a', 'b', 'c'};
}

struct Checked {
  Dissector dissector;
  Dissection parts;
  ChecksumChecker checker;
  std::span<const ChecksumFinding> of(const std::vector<std::uint8_t>& bytes, bool complete = true) {
    dissector.dissect(parts, bytes, LinkType::raw_ip, Dialect::full);
    return checker.check(parts, complete);
  }
};

}  // namespace

TEST_CASE("right checksums are found right, wrong ones wrong, with the right value") {
  Checked checked;
  auto bytes = packet();
  auto findings = checked.of(bytes);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].state == State::good);
  CHECK(findings[1].state == State::good);
  bytes[30] = 'd';
  findings = checked.of(bytes);
  CHECK(findings[0].state == State::good);
  CHECK(findings[1].state == State::bad);
  CHECK(findings[1].found == 0x9060);
  CHECK(findings[1].right == 0x8f60);
  bytes[8] = 63;
  CHECK(checked.of(bytes)[0].state == State::bad);
}

TEST_CASE("what cannot be checked is not called bad") {
  Checked checked;
  auto bytes = packet();
  bytes[26] = bytes[27] = 0;
  CHECK(checked.of(bytes)[1].state == State::absent);
  bytes[26] = 1;
  CHECK(checked.of(bytes, false)[1].state == State::unknown);
  CHECK(checked.of(bytes, false)[0].state == State::good);
  bytes[6] = 0x20;  // more fragments follow
  CHECK(checked.of(bytes)[1].state == State::unknown);
}

TEST_CASE("a checksum left to the network card is partial") {
  Checked checked;
  auto bytes = packet();
  // The pseudo-header alone: addresses, protocol 17, length 11.
  const std::uint32_t sum = 0xc000 + 0x0201 + 0xc000 + 0x0202 + 17 + 11;
  const std::uint32_t folded = (sum & 0xffff) + (sum >> 16);
  bytes[26] = static_cast<std::uint8_t>(folded >> 8);
  bytes[27] = static_cast<std::uint8_t>(folded);
  CHECK(checked.of(bytes)[1].state == State::partial);
  CHECK(checked.of(bytes)[1].right == 0x9060);
}

TEST_CASE("GRE's checksum is over its header, whatever its length, and all that it carries") {
  const auto line = [](const std::string& routing) {
    return R"({"layers":[{"layertype":"Ip","src":"192.0.2.1","dst":"192.0.2.2","proto":47},{"layertype":"Gre","chksum_present":true,"proto":253)" + routing +
           R"(},{"layertype":"raw","data":[1,2,3]}]})";
  };
  LineReader reader;
  const auto read = [&](const std::string& routing) {
    const auto packet = reader.read(line(routing));
    if (!packet) FAIL(packet.error().what);
    return std::vector<std::uint8_t>(packet->packet.begin(), packet->packet.end());
  };
  const auto plain = read("");
  REQUIRE(plain.size() == 20 + 8 + 3);
  CHECK((plain[24] << 8 | plain[25]) == 0xffff - (0x8000 + 253 + 0x0102 + 0x0300));
  Checked checked;
  for (const char* routing : {"", ",\"routing\":[5]", ",\"routing\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]"}) {
    auto bytes = read(routing);
    INFO(routing);
    auto findings = checked.of(bytes);
    REQUIRE(findings.size() == 2);
    CHECK(findings[1].state == State::good);
    CHECK(internet_checksum(Bytes(bytes).subspan(20)) == 0);
    bytes.back() ^= 1;
    CHECK(checked.of(bytes)[1].state == State::bad);
  }
}

TEST_CASE("a packet is laid out field by field, with a summary") {
  Checked checked;
  const auto bytes = packet();
  (void)checked.of(bytes);
  const auto parts = checked.parts.parts();
  REQUIRE(parts.size() == 3);
  const auto udp = outline_fields(checked.parts, parts[1]);
  REQUIRE(udp.size() == 4);
  CHECK(udp[0].name == "sport");
  CHECK(udp[0].value == "5000");
  CHECK(outline_summary(*parts[1].layer, udp) == "UDP 5000 -> 5001 len 11");
  const auto ip = outline_fields(checked.parts, parts[0]);
  CHECK(outline_summary(*parts[0].layer, ip) == "IPv4 192.0.2.1 -> 192.0.2.2 proto 17 ttl 64");
  const auto raw = outline_fields(checked.parts, parts[2]);
  REQUIRE(raw.size() == 1);
  CHECK(raw[0].value == "61 62 63");
  CHECK(hex_dump(Bytes(bytes).first(18)) ==
        "0000  45 00 00 1f 00 01 40 00  40 11 b6 c9 c0 00 02 01  E.....@.@.......\n"
        "0010  c0 00                                             ..\n");
  CHECK(utc_text(1700000000'000017000) == "2023-11-14 22:13:20.000017000 UTC");
  CHECK(utc_text(-1) == "1969-12-31 23:59:59.999999999 UTC");
}

TEST_CASE("the padding that a line calls raw belongs to no sum") {
  const auto line = [](const std::string& checksum) {
    return R"({"layers":[{"layertype":"ether","etype":2048},{"layertype":"Ip","ihl":5,"len":31,"proto":17,"chksum":1},)"
           R"({"layertype":"Udp","dport":7,"len":11,"chksum":)" + checksum + R"(},{"layertype":"raw","data":[97,98,99,0,0,0,0,0]}]})";
  };
  LineReader fixer(LineReader::Mode::fix), reader;
  REQUIRE(fixer.read(line("1")));
  REQUIRE(reader.read(line(std::to_string(fixer.draft().bytes[40] << 8 | fixer.draft().bytes[41]))));
  ChecksumChecker checker;
  const auto findings = checker.check(reader.draft(), true);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].state == State::bad);
  CHECK(findings[1].state == State::good);
}
