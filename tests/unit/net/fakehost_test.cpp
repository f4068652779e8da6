#include <catch2/catch.hpp>

#include "net/fakehost_answer.h"

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
  const auto v4 = host("192.0.2.10", 0x10), v6 = host("2001:db8::10", 0x10);
  v4->mtu = 100;
  v6->ttl_exceeded = true;
  REQUIRE(answers.hosts().add(v4));
  REQUIRE(answers.hosts().add(v6));
  std::vector<std::vector<std::uint8_t>> seeds{arp_for(10)};
  seeds.push_back({2, 0, 0, 0, 0, 0x10, 2, 0, 0, 0, 0, 0xaa, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 1, 0xf6, 0xd4, 192, 0, 2, 1, 192, 0, 2, 10,
                   8, 0, 0xf7, 0xff, 0, 0, 0, 0});
  std::vector<std::uint8_t> ns{0x33, 0x33, 0xff, 0, 0, 0x10, 2, 0, 0, 0, 0, 0xaa, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255};
  for (const char* text : {"2001:db8::1", "ff02::1:ff00:10"}) {
    const auto address = parse_address(text);
    ns.insert(ns.end(), address->storage.begin(), address->storage.end());
  }
  ns.insert(ns.end(), {135, 0, 0, 0, 0, 0, 0, 0});
  ns.insert(ns.end(), v6->first.storage.begin(), v6->first.storage.end());
  ns.insert(ns.end(), {1, 1, 2, 0, 0, 0, 0, 0xaa});
  seeds.push_back(ns);
  std::mt19937 random(7);
  FrameList out;
  for (int i = 0; i < 60000; ++i) {
    std::vector<std::uint8_t> frame = seeds[static_cast<std::size_t>(i) % seeds.size()];
    for (unsigned changes = random() % 4; changes > 0; --changes) frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
    frame.resize(random() % (frame.size() + 1));
    frame.shrink_to_fit();
    answers.answer(frame, (random() & 1) != 0, Nanoseconds(i), out);
    out.clear();
  }
  answers.answer(arp_for(10), false, Nanoseconds(0), out);
  CHECK(out.frames().size() == 1);
}
