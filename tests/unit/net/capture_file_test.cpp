#include <catch2/catch.hpp>

#include "net/capture.h"
#include "proto/capture_writer.h"

using proto::CaptureFormat;

TEST_CASE("the whole records at the start of a piece, wherever it was cut") {
  const auto format = GENERATE(CaptureFormat::pcap, CaptureFormat::pcapng);
  proto::CaptureWriter::Options options;
  options.format = format;
  proto::CaptureWriter writer(options);
  proto::Text text;
  writer.start(text);
  std::vector<std::size_t> ends{text.size()};
  const std::vector<std::uint8_t> bytes(70, 7);
  for (std::size_t length = 0; length < bytes.size(); length += 13) {
    proto::Record record;
    record.data = proto::Bytes(bytes).first(length);
    record.original_length = static_cast<std::uint32_t>(length);
    REQUIRE(writer.append(text, record));
    ends.push_back(text.size());
  }
  for (std::size_t cut = ends.front(); cut <= text.size(); ++cut) {
    std::size_t expected = 0;
    for (const std::size_t end : ends)
      if (end <= cut) expected = end;
    // A pcapng interface block may stand between the head and the first packet.
    const std::size_t found = net::whole_records(format, text.view().substr(0, cut), true);
    CHECK(found <= cut);
    CHECK(found >= expected);
    if (format == CaptureFormat::pcap) CHECK(found == expected);
  }
  const std::string_view later = text.view().substr(ends[1]);
  CHECK(net::whole_records(format, later, false) == later.size());
  CHECK(net::whole_records(format, later.substr(0, later.size() - 1), false) == ends[ends.size() - 2] - ends[1]);
}

TEST_CASE("the whole lines of a piece") {
  CHECK(net::whole_records(CaptureFormat::jsonl, "{\"a\":1}\n{\"b\":2}\n{\"c", false) == 16);
  CHECK(net::whole_records(CaptureFormat::jsonl, "{\"a\"", false) == 0);
  CHECK(net::whole_records(CaptureFormat::jsonl, "", false) == 0);
}

TEST_CASE("the names of rotated files") {
  CHECK(net::rotated_path("/tmp/a.pcap", 0) == "/tmp/a.pcap");
  CHECK(net::rotated_path("/tmp/a.pcap", 1) == "/tmp/a.1.pcap");
  CHECK(net::rotated_path("/tmp/b.d/a", 12) == "/tmp/b.d/a.12");
  CHECK(net::rotated_path(".hidden", 1) == ".hidden.1");
  CHECK(net::rotated_path("/tmp/.hidden", 1) == "/tmp/.hidden.1");
}
