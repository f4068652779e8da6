#include <catch2/catch.hpp>

#include "net/fakehost_answer.h"
#include "proto/checksum.h"

#include <random>

using namespace net;
using reactor::Nanoseconds;

namespace {

std::shared_ptr<FakeHost> host(const char* text, std::uint8_t mac, std::optional<std::uint16_t> vlan = std::nullopt) {
  auto made = std::make_shared<FakeHost>();
  const auto range = parse_address_range(text);
  REQUIRE(range);
  made->first = range->first;
  made->last = range->second;
  made->mac.bytes = {2, 0, 0, 0, 0, mac};
  made->vlan = vlan;
  made->icmp = true;
  return made;
}

FakeHost* look(const FakeHostTable& table, const char* text, std::optional<std::uint16_t> vlan = std::nullopt) {
  const auto address = parse_address(text);
  REQUIRE(address);
  return table.find(vlan, *address);
}

// An ARP request for 192.0.2.TARGET from 192.0.2.1.
std::vector<std::uint8_t> arp_for(std::uint8_t target) {
  return {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 0xaa, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 0xaa, 192, 0, 2, 1,
          0, 0, 0, 0, 0, 0, 192, 0, 2, target};
}

// Checksums that a changed frame would need to be taken for a good one.
void mend_sums(std::vector<std::uint8_t>& frame) {
  const auto put = [&frame](std::size_t at, std::uint16_t sum) {
    frame[at] = static_cast<std::uint8_t>(sum >> 8);
    frame[at + 1] = static_cast<std::uint8_t>(sum);
  };
  const proto::Bytes all(frame);
  if (frame.size() >= 42 && frame[12] == 8 && frame[13] == 0) {
    put(24, 0);
    put(24, proto::internet_checksum(all.subspan(14, 20)));
    put(36, 0);
    put(36, proto::internet_checksum(all.subspan(34)));
  } else if (frame.size() >= 62 && frame[12] == 0x86 && frame[20] == 58) {
    put(56, 0);
    put(56, proto::Sum().add_pseudo_header6(&frame[22], &frame[38], 58, static_cast<std::uint32_t>(frame.size() - 54)).add(all.subspan(54)).checksum());
  }
}

// Ethernet and IPv6 headers, from 2001:db8::1.
std::vector<std::uint8_t> ipv6_to(const char* to, std::uint8_t mac_kind, std::uint8_t next, std::uint8_t hops, std::uint8_t length) {
  std::vector<std::uint8_t> frame{mac_kind, static_cast<std::uint8_t>(mac_kind == 2 ? 0 : 0x33), static_cast<std::uint8_t>(mac_kind == 2 ? 0 : 0xff), 0, 0, 0x10,
                                  2, 0, 0, 0, 0, 0xaa, 0x86, 0xdd, 0x60, 0, 0, 0, 0, length, next, hops};
  for (const char* text : {"2001:db8::1", to}) {
    const auto address = parse_address(text);
    frame.insert(frame.end(), address->storage.begin(), address->storage.begin() + 16);
  }
  return frame;
}

}  // namespace

