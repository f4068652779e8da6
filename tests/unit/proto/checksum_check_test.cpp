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

// The sums are those of scapy and tshark.
TEST_CASE("a checksum is over the end of a route that is not used up, and over the home address") {
  const std::string near = R"({"layers":[{"layertype":"Ipv6","src":"2001:db8::1","dst":"2001:db8::2"},)";
  const std::string udp = R"({"layertype":"Udp","sport":5000,"dport":5001},{"layertype":"raw","data":[97,98,99,100,101]}]})";
  const auto address = [](int last) { return ",32,1,13,184,0,0,0,0,0,0,0,0,0,0,0," + std::to_string(last); };
  const auto routing = [&](int type, int left, const std::string& data) {
    return R"({"layertype":"Ipv6Routing","routing_type":)" + std::to_string(type) + R"(,"segments_left":)" + std::to_string(left) + R"(,"data":[)" + data + "]},";
  };
  const std::string home = R"({"layertype":"Ipv6Destination","options":["Pad1",{"HomeAddress":"2001:db8::3"}]},)", two = "0,0,0,0" + address(3) + address(4);
  const auto ip = [&](const std::string& name, int pointer) {
    return R"({"layers":[{"layertype":"Ip","src":"192.0.2.1","dst":"192.0.2.2","options":["NOP",{")" + name + R"(":{"pointer":)" + std::to_string(pointer) +
           R"(,"route":["192.0.2.3","192.0.2.4"]}}]},)" + udp;
  };
  const struct { std::string what, line; unsigned sum; } cases[] = {
      {"no route", near + udp, 0x5387},
      {"type 0", near + routing(0, 2, two) + udp, 0x5385},
      {"type 0, the last address is left", near + routing(0, 1, two) + udp, 0x5385},
      {"type 0, used up", near + routing(0, 0, two) + udp, 0x5387},
      {"type 0 without addresses", near + routing(0, 1, "0,0,0,0") + udp, 0x5387},
      {"type 2", near + routing(2, 1, "0,0,0,0" + address(3)) + udp, 0x5386},
      {"type 2, used up", near + routing(2, 0, "0,0,0,0" + address(3)) + udp, 0x5387},
      {"RPL, 15 bytes left out and 6 of padding", near + routing(3, 2, "255,96,0,0,3,4,0,0,0,0,0,0") + udp, 0x5385},
      {"RPL, nothing left out", near + routing(3, 2, two) + udp, 0x5385},
      {"RPL, used up", near + routing(3, 0, two) + udp, 0x5387},
      {"segments", near + routing(4, 1, "1,0,0,0" + address(4) + address(3)) + udp, 0x5385},
      {"segments, used up", near + routing(4, 0, "1,0,0,0" + address(4) + address(3)) + udp, 0x5387},
      {"a type that nobody knows", near + routing(99, 1, two) + udp, 0x5387},
      {"two routes", near + routing(0, 1, "0,0,0,0" + address(3)) + routing(0, 1, "0,0,0,0" + address(4)) + udp, 0x5385},
      {"home address", near + home + udp, 0x5385},
      {"home address and route", near + routing(2, 1, "0,0,0,0" + address(4)) + home + udp, 0x5383},
      {"loose source route", ip("SourceRoute", 4), 0x2af6},
      {"strict source route, one left", ip("StrictSourceRoute", 8), 0x2af6},
      {"source route, used up", ip("SourceRoute", 12), 0x2af8},
      {"recorded route", ip("RecordRoute", 4), 0x2af8},
  };
  Checked checked;
  for (const auto& one : cases) {
    INFO(one.what);
    LineReader reader;
    const auto packet = reader.read(one.line);
    if (!packet) FAIL(packet.error().what);
    const std::vector<std::uint8_t> bytes(packet->packet.begin(), packet->packet.end());
    const auto findings = checked.of(bytes);
    REQUIRE(!findings.empty());
    CHECK(findings.back().found == one.sum);
    CHECK(findings.back().state == State::good);
  }
}

// As tshark judges it, though RFC 4443 knows of IPv6 only.
TEST_CASE("ICMPv6 is summed with the pseudo-header of the IP header that carries it, whatever its version") {
  const auto ip = [](int version, const std::string& ends) { return R"({"layertype":"Ip)" + std::string(version == 6 ? "v6" : "") + R"(","src":")" + ends + R"("},)"; };
  const std::string one = ip(4, R"(192.0.2.1","dst":"192.0.2.2)"), two = ip(4, R"(192.0.2.3","dst":"192.0.2.4)"), three = ip(6, R"(2001:db8::1","dst":"2001:db8::2)");
  const std::string echo = R"({"layertype":"Icmpv6","type_":128},{"layertype":"icmpv6EchoRequest","identifier":1,"sequence":1},{"layertype":"raw","data":[1,2,3]}]})";
  const struct { std::string below; unsigned sum; } cases[] = {{one, 0xf7b1}, {one + two, 0xf7ad}, {three + two, 0xf7ad}};
  Checked checked;
  for (const auto& [below, sum] : cases) {
    INFO(below);
    LineReader reader;
    const auto packet = reader.read(R"({"layers":[)" + below + echo);
    REQUIRE(packet);
    const auto findings = checked.of({packet->packet.begin(), packet->packet.end()});
    CHECK(findings.back().found == sum);
    CHECK(findings.back().state == State::good);
  }
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
