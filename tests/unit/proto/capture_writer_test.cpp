#include "proto/capture_writer.h"

#include <catch2/catch.hpp>
#include <pcap/pcap.h>

#include <string>

#include "proto/capture_reader.h"

using namespace proto;
using Step = CaptureReader::Step;

namespace {

Record record(std::int64_t time_ns, const std::string& data, LinkType link = LinkType::ethernet) {
  Record made;
  made.time_ns = time_ns;
  made.link = link;
  made.data = {reinterpret_cast<const std::uint8_t*>(data.data()), data.size()};
  made.original_length = static_cast<std::uint32_t>(data.size());
  return made;
}

Bytes bytes(const Text& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct Libpcap {
  pcap_t* handle;
  explicit Libpcap(Text& file) {
    char error[PCAP_ERRBUF_SIZE] = "";
    handle = pcap_fopen_offline_with_tstamp_precision(fmemopen(file.data(), file.size(), "r"), PCAP_TSTAMP_PRECISION_NANO, error);
    INFO(error);
    REQUIRE(handle);
  }
  ~Libpcap() { pcap_close(handle); }
};

const std::string frame(60, 'f');

}  // namespace

TEST_CASE("libpcap reads what is written: bytes, times, lengths, link type") {
  const auto format = GENERATE(CaptureFormat::pcap, CaptureFormat::pcapng);
  const bool ns = GENERATE(false, true);
  const auto link = GENERATE(LinkType::ethernet, LinkType::raw_ip, LinkType::linux_sll2);
  CaptureWriter writer({.format = format, .nanoseconds = ns});
  Text file;
  for (std::uint32_t i = 0; i < 70; ++i) {
    const std::string data(i, static_cast<char>('a' + i % 26));
    Record one = record(1700000000'123456789 + i, data, link);
    one.original_length = i * 2;
    one.direction = static_cast<Direction>(i % 3);
    one.comment = i % 5 == 0 ? std::string_view("a comment") : "";
    REQUIRE(writer.append(file, one));
  }
  writer.finish(file);
  Libpcap peer(file);
  CHECK(pcap_datalink(peer.handle) == (link == LinkType::raw_ip ? DLT_RAW : static_cast<int>(link)));
  CHECK(pcap_snapshot(peer.handle) == (format == CaptureFormat::pcap ? 65535 : 262144));
  for (std::uint32_t i = 0; i < 70; ++i) {
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    REQUIRE(pcap_next_ex(peer.handle, &header, &data) == 1);
    CHECK(header->caplen == i);
    CHECK(header->len == i * 2);
    CHECK(std::string(data, data + i) == std::string(i, static_cast<char>('a' + i % 26)));
    CHECK(header->ts.tv_sec == 1700000000);
    const bool exact = ns || format == CaptureFormat::pcapng;
    CHECK(header->ts.tv_usec == (exact ? 123456789 + static_cast<int>(i) : 123456000));
  }
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  CHECK(pcap_next_ex(peer.handle, &header, &data) == PCAP_ERROR_BREAK);
}

TEST_CASE("a capture without packets is a whole file") {
  const auto format = GENERATE(CaptureFormat::pcap, CaptureFormat::pcapng);
  CaptureWriter writer({.format = format, .snaplen = 96});
  writer.describe(0, {.link = LinkType::raw_ip, .snaplen = 96, .name = "tun0", .filter = "", .received = {}, .dropped = {}});
  Text file;
  writer.finish(file);
  Libpcap peer(file);
  CHECK(pcap_datalink(peer.handle) == DLT_RAW);
  CHECK(pcap_snapshot(peer.handle) == 96);
  CaptureReader reader = CaptureReader::over(bytes(file));
  CHECK(reader.next() == Step::end);
  CHECK(reader.format() == format);
  CHECK(reader.interfaces().size() == 1);
}

TEST_CASE("a pcapng keeps interfaces, directions, comments, drop counts and mixed link types") {
  CaptureWriter writer({.format = CaptureFormat::pcapng});
  writer.describe(0, {.link = LinkType::ethernet, .snaplen = 0, .name = "eth0", .filter = "tcp port 80", .received = {}, .dropped = {}});
  writer.describe(7, {.link = LinkType::raw_ip, .snaplen = 1500, .name = "tun0", .filter = "", .received = {}, .dropped = {}});
  Text file;
  writer.start(file);
  Record one = record(1, frame);
  one.direction = Direction::tx;
  one.comment = "first";
  REQUIRE(writer.append(file, one));
  Record two = record(2, frame, LinkType::raw_ip);
  two.interface = 7;
  const std::string long_comment(200'000, 'c');
  two.comment = long_comment;
  REQUIRE(writer.append(file, two));
  REQUIRE(writer.append(file, record(3, frame, LinkType::linux_sll)));  // nothing was told of this one
  REQUIRE(writer.append(file, one));
  writer.count(7, 100, 5);
  writer.finish(file);

  CaptureReader reader = CaptureReader::over(bytes(file));
  REQUIRE(reader.next() == Step::record);
  CHECK(reader.record().direction == Direction::tx);
  CHECK(reader.record().comment == "first");
  CHECK(reader.record().interface == 0);
  REQUIRE(reader.next() == Step::record);
  CHECK(reader.record().link == LinkType::raw_ip);
  CHECK(reader.record().direction == Direction::unknown);
  CHECK(reader.record().interface == 1);
  CHECK(reader.record().comment.size() == 200'003);  // in four pieces
  REQUIRE(reader.next() == Step::record);
  CHECK(reader.record().link == LinkType::linux_sll);
  REQUIRE(reader.next() == Step::record);
  CHECK(reader.record().interface == 0);
  CHECK(reader.next() == Step::end);
  REQUIRE(reader.interfaces().size() == 3);
  CHECK(reader.interfaces()[0].name == "eth0");
  CHECK(reader.interfaces()[0].filter == "tcp port 80");
  CHECK(reader.interfaces()[0].snaplen == 0);
  CHECK(reader.interfaces()[1].name == "tun0");
  CHECK(reader.interfaces()[1].snaplen == 1500);
  CHECK(reader.interfaces()[1].received == 100u);
  CHECK(reader.interfaces()[1].dropped == 5u);
  CHECK_FALSE(reader.interfaces()[0].dropped);
}

TEST_CASE("what a format cannot hold is an error that leaves the file as it was") {
  Text file;
  CaptureWriter pcap({.format = CaptureFormat::pcap});
  REQUIRE(pcap.append(file, record(0, frame)));
  const std::size_t size = file.size();
  CHECK(pcap.append(file, record(0, frame, LinkType::raw_ip)).error().what ==
        "link type 101 in a pcap file of link type 1; a pcapng file can hold both");
  CHECK(pcap.append(file, record(-1, frame)).error().what == "its time is not within what a pcap file can hold, 1970 to 2106");
  CHECK_FALSE(pcap.append(file, record(4294967296'000000000, frame)));
  const std::string largest(largest_written_bytes, 'x'), huge(largest_written_bytes + 1, 'x');
  CHECK(pcap.append(file, record(0, huge)).error().what == "262145 bytes are over the limit of 262144 for a packet");
  CHECK(file.size() == size);
  CHECK(pcap.append(file, record(4294967295'999999999, frame)));
  CaptureWriter pcapng({.format = CaptureFormat::pcapng});
  CHECK_FALSE(pcapng.append(file, record(-1, frame)));
  CHECK_FALSE(pcapng.append(file, record(0, huge)));
  CHECK(pcapng.append(file, record(0, largest)));
  CHECK_FALSE(pcapng.append(file, record(0, frame, static_cast<LinkType>(70000))));
  CaptureWriter jsonl({.format = CaptureFormat::jsonl});
  file.clear();
  CHECK(jsonl.append(file, record(-1, frame)).error().what == "its time is before 1970, which a line cannot tell");
  CHECK(file.empty());
}

TEST_CASE("a packet longer than the head says is read whole when the head is mended") {
  CaptureWriter writer({.format = CaptureFormat::pcap});
  Text file;
  REQUIRE(writer.append(file, record(0, std::string(65535, 'a'))));
  CHECK_FALSE(writer.late_head());
  const std::string giant(65549, 'b');  // 64 KiB of TCP segments that the kernel has put together, and their headers
  REQUIRE(writer.append(file, record(1, giant)));
  writer.finish(file);
  const auto head = writer.late_head();
  REQUIRE(head);
  std::memcpy(file.data() + head->offset, head->bytes.data(), head->bytes.size());
  Libpcap peer(file);
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  REQUIRE(pcap_next_ex(peer.handle, &header, &data) == 1);
  REQUIRE(pcap_next_ex(peer.handle, &header, &data) == 1);
  CHECK(header->caplen == giant.size());
}

TEST_CASE("JSONL is written and read back: time to the microsecond, direction, bytes") {
  CaptureWriter writer({.format = CaptureFormat::jsonl});
  Text file;
  Record one = record(1700000000'123456789, frame);
  one.direction = Direction::tx;
  REQUIRE(writer.append(file, one));
  REQUIRE(writer.append(file, record(5000, "short")));
  writer.finish(file);
  CaptureReader reader = CaptureReader::over(bytes(file));
  REQUIRE(reader.next() == Step::record);
  CHECK(reader.format() == CaptureFormat::jsonl);
  CHECK(reader.record().time_ns == 1700000000'123456000);
  CHECK(reader.record().direction == Direction::tx);
  CHECK(std::string(reader.record().data.begin(), reader.record().data.end()) == frame);
  CHECK(reader.timed());
  REQUIRE(reader.next() == Step::record);
  CHECK(std::string(reader.record().data.begin(), reader.record().data.end()) == "short");
  CHECK(reader.next() == Step::end);
}