TEST_CASE("hosts, ranges and prefixes are found by their addresses") {
  FakeHostTable table;
  REQUIRE(table.add(host("192.0.2.1", 1)));
  REQUIRE(table.add(host("192.0.2.10-192.0.2.20", 2)));
  REQUIRE(table.add(host("192.0.2.64/26", 3)));
  REQUIRE(table.add(host("2001:db8:1::/48", 4)));
  REQUIRE(table.add(host("192.0.2.1", 5, std::uint16_t{7})));
  CHECK(look(table, "192.0.2.1")->mac.bytes[5] == 1);
  CHECK(look(table, "192.0.2.10")->mac.bytes[5] == 2);
  CHECK(look(table, "192.0.2.20")->mac.bytes[5] == 2);
  CHECK(look(table, "192.0.2.127")->mac.bytes[5] == 3);
  CHECK(look(table, "2001:db8:1:ffff::9")->mac.bytes[5] == 4);
  CHECK(look(table, "192.0.2.1", std::uint16_t{7})->mac.bytes[5] == 5);
  for (const char* text : {"192.0.2.2", "192.0.2.9", "192.0.2.21", "192.0.2.128", "192.0.2.63", "2001:db8:2::", "::"}) CHECK(look(table, text) == nullptr);
  CHECK(look(table, "192.0.2.10", std::uint16_t{7}) == nullptr);
  for (const char* text : {"192.0.2.1", "192.0.2.15", "192.0.2.20-192.0.2.30", "192.0.0.0/16"}) CHECK_FALSE(table.add(host(text, 9)));
  CHECK(table.remove("192.0.2.10-192.0.2.20"));
  CHECK_FALSE(table.remove("192.0.2.10"));
  CHECK(look(table, "192.0.2.10") == nullptr);
  CHECK(look(table, "192.0.2.64")->mac.bytes[5] == 3);
}

TEST_CASE("an ARP request gets its reply, byte for byte") {
  FakeAnswers answers(1500, [](std::string) {});
  REQUIRE(answers.hosts().add(host("192.0.2.10", 0x10)));
  FrameList out;
  answers.answer(arp_for(10), false, Nanoseconds(0), out);
  REQUIRE(out.frames().size() == 1);
  const auto bytes = out.bytes(out.frames()[0]);
  CHECK(std::vector<std::uint8_t>(bytes.begin(), bytes.end()) ==
        std::vector<std::uint8_t>{2, 0, 0, 0, 0, 0xaa, 2, 0, 0, 0, 0, 0x10, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 0x10, 192, 0, 2, 10,
                                  2, 0, 0, 0, 0, 0xaa, 192, 0, 2, 1});
  out.clear();
  answers.answer(arp_for(11), false, Nanoseconds(0), out);
  CHECK(out.frames().empty());
}

TEST_CASE("loss leaves out its share of the echoes and nothing else") {
  FakeAnswers answers(1500, [](std::string) {});
  const auto lossy = host("192.0.2.10", 0x10);
  lossy->loss = 0.25;
  REQUIRE(answers.hosts().add(lossy));
  std::vector<std::uint8_t> echo{2, 0, 0, 0, 0, 0x10, 2, 0, 0, 0, 0, 0xaa, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0xf6, 0xd4, 192, 0, 2, 1, 192, 0, 2, 10,
                                 8, 0, 0xf7, 0xff, 0, 0, 0, 0};
  FrameList out;
  for (int i = 0; i < 10000; ++i) answers.answer(echo, false, Nanoseconds(0), out);
  REQUIRE(answers.counters().malformed == 0);
  CHECK(lossy->counters.lost > 2300);
  CHECK(lossy->counters.lost < 2700);
  CHECK(out.frames().size() == 10000 - lossy->counters.lost);
}

