#include "net/ip_address.h"

#include <catch2/catch.hpp>
#include <sys/socket.h>

using namespace net;

TEST_CASE("prefixes are read with length, netmask or neither") {
  CHECK(parse_prefix("192.0.2.1/24")->text() == "192.0.2.1/24");
  CHECK(parse_prefix("192.0.2.1")->length == 32);
  CHECK(parse_prefix("192.0.2.1/255.255.255.128")->length == 25);
  CHECK(parse_prefix("2001:DB8::1/64")->text() == "2001:db8::1/64");
  CHECK(parse_prefix("2001:db8::1")->length == 128);
  CHECK(parse_prefix("0.0.0.0/0")->length == 0);
}

TEST_CASE("what is no prefix is refused with the reason") {
  for (const char* bad : {"", "/", "1.2.3", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/255.0.255.0", "1.2.3.4/8x", "::1/129", "::1/64/2",
                          "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "1.2.3.4 "}) {
    INFO(bad);
    const auto prefix = parse_prefix(bad);
    REQUIRE_FALSE(prefix.has_value());
    CHECK_FALSE(prefix.error().text().empty());
  }
  CHECK_FALSE(parse_prefix("::1/64", AF_INET).has_value());
  CHECK_FALSE(parse_prefix("1.2.3.4", AF_INET6).has_value());
}

TEST_CASE("a prefix contains the addresses that share its first bits") {
  const auto prefix = *parse_prefix("192.0.2.128/25");
  CHECK(prefix.contains(*parse_address("192.0.2.129")));
  CHECK_FALSE(prefix.contains(*parse_address("192.0.2.127")));
  CHECK_FALSE(prefix.contains(*parse_address("::1")));
  CHECK(parse_prefix("::/0")->contains(*parse_address("2001:db8::1")));
  CHECK(broadcast_of(prefix).text() == "192.0.2.255");
}

TEST_CASE("netmasks and lengths are each other's inverse") {
  for (unsigned length = 0; length <= 32; ++length) CHECK(netmask_length(netmask(AF_INET, length)) == length);
  CHECK_FALSE(netmask_length(*parse_address("255.0.255.0")).has_value());
}

TEST_CASE("kinds of addresses are told apart") {
  CHECK(parse_address("fe80::1")->is_link_local());
  CHECK(parse_address("febf::1")->is_link_local());
  CHECK_FALSE(parse_address("fec0::1")->is_link_local());
  CHECK(parse_address("::1")->is_loopback());
  CHECK_FALSE(parse_address("::")->is_loopback());
  CHECK(parse_address("224.0.0.1")->is_multicast());
  CHECK(parse_address("ff02::1")->is_multicast());
}

TEST_CASE("link-layer addresses of any length have a text") {
  const std::uint8_t mac[] = {2, 0, 0, 0xab, 0xcd, 0xef};
  CHECK(hardware_text(mac) == "02:00:00:ab:cd:ef");
  const std::uint8_t tunnel[] = {192, 0, 2, 1};
  CHECK(hardware_text(tunnel, 778) == "192.0.2.1");
  CHECK(hardware_text({}) == "");
}

TEST_CASE("socket addresses carry address, port and zone") {
  sockaddr_storage storage;
  CHECK(make_sockaddr(storage, *parse_address("192.0.2.1"), 80) == 16);
  CHECK(address_of(storage).text() == "192.0.2.1");
  CHECK(port_of(storage) == 80);
  CHECK(make_sockaddr(storage, *parse_address("fe80::1"), 8080, 7) == 28);
  CHECK(address_of(storage).text() == "fe80::1");
  CHECK(port_of(storage) == 8080);
  CHECK(split_zone("fe80::1%tap1").zone == "tap1");
}
