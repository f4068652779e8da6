// The packet editor's files: what is not touched is saved byte for byte, also what is no packet.
#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "cmds/oside_save.h"
#include "cmds/runner.h"
#include "proto/capture_files.h"
#include "reactor/loop.h"
#include "reactor/timer.h"

using namespace cmds::oside;
using namespace proto_test;
using reactor::Task;

namespace {

using Change = void (*)(Document&, Source&);

struct Saved {
  std::string error, notes, first_bad, ending;
  std::size_t packets = 0, bad_lines = 0;
};

Task<int> edit(std::string from, std::string to, Change change, Saved* saved) {
  auto source = co_await Source::open(from);
  if (!source) {
    saved->error = source.error().text();
    co_return 1;
  }
  co_await (*source)->index([] {});
  saved->first_bad = (*source)->first_bad_line();
  saved->ending = (*source)->ending();
  saved->bad_lines = (*source)->bad_lines();
  Document document;
  document.grow((*source)->count());
  change(document, **source);
  Target target(**source);
  auto report = co_await save(document, **source, target, to, proto::Dialect::classic);
  if (!report) saved->error = report.error().text();
  if (report) saved->notes = report->notes;
  if (report) saved->packets = report->packets;
  co_return 0;
}

Saved edited(const std::string& from, const std::string& to, Change change) {
  Saved saved;
  reactor::Loop loop(GENERATE(reactor::BackendChoice::uring, reactor::BackendChoice::epoll));
  loop.run(edit(from, to, change, &saved));
  return saved;
}

// Sets a field of a packet, as the editor does.
void set(Document& document, Source& source, std::size_t at, std::size_t layer, std::size_t field, const char* value) {
  std::string raw;
  // Small files: a plain read is enough here.
  const int fd = ::open(source.path().c_str(), O_RDONLY | O_CLOEXEC);
  const std::size_t record = document.slot(at).source;
  raw.resize(source.end(record) - source.start(record));
  REQUIRE(::pread(fd, raw.data(), raw.size(), static_cast<off_t>(source.start(record))) == static_cast<ssize_t>(raw.size()));
  ::close(fd);
  auto packet = source.packet(record, raw);
  REQUIRE(packet);
  REQUIRE(packet->set(layer, field, value));
  document.replace(at, *packet);
}

std::string jsonl_line(unsigned n) {
  return R"({"timestamp_us":)" + std::to_string(n) + R"(,"direction":"tx","layers":[{"layertype":"ether","dst":"02:00:00:00:00:01","src":"02:00:00:00:00:02","etype":34997},)"
         R"({"layertype":"raw","data":[)" + std::to_string(n) + "]}]}";
}

std::string frame(char last) { return std::string("\x02\0\0\0\0\1\x02\0\0\0\0\2\x88\xb5", 14) + last; }

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void nothing(Document&, Source&) {}

}  // namespace

TEST_CASE("oside: an untouched file is saved byte for byte, whatever is in it") {
  const test::Folder folder;
  const Words big(true);
  const Words little;
  const std::string truncated = pcap_header(little, false, 1) + pcap_record(little, 1, 2, frame('a'), 15) + "rest";
  const std::string ng = section(big) + interface_block(big, 1, 0, option(big, 2, "eth0")) + block(big, 0xbad, "kept") +
                         packet_block(big, 0, 5, frame('a'), 15, option(big, 1, "why")) + block(big, 5, big.u32(0) + big.u64(0));
  const std::string lines = "\xef\xbb\xbf" + jsonl_line(1) + "\r\n\n  not json\n{\"layers\":7}\n" + jsonl_line(2);
  for (const std::string& text : {truncated, ng, lines, jsonl_line(1) + "\n\n\n"}) {
    const std::string path = folder.write("in", text);
    const Saved saved = edited(path, path, nothing);
    CHECK(saved.error.empty());
    CHECK(content(path) == text);
  }
  const Saved cut = edited(folder.write("cut.pcap", truncated), folder.path() + "/cut.pcap", nothing);
  CHECK(cut.ending == "record 2 at offset 55: the file ends after 4 of 16 bytes");
  const Saved bad = edited(folder.write("bad.jsonl", lines), folder.path() + "/bad.jsonl", nothing);
  CHECK(bad.bad_lines == 2);
  CHECK(bad.first_bad.starts_with("line 3: "));
  CHECK(bad.packets == 2);
}

TEST_CASE("oside: a changed line is written in its place, bad lines around it stay") {
  const test::Folder folder;
  const std::string path = folder.write("a.jsonl", "bad\n" + jsonl_line(1) + "\n" + jsonl_line(2) + "\nbad again\n" + jsonl_line(3));
  const Saved saved = edited(path, path, [](Document& document, Source& source) {
    set(document, source, 1, 1, 0, "09");
    document.copy(2);
    document.erase(0);
  });
  CHECK(saved.error.empty());
  std::string second = jsonl_line(2);
  second.replace(second.find("[2]"), 3, "[9]");
  CHECK(content(path) == "bad\n" + second + "\nbad again\n" + jsonl_line(3) + "\n" + jsonl_line(3));
}

TEST_CASE("oside: deleted packets take nothing with them that is not theirs") {
  const test::Folder folder;
  const Words w;
  const std::string head = section(w) + interface_block(w, 1, 0, "");
  const auto packet = [&](char last) { return packet_block(w, 0, 5, frame(last), 15, ""); };
  const std::string names = block(w, 4, w.u32(0));
  const std::string path = folder.write("a.pcapng", head + packet('a') + names + packet('b') + packet('c') + names);
  const Saved saved = edited(path, path, [](Document& document, Source&) {
    document.erase(2);
    document.erase(0);
    document.copy(0);
  });
  CHECK(saved.error.empty());
  CHECK(content(path) == head + names + packet('b') + packet('b') + names);
}