TEST_CASE("no frame, however cut or changed, is left by a byte") {
  FakeAnswers answers(1500, [](std::string) {});
  const auto v4 = host("192.0.2.10", 0x10), big4 = host("192.0.2.11", 0x10), v6 = host("2001:db8::10", 0x10), router = host("fe80::1", 0x10);
  big4->mtu = 20;
  v6->mtu = 40;
  router->ra = FakeHost::Advertisement{};
  for (const auto& one : {v4, big4, v6, router}) REQUIRE(answers.hosts().add(one));
  std::vector<std::vector<std::uint8_t>> seeds{arp_for(10)};
  const std::vector<std::uint8_t> echo{2, 0, 0, 0, 0, 0x10, 2, 0, 0, 0, 0, 0xaa, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 10,
                                       8, 0, 0, 0, 0, 0, 0, 0};
  seeds.push_back(echo);
  seeds.push_back(echo);  // to the host that takes no packet, not to be fragmented
  seeds.back()[33] = 11;
  seeds.back()[20] = 0x40;
  for (const std::uint8_t flags : {std::uint8_t{0x20}, std::uint8_t{0}}) {  // the first and the last of two fragments
    seeds.push_back(echo);
    seeds.back()[20] = flags;
    seeds.back()[21] = flags == 0 ? 1 : 0;
  }
  seeds.push_back(ipv6_to("ff02::1:ff00:10", 0x33, 58, 255, 32));
  seeds.back().insert(seeds.back().end(), {135, 0, 0, 0, 0, 0, 0, 0});
  seeds.back().insert(seeds.back().end(), v6->first.storage.begin(), v6->first.storage.begin() + 16);
  seeds.back().insert(seeds.back().end(), {1, 1, 2, 0, 0, 0, 0, 0xaa});
  seeds.push_back(ipv6_to("ff02::2", 0x33, 58, 255, 16));
  seeds.back().insert(seeds.back().end(), {133, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 0, 0, 0xaa});
  seeds.push_back(ipv6_to("2001:db8::10", 2, 58, 64, 8));
  seeds.back().insert(seeds.back().end(), {128, 0, 0, 0, 0, 7, 0, 1});
  seeds.push_back(ipv6_to("fe80::1", 2, 0, 64, 16));  // behind hop-by-hop options
  seeds.back().insert(seeds.back().end(), {58, 0, 1, 4, 0, 0, 0, 0, 128, 0, 0, 0, 0, 7, 0, 1});
  seeds.push_back(ipv6_to("fe80::1", 2, 44, 64, 16));  // a fragment
  seeds.back().insert(seeds.back().end(), {58, 0, 0, 1, 0, 0, 0, 9, 128, 0, 0, 0, 0, 7, 0, 1});
  std::mt19937 random(7);
  FrameList out;
  for (int i = 0; i < 100000; ++i) {
    std::vector<std::uint8_t> frame = seeds[static_cast<std::size_t>(i) % seeds.size()];
    for (unsigned changes = random() % 4; changes > 0; --changes) frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) frame.resize(random() % (frame.size() + 1));
    if (random() % 4 != 0) mend_sums(frame);
    frame.shrink_to_fit();
    answers.answer(frame, (random() & 1) != 0, Nanoseconds(i), out);
    out.clear();
  }
  // It was more than the first checks that saw them.
  CHECK(v4->counters.resolutions > 0);
  CHECK(v4->counters.echoes > 0);
  CHECK(big4->counters.errors > 0);
  CHECK(v6->counters.resolutions > 0);
  CHECK(v6->counters.errors > 0);
  CHECK(router->counters.advertisements > 0);
  answers.answer(arp_for(10), false, Nanoseconds(0), out);
  CHECK(out.frames().size() == 1);
}

TEST_CASE("fragments of more than a datagram can be are not put together") {
  FakeAnswers answers(1500, [](std::string) {});
  const auto v4 = host("192.0.2.10", 0x10);
  REQUIRE(answers.hosts().add(v4));
  FrameList out;
  // By the last fragment, a packet of 36 bytes, of a datagram. Its place in it counts in 8 bytes.
  const auto malformed_with = [&](std::uint8_t id, std::uint8_t place_low) {
    std::vector<std::uint8_t> last{2, 0, 0, 0, 0, 0x10, 2, 0, 0, 0, 0, 0xaa, 8, 0, 0x45, 0, 0, 36, 0, id, 0x1f, place_low, 64, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 10};
    last.resize(14 + 36);
    mend_sums(last);
    answers.answer(last, false, Nanoseconds(0), out);
    return answers.counters().malformed;
  };
  CHECK(malformed_with(1, 0xfb) == 0);  // 8187 * 8 + 36 bytes
  CHECK(malformed_with(2, 0xfd) == 1);  // 8189 * 8 + 36 bytes
}
