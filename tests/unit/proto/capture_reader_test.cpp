#include "proto/capture_reader.h"

#include <catch2/catch.hpp>
#include <zlib.h>

#include <string>

#include "proto/capture_files.h"

using namespace proto;
using namespace proto_test;
using Step = CaptureReader::Step;

namespace {

struct Seen {
  std::int64_t time_ns;
  LinkType link;
  Direction direction;
  std::uint32_t interface;
  std::uint32_t original_length;
  std::string data, comment;
  std::uint64_t offset, number;
  bool operator==(const Seen&) const = default;
};

struct Outcome {
  std::vector<Seen> records;
  std::vector<std::string> lines;
  std::vector<std::string> bad;
  std::string error;
  CaptureFormat format = CaptureFormat::unknown;
  std::vector<Interface> interfaces;
};

Outcome read_all(const std::string& file, std::size_t chunk, CaptureFormat otherwise = CaptureFormat::unknown) {
  CaptureReader reader(otherwise);
  Outcome outcome;
  Bytes rest(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  std::vector<std::uint8_t> fed;  // a copy of its own, so that views that live too long are seen by the sanitizer
  for (;;) {
    const Step step = reader.next();
    if (step == Step::need_more) {
      if (rest.empty()) {
        reader.finish();
        continue;
      }
      const auto now = rest.first(std::min(chunk, rest.size()));
      std::vector<std::uint8_t> next(now.begin(), now.end());
      fed.swap(next);
      reader.feed(fed);
      rest = rest.subspan(now.size());
      continue;
    }
    if (step == Step::record && reader.format() == CaptureFormat::jsonl) outcome.lines.emplace_back(reader.line());
    if (step == Step::record) {
      const Record& r = reader.record();
      outcome.records.push_back({r.time_ns, r.link, r.direction, r.interface, r.original_length,
                                 std::string(r.data.begin(), r.data.end()), std::string(r.comment),
                                 reader.position().offset, reader.position().number});
    } else if (step == Step::bad) {
      outcome.bad.push_back(reader.error().what);
    } else {
      if (step == Step::error) {
        outcome.error = reader.error().what;
        CHECK(reader.next() == Step::error);
      }
      if (step == Step::end) CHECK(reader.next() == Step::end);
      outcome.format = reader.format();
      outcome.interfaces.assign(reader.interfaces().begin(), reader.interfaces().end());
      return outcome;
    }
  }
}

const std::size_t chunks[] = {1, 3, 17, 100, 1 << 20};

// The same whatever the chunks: the outcome of the whole file in one piece.
Outcome read_every_way(const std::string& file, CaptureFormat otherwise = CaptureFormat::unknown) {
  const Outcome whole = read_all(file, file.size() + 1, otherwise);
  for (const auto chunk : chunks) {
    const Outcome now = read_all(file, chunk, otherwise);
    CHECK(now.records == whole.records);
    CHECK(now.lines == whole.lines);
    CHECK(now.bad == whole.bad);
    CHECK(now.error == whole.error);
  }
  return whole;
}

std::string gzip(const std::string& plain) {
  z_stream stream = {};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(plain.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

TEST_CASE("pcap is read in both byte orders and both time units") {
  const bool big = GENERATE(false, true);
  const bool ns = GENERATE(false, true);
  Words w(big);
  const std::string file = pcap_header(w, ns, 1) + pcap_record(w, 1700000000, 123456, "hello", 60) + pcap_record(w, 4294967295u, 1, "", 0);
  const Outcome outcome = read_every_way(file);
  CHECK(outcome.error.empty());
  CHECK(outcome.format == CaptureFormat::pcap);
  REQUIRE(outcome.records.size() == 2);
  CHECK(outcome.records[0] == Seen{1700000000'000000000 + (ns ? 123456 : 123456000), LinkType::ethernet,
                                   Direction::unknown, 0, 60, "hello", "", 24, 1});
  CHECK(outcome.records[1].time_ns == 4294967295'000000000 + (ns ? 1 : 1000));
  CHECK(outcome.records[1].offset == 24 + 16 + 5);
  CHECK(outcome.interfaces.at(0).snaplen == 65535);
}

TEST_CASE("the link type of a pcap is told, without the bits of the frame check sequence") {
  Words w;
  for (const std::uint32_t link : {0u, 1u, 101u, 108u, 113u, 228u, 229u, 276u, 147u}) {
    const std::string file = pcap_header(w, false, link | 0x54000000) + pcap_record(w, 0, 0, "x", 1);
    CHECK(read_all(file, 99).records.at(0).link == static_cast<LinkType>(link));
  }
  CHECK(read_all(pcap_header(w, false, 12) + pcap_record(w, 0, 0, "x", 1), 99).records.at(0).link == LinkType::raw_ip);
}

TEST_CASE("a broken pcap gives its records, then says where and why it ends") {
  Words w;
  const std::string good = pcap_header(w, false, 1) + pcap_record(w, 1, 2, "hello", 5);
  CHECK(read_every_way(good + pcap_record(w, 1, 2, "world", 5).substr(0, 19)).error ==
        "record 2 at offset 45: the file ends after 19 of 21 bytes");
  CHECK(read_every_way(good + "abc").error == "record 2 at offset 45: the file ends after 3 of 16 bytes");
  CHECK(read_every_way(good + w.u32(0) + w.u32(0) + w.u32(4000000000u) + w.u32(60)).error ==
        "record 2 at offset 45: captured length 4000000000 is over the limit of 1048576 bytes");
  CHECK(read_every_way(good + "abc").records.size() == 1);
  CHECK(read_every_way(good.substr(0, 10)).error == "the file ends after 10 of 24 bytes");
  CHECK(read_every_way(w.u32(0xa1b2c3d4) + w.u16(3) + w.u16(0) + std::string(16, '\0')).error == "pcap version 3.0 is not known");
}

TEST_CASE("what is no capture is refused by its first bytes") {
  CHECK(read_every_way("MZ\x90 and so on").error == "not a capture file: it starts with the bytes 4d 5a 90 20");
  CHECK(read_every_way("M").error == "not a capture file: it starts with the bytes 4d");
  const Outcome empty = read_every_way("");
  CHECK(empty.error.empty());
  CHECK(empty.format == CaptureFormat::unknown);
}

TEST_CASE("pcapng: sections of both byte orders, several interfaces, directions, comments, blocks of no interest") {
  Words le(false), be(true);
  std::string file = section(le);
  file += interface_block(le, 1, 0, option(le, 2, "eth0") + option(le, 9, "\x09") + option(le, 11, std::string("\0tcp", 4)));
  file += block(le, 4, "name resolution ");
  file += interface_block(le, 101, 0, option(le, 2, "tun0"));
  file += packet_block(le, 0, 1700000000123456789, "first", 5, option(le, 2, le.u32(1)) + option(le, 1, "hello"));
  file += packet_block(le, 1, 1700000000123456, "second!!", 100, option(le, 2, le.u32(2)) + option(le, 0, ""));
  file += block(le, 0xbad, le.u32(32473) + "custom block");
  file += block(le, 5, le.u32(1) + le.u64(0) + option(le, 4, le.u64(77)) + option(le, 5, le.u64(3)));
  file += section(be);
  file += interface_block(be, 113, 4, "");
  file += block(be, 3, be.u32(6) + "simp");                                                        // simple packet
  file += block(be, 2, be.u16(0) + be.u16(9) + be.u64_split(1000001) + be.u32(3) + be.u32(3) + "old" + std::string(1, '\0') +
                           option(be, 2, be.u32(2)) + option(be, 1, "one") + option(be, 1, "two"));  // obsolete packet
  const Outcome outcome = read_every_way(file);
  CHECK(outcome.error.empty());
  CHECK(outcome.format == CaptureFormat::pcapng);
  REQUIRE(outcome.records.size() == 4);
  const auto strip = [](Seen seen) {
    seen.offset = 0;
    return seen;
  };
  CHECK(strip(outcome.records[0]) == Seen{1700000000123456789, LinkType::ethernet, Direction::rx, 0, 5, "first", "hello", 0, 1});
  CHECK(strip(outcome.records[1]) == Seen{1700000000123456000, LinkType::raw_ip, Direction::tx, 1, 100, "second!!", "", 0, 2});
  CHECK(strip(outcome.records[2]) == Seen{0, LinkType::linux_sll, Direction::unknown, 2, 6, "simp", "", 0, 3});
  CHECK(strip(outcome.records[3]) == Seen{1000001000, LinkType::linux_sll, Direction::tx, 2, 3, "old", "one\ntwo", 0, 4});
  REQUIRE(outcome.interfaces.size() == 3);
  CHECK(outcome.interfaces[0].name == "eth0");
  CHECK(outcome.interfaces[0].filter == "tcp");
  CHECK(outcome.interfaces[1].name == "tun0");
  CHECK(outcome.interfaces[1].received == 77u);
  CHECK(outcome.interfaces[1].dropped == 3u);
}

TEST_CASE("pcapng times: any resolution and offset, and none where 64 bits of nanoseconds end") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(PcapngClock().to_ns(1) == 1000);
  CHECK(PcapngClock(0, 0).to_ns(5) == 5'000'000'000);
  CHECK(PcapngClock(3, 0).to_ns(5) == 5'000'000);
  CHECK(PcapngClock(9, 0).to_ns(1700000000123456789) == 1700000000123456789);
  CHECK(PcapngClock(12, 0).to_ns(1'234'567'890'123) == 1'234'567'890);
  CHECK(PcapngClock(19, 0).to_ns(~0ull) == 1'844'674'407);
  CHECK(PcapngClock(28, 0).to_ns(~0ull) == 1);
  CHECK(PcapngClock(29, 0).to_ns(~0ull) == 0);
  CHECK(PcapngClock(127, 0).to_ns(~0ull) == 0);
  CHECK(PcapngClock(0x80, 0).to_ns(3) == 3'000'000'000);
  CHECK(PcapngClock(0x80 | 10, 0).to_ns(1536) == 1'500'000'000);
  CHECK(PcapngClock(0x80 | 32, 0).to_ns((1700000000ull << 32) | (1u << 31)) == 1700000000'500000000);
  CHECK(PcapngClock(0xff, 0).to_ns(~0ull) == 0);
  CHECK(PcapngClock(6, 0).to_ns(most / 1000) == most - most % 1000);
  CHECK(!PcapngClock(6, 0).to_ns(most / 1000 + 1));
  CHECK(!PcapngClock(0, 0).to_ns(~0ull));
  CHECK(PcapngClock(0, -9'000'000'000).to_ns(9'000'000'001) == 1'000'000'000);
  CHECK(PcapngClock(6, 1000).to_ns(5) == 1000'000'005'000);
  CHECK(PcapngClock(6, -1).to_ns(0) == -1'000'000'000);
  CHECK(!PcapngClock(6, most).to_ns(0));
  CHECK(!PcapngClock(6, -most).to_ns(~0ull));
}

TEST_CASE("a pcapng record whose time cannot be told is named and left out, and the next one is read") {
  Words w;
  const auto packet = [&](std::uint64_t time, const std::string& data) { return packet_block(w, 0, time, data, 4, ""); };
  const std::string head = section(w) + interface_block(w, 1, 0, "") + packet(1, "abcd");
  const std::string file = head + packet(~0ull, "efgh") + packet(2, "ijkl");
  CaptureReader reader = CaptureReader::over({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
  CHECK(reader.next() == Step::record);
  REQUIRE(reader.next() == Step::bad);
  CHECK(reader.error().what == "record 2 at offset " + std::to_string(head.size()) + ": its time is not within what can be told, 1677 to 2262");
  REQUIRE(reader.next() == Step::record);
  CHECK(reader.position().number == 3);
  CHECK(reader.record().time_ns == 2000);
  CHECK(reader.next() == Step::end);
}

TEST_CASE("a broken pcapng names the record, the block's offset and the fault") {
  Words w;
  const std::string good = section(w) + interface_block(w, 1, 0, "") + packet_block(w, 0, 1, "abcd", 4, "");
  const std::string at = "record 2 at offset " + std::to_string(good.size()) + ": ";
  const auto error = [&](const std::string& more) {
    const Outcome outcome = read_every_way(good + more);
    CHECK(outcome.records.size() == 1);
    return outcome.error;
  };
  CHECK(error(packet_block(w, 0, 1, "abcd", 4, "").substr(0, 30)) == at + "the file ends after 30 of 36 bytes");
  CHECK(error(block(w, 77, std::string(100, 'x')).substr(0, 60)) == at + "the file ends after 60 of 112 bytes");
  CHECK(error(w.u32(6) + w.u32(3)) == at + "block of type 0x6 with impossible length 3");
  CHECK(error(w.u32(6) + w.u32(28)) == at + "block of type 6 with impossible length 28");
  CHECK(error(w.u32(6) + w.u32(0x10000000)) == at + "block length 268435456 is over the limit of 2097152 bytes");
  CHECK(error(packet_block(w, 1, 1, "abcd", 4, "")) == at + "packet of interface 1, but 1 described");
  CHECK(error(block(w, 6, w.u32(0) + w.u64(0) + w.u32(400) + w.u32(400) + "abcd")) ==
        at + "captured length 400 in a block with room for 4 bytes");
  std::string differs = packet_block(w, 0, 1, "abcd", 4, "");
  differs[differs.size() - 4] = 1;
  CHECK(error(differs) == at + "block length is 36 in front and 1 behind");
  CHECK(error(packet_block(w, 0, 1, "abcd", 4, w.u16(1) + w.u16(200) + "text")) == at + "option 1 of 200 bytes runs past its block");
  CHECK(error(w.u32(0x0a0d0d0a) + w.u32(28) + "XXXX" + std::string(16, '\0')) ==
        at + "section header with bad byte-order magic 0x58585858");
  CHECK(error(w.u32(0x0a0d0d0a) + w.u32(28) + w.u32(0x1a2b3c4d) + w.u16(2) + w.u16(0) + std::string(12, '\0')) ==
        at + "pcapng version 2.0 is not known");
}

TEST_CASE("a block of no interest may be longer than memory should be") {
  Words w;
  const std::string file = section(w) + block(w, 77, std::string(9 << 20, 'x')) + interface_block(w, 1, 0, "") + packet_block(w, 0, 1, "abcd", 4, "");
  CHECK(read_all(file, 65536).records.size() == 1);
}

namespace {

std::string hex_line(int time, const std::string& hex) { return R"({"timestamp_us":)" + std::to_string(time) + R"(,"data":")" + hex + "\"}"; }

}  // namespace

TEST_CASE("JSONL: lines with their numbers, blank ones left out, any line end") {
  const std::string a = hex_line(1, "0a"), b = hex_line(2, "0b"), c = hex_line(3, "0c");
  const std::string file = "\xef\xbb\xbf\n  \r\n" + a + "\r\n\n" + b + "\n \t\n" + c;
  const Outcome outcome = read_every_way(file);
  CHECK(outcome.error.empty());
  CHECK(outcome.format == CaptureFormat::jsonl);
  CHECK(outcome.lines == std::vector<std::string>{a, b, c});
  REQUIRE(outcome.records.size() == 3);
  CHECK(outcome.records[0].number == 3);
  CHECK(outcome.records[1].number == 5);
  CHECK(outcome.records[2].number == 7);
  CHECK(outcome.records[2].data == "\x0c");
  CHECK(outcome.records[2].time_ns == 3000);
}

TEST_CASE("JSONL: layers and hex become packets; bad lines are named and the next one is read") {
  const std::string file = R"({"timestamp_us":5,"direction":"tx","layers":[{"layertype":"ether","dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","etype":35020},{"layertype":"raw","data":[2,7]}]}
{"timestamp_us":6,"layers":[{"layertype":"nothing"}]}
{"timestamp_us":7
no json
{"layers":[{"layertype":"raw","data":[1]}]}
{"timestamp_us":10000000000000000,"layers":[]}
{"timestamp_us":8,"data":"0102"}
)";
  const Outcome outcome = read_every_way(file);
  CHECK(outcome.error.empty());
  REQUIRE(outcome.records.size() == 3);
  CHECK(outcome.records[0].direction == Direction::tx);
  CHECK(outcome.records[0].link == LinkType::ethernet);
  CHECK(outcome.records[0].data.size() == 16);
  CHECK(outcome.records[1].time_ns == 0);
  CHECK(outcome.records[2].data == "\x01\x02");
  REQUIRE(outcome.bad.size() == 4);
  CHECK(outcome.bad[0].starts_with("line 2: "));
  CHECK(outcome.bad[1].starts_with("line 3: "));
  CHECK(outcome.bad[2].starts_with("line 4: "));
  CHECK(outcome.bad[3] == "line 6: timestamp_us: beyond the year 2262");
}

TEST_CASE("JSONL: hex in front takes the link type of the layers behind it") {
  const std::string ip = R"({"timestamp_us":1,"layers":[{"layertype":"Ip","proto":253}]})";
  const Outcome outcome = read_all(hex_line(1, "00010203") + "\n" + ip + "\n" + hex_line(1, "00") + "\n", 1 << 20);
  REQUIRE(outcome.records.size() == 3);
  for (const Seen& seen : outcome.records) CHECK(seen.link == LinkType::raw_ip);
  CHECK(read_all(hex_line(1, "00010203"), 9).records.at(0).link == LinkType::ethernet);
}

TEST_CASE("JSONL: the link type ahead is found behind blanks and behind layers that tell none, and a guess is kept") {
  const std::string udp = R"({"layers":[{"layertype":"Udp","sport":1,"dport":2}]})";
  const std::string ip = R"({"layers" : [{ "layertype" : "Ipv6" , "nh":59}]})";
  const Outcome outcome = read_all(hex_line(1, "00010203") + "\n" + udp + "\n" + ip + "\n" + udp + "\n", 1 << 20);
  REQUIRE(outcome.records.size() == 4);
  for (const Seen& seen : outcome.records) CHECK(seen.link == LinkType::raw_ip);
  // In small pieces nothing is ahead.
  const Outcome pieces = read_all(hex_line(1, "00010203") + "\n" + udp + "\n" + ip + "\n" + udp + "\n", 9);
  REQUIRE(pieces.records.size() == 4);
  CHECK(pieces.records[1].link == LinkType::ethernet);
  CHECK(pieces.records[3].link == LinkType::raw_ip);
}

TEST_CASE("text that does not look like JSON is taken as lines only where lines are due") {
  const Outcome outcome = read_every_way("hello\n" + hex_line(1, "00") + "\n", CaptureFormat::jsonl);
  CHECK(outcome.records.size() == 1);
  CHECK(outcome.bad.size() == 1);
  CHECK(read_every_way("hello\n{}\n").error == "not a capture file: it starts with the bytes 68 65 6c 6c");
}

TEST_CASE("a line over the limit is a bad line, and the next one is read") {
  const std::string line = hex_line(1, "00");
  const std::string file = line + "\n{" + std::string(largest_line_bytes, ' ') + "}\n" + line + "\n";
  for (const std::size_t chunk : {65536ul, 1ul << 20, 1ul << 26}) {
    const Outcome outcome = read_all(file, chunk);
    CHECK(outcome.bad == std::vector<std::string>{"line 2: longer than 5242880 bytes"});
    CHECK(outcome.lines == std::vector<std::string>{line, line});
  }
}

TEST_CASE("packed captures are read, and a cut one gives what can be had before the message") {
  Words w;
  std::string file = pcap_header(w, false, 1);
  for (int i = 0; i < 200; ++i) file += pcap_record(w, 1, 2, std::string(static_cast<std::size_t>(i), 'x'), 500);
  const std::string packed = gzip(file);
  const Outcome outcome = read_every_way(packed);
  CHECK(outcome.error.empty());
  CHECK(outcome.records.size() == 200);
  const Outcome cut = read_every_way(packed.substr(0, packed.size() - 9));
  CHECK(cut.error.find("gzip: the data ends too early") != std::string::npos);
  CHECK(cut.records.size() > 100);
  CHECK(read_every_way(gzip(hex_line(1, "00"))).lines.size() == 1);
  CHECK(read_every_way(gzip("")).error.empty());
  CHECK(read_every_way(gzip("")).format == CaptureFormat::unknown);
}

TEST_CASE("a record is found again by its position, also in an earlier section") {
  Words le(false), be(true);
  std::string file = section(le) + interface_block(le, 1, 0, "") + packet_block(le, 0, 1, "one", 3, "");
  file += interface_block(le, 101, 0, option(le, 9, "\x09")) + packet_block(le, 1, 2, "two", 3, "");
  file += section(be) + interface_block(be, 113, 0, "") + packet_block(be, 0, 3, "three", 5, "");
  const Bytes all(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  CaptureReader reader = CaptureReader::over(all);
  std::vector<CaptureReader::Position> places;
  while (reader.next() == Step::record) places.push_back(reader.position());
  REQUIRE(places.size() == 3);
  const LinkType links[] = {LinkType::ethernet, LinkType::raw_ip, LinkType::linux_sll};
  const std::int64_t times[] = {1000, 2, 3000};
  for (const std::size_t i : {2, 0, 1, 0}) {
    reader.seek(places[i]);
    reader.feed(all.subspan(places[i].offset));
    reader.finish();
    for (std::size_t k = i; k < 3; ++k) {  // from there on to the end, over descriptions that are known
      REQUIRE(reader.next() == Step::record);
      CHECK(reader.record().link == links[k]);
      CHECK(reader.record().time_ns == times[k]);
      CHECK(reader.position().offset == places[k].offset);
      CHECK(reader.position().number == k + 1);
    }
    CHECK(reader.next() == Step::end);
    CHECK(reader.interfaces().size() == 3);
  }
}