TEST_CASE("oside: a packet that outgrows a pcap's snap length mends it; section lengths are taken back") {
  const test::Folder folder;
  const Words big(true);
  std::string head = pcap_header(big, false, 1);
  head.replace(16, 4, big.u32(15));
  const std::string path = folder.write("a.pcap", head + pcap_record(big, 1, 2, frame('a'), 15));
  CHECK(edited(path, path, [](Document& document, Source& source) { set(document, source, 0, 1, 0, "616263"); }).error.empty());
  head.replace(16, 4, big.u32(proto::largest_written_bytes));
  CHECK(content(path) == head + pcap_record(big, 1, 2, frame('a') + "bc", 17));

  const auto ng = [&](std::uint64_t length, const std::string& packets) {
    return block(big, 0x0a0d0d0a, big.u32(0x1a2b3c4d) + big.u16(1) + big.u16(0) + big.u64(length)) + interface_block(big, 1, 0, "") + packets;
  };
  const std::string other = folder.write("a.pcapng", ng(20, packet_block(big, 0, 5, frame('a'), 15, "")));
  CHECK(edited(other, other, [](Document& document, Source&) { document.copy(0); }).error.empty());
  CHECK(content(other) == ng(~0ull, packet_block(big, 0, 5, frame('a'), 15, "") + packet_block(big, 0, 5, frame('a'), 15, "")));
}

TEST_CASE("oside: another format by another name, and what it cannot hold is said") {
  const test::Folder folder;
  const std::string path = folder.write("a.jsonl", "bad\n" + jsonl_line(1) + "\n" + R"({"timestamp_us":2,"data":"0102"})" + "\n");
  const std::string pcap = folder.path() + "/b.pcap";
  const Saved saved = edited(path, pcap, [](Document& document, Source& source) { set(document, source, 0, 1, 0, "41"); });
  CHECK(saved.error.empty());
  CHECK(saved.notes == "the line that is no packet is left out; the direction tx of 1 is left out");
  const Words w;
  CHECK(content(pcap) == pcap_header(w, false, 1) + pcap_record(w, 0, 1, frame('A'), 15) + pcap_record(w, 0, 2, "\x01\x02", 2));
  // And back: pcap to lines.
  const std::string lines = folder.path() + "/c.jsonl";
  CHECK(edited(pcap, lines, [](Document& document, Source& source) { set(document, source, 1, 0, 0, "07"); }).error.empty());
  const std::string text = content(lines);
  CHECK(text.ends_with("{\"timestamp_us\":2,\"direction\":\"rx\",\"data\":\"07\"}\n"));
  CHECK(text.starts_with(R"({"timestamp_us":1,"direction":"rx","layers":[{"layertype":"ether")"));
  CHECK(edited(path, folder.path() + "/d.pcap.gz", nothing).error.find("packed files are not written") != std::string::npos);
  // What a packet has and the other format has not.
  const std::string sent = folder.write("e.jsonl", R"({"timestamp_us":2,"direction":"tx","data":"0102"})" "\n");
  CHECK(edited(sent, folder.path() + "/e.pcap", nothing).notes == "the direction tx of 1 is left out");
  CHECK(edited(sent, folder.path() + "/e.pcapng", nothing).notes.empty());
  const std::string fine = folder.write("f.pcap", pcap_header(w, true, 1) + pcap_record(w, 0, 1, frame('A'), 99) + pcap_record(w, 0, 2000, frame('A'), 15));
  CHECK(edited(fine, folder.path() + "/f.jsonl", nothing).notes == "1 times are cut to microseconds; of 1 that were cut when captured, the full length is left out");
}

TEST_CASE("oside: a file is saved as what it is, whatever its name says") {
  const test::Folder folder;
  const Words w;
  const std::string text = section(w) + interface_block(w, 1, 0, "") + packet_block(w, 0, 5, frame('a'), 15, option(w, 1, "why"));
  const std::string path = folder.write("a.pcap", text);
  CHECK(edited(path, folder.path() + "/../" + folder.path().substr(folder.path().rfind('/') + 1) + "/a.pcap", nothing).error.empty());
  CHECK(content(path) == text);
}

TEST_CASE("oside: a save that fails leaves the old file and nothing else") {
  const test::Folder folder;
  const Words w;
  const std::string text = pcap_header(w, false, 1) + pcap_record(w, 1, 2, frame('a'), 15);
  const std::string path = folder.write("a.pcap", text);
  ::chmod(path.c_str(), 0640);
  const Saved saved = edited(path, path, [](Document& document, Source& source) {
    set(document, source, 0, 0, 2, "1");
    EditedPacket packet = *document.edited(document.slot(0));
    packet.time_ns = 1;  // a nanosecond, which this file cannot hold
    document.replace(0, packet);
  });
  CHECK(saved.error == "record 1: its time is given in nanoseconds, and this pcap file holds microseconds");
  CHECK(content(path) == text);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) files += entry.is_regular_file() ? 1 : 0;
  CHECK(files == 1);
  CHECK(edited(path, path, nothing).error.empty());
  struct stat s {};
  REQUIRE(::stat(path.c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0640);
  CHECK(edited(path, folder.path() + "/none/b.pcap", nothing).error.find("No such file") != std::string::npos);
  CHECK(edited(folder.path() + "/missing", path, nothing).error.find("No such file") != std::string::npos);
  CHECK(edited(folder.path(), path, nothing).error.find("Is a directory") != std::string::npos);
  CHECK(edited("/dev/null", path, nothing).error.find("not a regular file") != std::string::npos);
}
