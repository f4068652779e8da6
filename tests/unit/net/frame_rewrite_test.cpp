#include <catch2/catch.hpp>

#include "net/frame_rewrite.h"
#include "proto/checksum.h"

using namespace net;

namespace {

using Frame = std::vector<std::uint8_t>;

// Ethernet, VLAN tags, IPv4 with options, UDP with a right checksum.
Frame udp4(unsigned tags, bool summed) {
  Frame frame(12, 2);
  for (unsigned i = 0; i < tags; ++i) frame.insert(frame.end(), {0x81, 0x00, 0x00, 0x05});
  frame.insert(frame.end(), {0x08, 0x00});
  const std::size_t ip = frame.size();
  frame.insert(frame.end(), {0x46, 0, 0, 36, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 1, 1, 1, 1});
  const auto sum = proto::internet_checksum(std::span(frame).subspan(ip, 24));
  frame[ip + 10] = static_cast<std::uint8_t>(sum >> 8);
  frame[ip + 11] = static_cast<std::uint8_t>(sum);
  const std::size_t udp = frame.size();
  frame.insert(frame.end(), {0x13, 0x88, 0x13, 0x89, 0, 12, 0, 0, 'a', 'b', 'c', 'd'});
  if (summed) {
    const auto check = proto::Sum().add_pseudo_header4(&frame[ip + 12], &frame[ip + 16], 17, 12).add(std::span(frame).subspan(udp)).checksum();
    frame[udp + 6] = static_cast<std::uint8_t>(check >> 8);
    frame[udp + 7] = static_cast<std::uint8_t>(check);
  }
  return frame;
}

FrameRewrite rules(std::initializer_list<const char*> words) {
  FrameRewrite rewrite;
  for (const char* word : words) REQUIRE(rewrite.add(word));
  return rewrite;
}

}  // namespace

TEST_CASE("addresses change and the checksums stay right, behind any number of tags") {
  const unsigned tags = GENERATE(0U, 1U, 2U);
  const auto rewrite = rules({"smac=02:00:00:00:00:0a", "dmac=02-00-00-00-00-0B", "src=203.0.113.77", "dst=10.255.0.1", "src=2001:db8::1"});
  Frame frame = udp4(tags, true);
  rewrite.apply(frame, proto::LinkType::ethernet);
  const std::size_t ip = 14 + 4 * tags;
  CHECK(Frame(frame.begin(), frame.begin() + 12) == Frame{2, 0, 0, 0, 0, 0x0b, 2, 0, 0, 0, 0, 0x0a});
  CHECK(Frame(&frame[ip + 12], &frame[ip + 20]) == Frame{203, 0, 113, 77, 10, 255, 0, 1});
  CHECK(proto::internet_checksum(std::span(frame).subspan(ip, 24)) == 0);
  CHECK(proto::Sum().add_pseudo_header4(&frame[ip + 12], &frame[ip + 16], 17, 12).add(std::span(frame).subspan(ip + 24)).folded() == 0xffff);
}

TEST_CASE("a UDP checksum of 0 stays 0") {
  Frame frame = udp4(0, false);
  rules({"dst=10.0.0.1"}).apply(frame, proto::LinkType::ethernet);
  CHECK(frame[14 + 24 + 6] == 0);
  CHECK(frame[14 + 24 + 7] == 0);
}

TEST_CASE("a later fragment's payload is left alone") {
  Frame frame = udp4(0, true);
  frame[14 + 7] = 1;  // offset 8
  const Frame before = frame;
  rules({"dst=10.0.0.1"}).apply(frame, proto::LinkType::ethernet);
  CHECK(Frame(frame.begin() + 38, frame.end()) == Frame(before.begin() + 38, before.end()));
}

TEST_CASE("a destination on the way is in no checksum, one at the end of a route is") {
  const unsigned segments_left = GENERATE(0U, 1U);
  std::vector<std::uint8_t> packet{0x60, 0, 0, 0, 0, 32, 43, 64};
  packet.resize(8 + 32, 1);
  packet.insert(packet.end(), {17, 2, 0, static_cast<std::uint8_t>(segments_left), 0, 0, 0, 0});  // routing type 0, one address
  packet.resize(packet.size() + 16, 2);
  packet.insert(packet.end(), {0x13, 0x88, 0x13, 0x89, 0, 8, 0xab, 0xcd});
  const std::size_t sum = packet.size() - 2;
  rules({"dst=2001:db8::7"}).apply(packet, proto::LinkType::raw_ip);
  CHECK(packet[24] == 0x20);
  CHECK(packet[39] == 7);
  CHECK((packet[sum] == 0xab && packet[sum + 1] == 0xcd) == (segments_left == 1));
}

TEST_CASE("a source that is away from home, and a destination on an IPv4 source route, are in no checksum") {
  std::vector<std::uint8_t> away{0x60, 0, 0, 0, 0, 32, 60, 64};
  away.resize(8 + 32, 1);
  away.insert(away.end(), {17, 2, 1, 2, 0, 0, 201, 16});  // padding of 2, home address
  away.resize(away.size() + 16, 2);
  away.insert(away.end(), {0x13, 0x88, 0x13, 0x89, 0, 8, 0xab, 0xcd});
  const Frame sum{0xab, 0xcd};
  rules({"src=2001:db8::7"}).apply(away, proto::LinkType::raw_ip);
  CHECK(Frame(away.end() - 2, away.end()) == sum);
  rules({"dst=2001:db8::7"}).apply(away, proto::LinkType::raw_ip);
  CHECK(Frame(away.end() - 2, away.end()) != sum);

  const std::uint8_t pointer = GENERATE(4, 8);  // 8: the route is used up
  Frame routed{0x47, 0, 0, 36, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 131, 7, pointer, 198, 51, 100, 1, 0};
  routed.insert(routed.end(), {0x13, 0x88, 0x13, 0x89, 0, 8, 0xab, 0xcd});
  const Frame before = routed;
  rules({"dst=10.0.0.1"}).apply(routed, proto::LinkType::raw_ip);
  CHECK((Frame(routed.end() - 2, routed.end()) == sum) == (pointer == 4));
  CHECK(Frame(&routed[10], &routed[12]) != Frame(&before[10], &before[12]));
}

TEST_CASE("no cut of a frame is left by a byte") {
  const auto rewrite = rules({"smac=02:00:00:00:00:0a", "src=203.0.113.77", "dst=10.255.0.1"});
  const Frame whole = udp4(1, true);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    Frame cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    cut.shrink_to_fit();
    rewrite.apply(cut, proto::LinkType::ethernet);
    rewrite.apply(cut, proto::LinkType::raw_ip);
  }
}

TEST_CASE("words that are no rewrite") {
  FrameRewrite rewrite;
  for (const char* word : {"smac=1", "src=1.2.3", "port=7", "src", "=1.2.3.4"}) CHECK_FALSE(rewrite.add(word));
  CHECK(rewrite.empty());
}
