#include <catch2/catch.hpp>

#include "proto/checksum_check.h"
#include "proto/packet.h"

using namespace proto;

namespace {

std::vector<std::uint8_t> from_hex(std::string_view text) {
  Wire wire;
  REQUIRE(parse_hex(text, wire));
  return {wire.data(), wire.data() + wire.size()};
}

// vector ipv4-udp of jsonl.md
const char* const udp_packet = "4500001f000140004011b6c9c0000201c000020213881389000b9060616263";

using State = ChecksumFinding::State;

std::vector<ChecksumFinding> check(const std::vector<std::uint8_t>& bytes) {
  Dissector dissector;
  Dissection parts;
  dissector.dissect(parts, bytes, LinkType::raw_ip, Dialect::full);
  ChecksumChecker checker;
  const auto found = checker.check(parts, true);
  return {found.begin(), found.end()};
}

}  // namespace

TEST_CASE("a packet is edited field by field and stays what it was otherwise") {
  const auto bytes = from_hex(udp_packet);
  Packet packet = Packet::decode(bytes, LinkType::raw_ip);
  REQUIRE(packet.layers.size() == 3);
  CHECK(packet.encode().value() == bytes);
  CHECK(packet.summary(0) == "IPv4 192.0.2.1 -> 192.0.2.2 proto 17 ttl 64");
  CHECK(packet.summary(1) == "UDP 5000 -> 5001 len 11");

  CHECK(packet.set(0, 9, "192.0.2.77"));
  CHECK(packet.set(0, 6, "7"));
  CHECK(packet.set(2, 0, "[1,2]"));
  CHECK(packet.set(1, 2, "\"<auto>\""));
  CHECK(packet.set(0, 5, R"({"dont_fragment":true})"));
  CHECK(packet.set(0, 9, "300.1.1.1").error().what == "Ip: src: '300.1.1.1' is not an IPv4 address");
  CHECK(packet.set(0, 6, "256").error().what == "Ip: ttl: '256' is not a number 0-255");
  CHECK_FALSE(packet.set(9, 0, "1"));
  CHECK(packet.layers[0].value(9) == "\"192.0.2.77\"");

  auto edited = packet.encode().value();
  CHECK(std::vector(edited.begin(), edited.begin() + 20) == from_hex("4500001f000140000711b6c9c000024dc0000202"));
  REQUIRE(packet.recompute());
  edited = packet.encode().value();
  CHECK(edited.size() == 30);
  for (const ChecksumFinding& found : check(edited)) CHECK(found.state == State::good);
}

TEST_CASE("layers that are inserted have the standard values") {
  Packet packet;
  for (const char* tag : {"ether", "Ip", "Udp", "raw"}) packet.layers.push_back(Packet::standard_layer(tag).value());
  CHECK(packet.layers[2].json == R"({"layertype":"Udp","sport":0,"dport":"<auto>","len":"<auto>","chksum":"<auto>"})");
  CHECK(packet.layers[1].value(6) == "64");
  CHECK(packet.layers[1].value(4) == "\"<random>\"");
  CHECK(packet.encode().value().size() == 42);
  CHECK_FALSE(Packet::standard_layer("udp"));
  const auto again = Packet::from_line(R"({"layers":)" + packet.to_json() + "}");
  REQUIRE(again);
  CHECK(again->to_json() == packet.to_json());
  CHECK(Packet::from_line(R"({"layers":[{"layertype":"Udp","len":-1}]})").error().what == "layer 0: Udp: len: a negative number");
}

TEST_CASE("an edited line keeps its order of keys, its unknown keys and its blanks") {
  const auto read = Packet::from_line(R"({"layers":[{"ttl": 9,"note":[1, 2],"layertype":"Ip","dst":"192.0.2.2","chksum":"<auto>","src":"192.0.2.1"},)"
                                      R"({"data":[97],"layertype":"raw"}]})");
  REQUIRE(read);
  Packet packet = *read;
  REQUIRE(packet.set(0, 6, "64"));
  CHECK(packet.layers[0].json == R"({"ttl": 64,"note":[1, 2],"layertype":"Ip","dst":"192.0.2.2","chksum":"<auto>","src":"192.0.2.1"})");
  REQUIRE(packet.set(0, 7, "253"));
  CHECK(packet.layers[0].json.ends_with(R"("src":"192.0.2.1","proto":253})"));
  REQUIRE(packet.recompute());
  CHECK(packet.layers[0].json.find("auto") == std::string::npos);
  CHECK(packet.layers[0].json.starts_with(R"({"ttl": 64,"note":[1, 2],"layertype":"Ip","dst":"192.0.2.2","chksum":)"));
  for (const ChecksumFinding& found : check(packet.encode().value())) CHECK(found.state == State::good);
}

TEST_CASE("a layer that is put in or taken away is linked with the one below") {
  Packet packet = Packet::decode(from_hex(udp_packet), LinkType::raw_ip);
  auto linked = packet.insert(2, Packet::standard_layer("Dns").value());
  REQUIRE(linked);
  CHECK(*linked == std::vector<std::string>{"Udp.dport"});
  CHECK(packet.layers[1].value(1) == "53");
  CHECK(packet.remove(1) == std::vector<std::string>());  // Dns right above IP: no protocol number says so
  CHECK(packet.layers[0].value(7) == "17");
  linked = packet.insert(1, Packet::standard_layer("Tcp").value());
  CHECK(*linked == std::vector<std::string>{"Ip.proto"});
  CHECK(packet.layers[0].value(7) == "6");
  CHECK_FALSE(packet.insert(9, Packet::standard_layer("raw").value()));
  const std::string before = packet.to_json();
  CHECK(packet.remove(packet.layers.size()).empty());
  CHECK(packet.to_json() == before);
  // A port that leads there already stays.
  Packet dns = Packet::decode(from_hex(udp_packet), LinkType::raw_ip);
  REQUIRE(dns.set(1, 0, "53"));
  CHECK(dns.insert(2, Packet::standard_layer("Dns").value())->empty());
}

TEST_CASE("the place of every field in the bytes") {
  const auto bytes = from_hex("4500003400014000402fb696c0000201c0000202300008000000000700000009450000140001400040fdb5e8c0000201c0000202");
  Dissector dissector;
  Dissection parts;
  dissector.dissect(parts, bytes, LinkType::raw_ip, Dialect::full);
  REQUIRE(parts.parts().size() >= 3);
  const Part& ip = parts.parts()[0];
  CHECK(ip.layer->place(parts.header(ip), 1).at == 4);
  CHECK(ip.layer->place(parts.header(ip), 1).bits == 4);
  CHECK(ip.layer->place(parts.header(ip), 11).bits == 0);  // no options
  const Part& gre = parts.parts()[1];
  const auto fields = gre.layer->fields();
  int found = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    found += fields[i].name == "key" || fields[i].name == "sequence_number" || fields[i].name == "ack_number";
    const FieldPlace place = gre.layer->place(parts.header(gre), i);
    if (fields[i].name == "key") CHECK((place.at == 32 && place.bits == 32));
    if (fields[i].name == "sequence_number") CHECK((place.at == 64 && place.bits == 32));
    if (fields[i].name == "ack_number") CHECK(place.bits == 0);
  }
  CHECK(found == 3);
}

