// Records with another packet in them: what a file says of them besides stays byte for byte.
#include <catch2/catch.hpp>

#include "proto/capture_reader.h"
#include "proto/json_object.h"
#include "proto/capture_files.h"

using namespace proto;
using namespace proto_test;

namespace {

Bytes bytes(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct Seen {
  std::uint64_t offset;
  std::string raw;
};

// Reads a whole file, and then rewrites its records with `change`.
std::string rewritten(const std::string& file, void (*change)(Record&), std::string* problem = nullptr) {
  CaptureReader reader = CaptureReader::over(bytes(file));
  std::vector<Seen> seen;
  while (reader.next() == CaptureReader::Step::record)
    seen.push_back({reader.position().offset, file.substr(reader.position().offset, reader.record_size())});
  std::string result;
  std::size_t done = 0;
  for (const Seen& record : seen) {
    auto read = reader.reread(record.offset, bytes(record.raw));
    if (!read) FAIL(read.error().what);
    change(*read);
    Wire out;
    const auto good = reader.rewrite(out, record.offset, bytes(record.raw), *read);
    if (!good && problem != nullptr) *problem = good.error().what;
    result.append(file, done, record.offset - done);
    result.append(reinterpret_cast<const char*>(out.data()), out.size());
    done = record.offset + record.raw.size();
  }
  return result + file.substr(done);
}

void nothing(Record&) {}
void other_data(Record& record) {
  static const std::string data = "longer than before";
  record.data = bytes(data);
  record.original_length = static_cast<std::uint32_t>(data.size());
}
void later(Record& record) { record.time_ns += 1'500'000'000; }
void finer(Record& record) { record.time_ns += 1; }

}  // namespace

TEST_CASE("a pcap record gets another packet in its file's own order and unit") {
  const auto big = GENERATE(false, true);
  const auto ns = GENERATE(false, true);
  const Words w(big);
  const auto file = [&](std::uint32_t seconds, std::uint32_t fraction, const std::string& data, std::uint32_t original) {
    return pcap_header(w, ns, 1) + pcap_record(w, 7, 8, "abc", 3) + pcap_record(w, seconds, fraction, data, original);
  };
  const std::string before = file(1000, 5, "abcdef", 60);
  CHECK(rewritten(before, nothing) == before);
  CHECK(rewritten(before, later) ==
        pcap_header(w, ns, 1) + pcap_record(w, 8, 8 + (ns ? 500'000'000 : 500'000), "abc", 3) + pcap_record(w, 1001, 5 + (ns ? 500'000'000 : 500'000), "abcdef", 60));
  const std::string changed = rewritten(before, other_data);
  CHECK(changed == pcap_header(w, ns, 1) + pcap_record(w, 7, 8, "longer than before", 18) + pcap_record(w, 1000, 5, "longer than before", 18));
  std::string problem;
  (void)rewritten(before, finer, &problem);
  CHECK(problem == (ns ? "" : "its time is given in nanoseconds, and this pcap file holds microseconds"));
}

TEST_CASE("a pcapng block keeps its interface, its comment and its other options") {
  const auto big = GENERATE(false, true);
  const Words w(big);
  const std::string head = section(w) + interface_block(w, 1, 0, option(w, 2, "eth0")) + interface_block(w, 101, 0, option(w, 9, std::string(1, '\x09')));
  const std::string kept = option(w, 1, "why") + option(w, 2, w.u32(2)) + option(w, 4, w.u64(9));
  const std::string end = option(w, 0, "");
  const std::string between = block(w, 0x0bad, "custom");
  const auto file = [&](std::uint64_t us, std::uint64_t ns, const std::string& one, const std::string& two, const std::string& options) {
    return head + packet_block(w, 0, us, one, 60, options) + between + packet_block(w, 1, ns, two, 60, "");
  };
  const std::string hash = option(w, 3, std::string("\x02") + "1234");
  const std::string before = file(1'000'000, 2'000'000'000, "abcde", "fgh", kept + hash + end);
  const std::string same = file(1'000'000, 2'000'000'000, "abcde", "fgh", kept + end);
  CHECK(rewritten(same, nothing) == same);
  CHECK(rewritten(before, later) == file(2'500'000, 3'500'000'000, "abcde", "fgh", kept + end));
  const std::string longer = "longer than before";
  CHECK(rewritten(before, other_data) == head + packet_block(w, 0, 1'000'000, longer, 18, kept + end) + between + packet_block(w, 1, 2'000'000'000, longer, 18, ""));
  std::string problem;
  (void)rewritten(same, finer, &problem);
  CHECK(problem == "its time is not one that the time stamps of its interface can hold");
}

TEST_CASE("a simple block stays one as long as it can hold what it should") {
  const Words w;
  const std::string head = section(w) + interface_block(w, 1, 0, "");
  const std::string before = head + block(w, 3, w.u32(3) + pad("abc"));
  CHECK(rewritten(before, nothing) == before);
  CHECK(rewritten(before, other_data) == head + block(w, 3, w.u32(18) + pad("longer than before")));
  CHECK(rewritten(before, later) == head + packet_block(w, 0, 1'500'000, "abc", 3, ""));
}

TEST_CASE("a simple block has no time of its own, and becomes one that can hold it") {
  const Words w(GENERATE(false, true));
  const std::string simple = block(w, 3, w.u32(3) + pad("abc"));
  const std::string nanoseconds = section(w) + interface_block(w, 1, 0, option(w, 9, std::string(1, '\x09')));
  CHECK(rewritten(nanoseconds + simple, finer) == nanoseconds + packet_block(w, 0, 1, "abc", 3, ""));
  const std::string microseconds = section(w) + interface_block(w, 1, 0, "");
  std::string problem;
  (void)rewritten(microseconds + simple, finer, &problem);
  CHECK(problem == "its time is not one that the time stamps of its interface can hold");
}

TEST_CASE("an obsolete packet block stays one, with its interface, its count of drops and its options") {
  const Words w(GENERATE(false, true));
  const std::string head = section(w) + interface_block(w, 1, 0, "") + interface_block(w, 1, 0, option(w, 9, std::string(1, '\x09')));
  const auto file = [&](std::uint64_t ns, const std::string& data, std::uint32_t original) {
    return head + block(w, 2, w.u16(1) + w.u16(7) + w.u64_split(ns) + w.u32(data.size()) + w.u32(original) + pad(data) + option(w, 1, "why") + option(w, 0, ""));
  };
  const std::string before = file(2'000'000'000, "abcde", 60);
  CHECK(rewritten(before, nothing) == before);
  CHECK(rewritten(before, other_data) == file(2'000'000'000, "longer than before", 18));
  CHECK(rewritten(before, later) == file(3'500'000'000, "abcde", 60));
  CHECK(rewritten(before, finer) == file(2'000'000'001, "abcde", 60));
}

TEST_CASE("the lengths of sections are found") {
  const Words w;
  const std::string open = section(w);
  const std::string closed = block(w, 0x0a0d0d0a, w.u32(0x1a2b3c4d) + w.u16(1) + w.u16(0) + w.u64(20));
  const std::string file = open + interface_block(w, 1, 0, "") + closed + interface_block(w, 1, 0, "");
  CaptureReader reader = CaptureReader::over(bytes(file));
  CHECK(reader.next() == CaptureReader::Step::end);
  REQUIRE(reader.section_lengths().size() == 1);
  CHECK(reader.section_lengths()[0] == open.size() + 20 + 16);
}

TEST_CASE("one value of a JSON object is changed and the text around it stays") {
  std::string object = R"( {"a": 1 , "b":{"a":2},"a":"x\"y", "c":[ ]} )";
  CHECK(json_value(object, "a") == R"("x\"y")");
  CHECK(json_value(object, "d").empty());
  set_json_value(object, "a", "3");
  CHECK(object == R"( {"a": 1 , "b":{"a":2},"a":3, "c":[ ]} )");
  set_json_value(object, "d", "4");
  set_json_value(object, "\"e", "5", true);
  CHECK(object == R"( {"\"e":5,"a": 1 , "b":{"a":2},"a":3, "c":[ ],"d":4} )");
  std::string empty = "{ }";
  set_json_value(empty, "a", "1");
  CHECK(empty == R"({ "a":1})");
  CHECK(json_members(object)->size() == 6);
  CHECK_FALSE(json_members("{\"a\":}"));
  const auto elements = json_elements(R"([1, {"a":[2]},"," ])");
  REQUIRE(elements);
  CHECK(*elements == std::vector<std::string_view>{"1", R"({"a":[2]})", "\",\""});
  CHECK_FALSE(json_elements("[1"));
}
