#include "proto/filter.h"

#include <catch2/catch.hpp>
#include <sys/auxv.h>

using namespace proto;

namespace {

// IPv4 192.0.2.1 -> 192.0.2.2, UDP 5000 -> 53, no payload.
const std::uint8_t ip_udp[] = {0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x13, 0x88, 0, 53, 0, 8, 0, 0};

Record record(LinkType link, const std::vector<std::uint8_t>& bytes, std::uint32_t original = 0) {
  Record made;
  made.link = link;
  made.data = bytes;
  made.original_length = std::max(original, static_cast<std::uint32_t>(bytes.size()));
  return made;
}

std::vector<std::uint8_t> behind(std::vector<std::uint8_t> header) {
  header.insert(header.end(), std::begin(ip_udp), std::end(ip_udp));
  return header;
}

}  // namespace

TEST_CASE("a filter fits every link type that comes") {
  const std::vector<std::uint8_t> frames[] = {
      behind({2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}), behind({}), behind({}),
      behind({0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 2, 0, 0, 8, 0}), behind({2, 0, 0, 0})};
  const LinkType links[] = {LinkType::ethernet, LinkType::raw_ip, LinkType::ipv4, LinkType::linux_sll, LinkType::null};
  auto port = Filter::compile("udp port 53", LinkType::ethernet);
  auto other = Filter::compile("tcp or port 54", LinkType::ethernet);
  auto six = Filter::compile("host 2001:db8::1", LinkType::ethernet);
  REQUIRE(port);
  REQUIRE(other);
  REQUIRE(six);
  for (std::size_t i = 0; i < std::size(links); ++i) {
    CHECK(port->matches(record(links[i], frames[i])).value());
    CHECK_FALSE(other->matches(record(links[i], frames[i])).value());
    CHECK_FALSE(six->matches(record(links[i], frames[i])).value());
  }
}

TEST_CASE("lengths in a filter are those of the wire, and bytes behind a cut do not match") {
  auto longer = Filter::compile("greater 1000", LinkType::raw_ip);
  CHECK(longer->matches(record(LinkType::raw_ip, behind({}), 1400)).value());
  CHECK_FALSE(longer->matches(record(LinkType::raw_ip, behind({}))).value());
  auto port = Filter::compile("port 53", LinkType::raw_ip);
  CHECK_FALSE(port->matches(record(LinkType::raw_ip, {0x45, 0, 0, 28}, 28)).value());
  CHECK_FALSE(port->matches(record(LinkType::raw_ip, {})).value());
}

TEST_CASE("a bad filter is an error in libpcap's words") {
  CHECK(Filter::compile("tcp prot 80", LinkType::ethernet).error().what.starts_with("filter 'tcp prot 80': "));
  CHECK(Filter::compile("ether proto 5 and and", LinkType::ethernet).error().what.find("syntax error") != std::string::npos);
  CHECK(Filter::compile("ether host 02:00:00:00:00:01", LinkType::raw_ip).error().what.starts_with("filter 'ether host 02:00:00:00:00:01': "));
  auto ether = Filter::compile("ether host 02:00:00:00:00:01", LinkType::ethernet);
  REQUIRE(ether);
  CHECK_FALSE(ether->matches(record(LinkType::raw_ip, behind({}))).has_value());
}

TEST_CASE("names of hosts are not looked up") {
  CHECK(Filter::compile("host name.invalid", LinkType::ethernet).error().what == "filter 'host name.invalid': unknown host 'name.invalid'");
  // Every system has this name's address at hand; that it is refused shows that nothing was asked. Only a static
  // program (one without an interpreter) has libpcap's calls led to the shim.
  if (getauxval(AT_BASE) == 0) CHECK_FALSE(Filter::compile("host localhost", LinkType::ethernet));
}
