#include <arpa/inet.h>

#include <catch2/catch.hpp>
#include <random>

#include "proto/address.h"

using namespace proto;

TEST_CASE("addresses are written in the forms of the specification") {
  CHECK(to_text(Mac{{2, 0, 0, 0xab, 0xcd, 0xef}}) == "02:00:00:AB:CD:EF");
  CHECK(to_text(Ipv4{{192, 0, 2, 1}}) == "192.0.2.1");
  CHECK(to_text(Ipv4{{255, 255, 255, 255}}) == "255.255.255.255");
  struct { const char *in, *out; } forms[] = {
      {"::", "::"}, {"::1", "::1"}, {"1::", "1::"}, {"0:0:1::", "0:0:1::"}, {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"}, {"::ffff:1.2.3.4", "::ffff:1.2.3.4"}, {"::1.2.3.4", "::102:304"},
      {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"}, {"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"}, {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"}, {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"}, {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"}};
  for (const auto& form : forms) {
    const auto parsed = parse_ipv6(form.in);
    INFO(form.in);
    REQUIRE(parsed);
    CHECK(to_text(*parsed) == form.out);
  }
}

TEST_CASE("text that is no address is refused") {
  for (const char* text : {"", "0:1:2:3:4:5", "02:00:00:00:00:0g", "02:00:00:00:00", "0200000000011", "02.00.00.00.00.01"})
    CHECK_FALSE(parse_mac(text));
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.4 ", "1..2.3", "1.2.3.", "1.2.3.1000"})
    CHECK_FALSE(parse_ipv4(text));
  for (const char* text : {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "fe80::1%eth0", "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", ":1::", "1:", "::1:", "::1.2.3"})
    CHECK_FALSE(parse_ipv6(text));
  CHECK(parse_mac("02-00-00-ab-CD-ef") == Mac{{2, 0, 0, 0xab, 0xcd, 0xef}});
  CHECK(parse_mac("020000abCDef") == Mac{{2, 0, 0, 0xab, 0xcd, 0xef}});
}

TEST_CASE("IPv6 text agrees with the C library for sparse and dense addresses") {
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    Ipv6 address;
    const auto mask = random();
    for (int b = 0; b < 16; ++b) address.bytes[b] = mask >> b & 1 ? 0 : static_cast<std::uint8_t>(random());
    const std::string text = to_text(address);
    std::uint8_t theirs[16];
    REQUIRE(inet_pton(AF_INET6, text.c_str(), theirs) == 1);
    CHECK(std::equal(theirs, theirs + 16, address.bytes.begin()));
    char theirs_text[64];
    inet_ntop(AF_INET6, address.bytes.data(), theirs_text, sizeof theirs_text);
    // The C library writes ::a.b.c.d too, RFC 5952 only the mapped form.
    if (std::string_view(theirs_text).find('.') == std::string_view::npos) CHECK(text == theirs_text);
    CHECK(parse_ipv6(theirs_text) == address);
  }
}
