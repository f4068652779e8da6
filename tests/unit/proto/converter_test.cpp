#include "proto/converter.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

#include "proto/allocation_count.h"
#include "proto/capture_files.h"

using namespace proto;
using namespace proto_test;
using Pause = Converter::Pause;

namespace {

// Ethernet, IPv4, UDP, four bytes.
std::string frame(std::uint8_t last) {
  const std::uint8_t bytes[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,
                                0x13, 0x88, 0x13, 0x89, 0, 12, 0, 0, 'a', 'b', 'c', last};
  return {std::begin(bytes), std::end(bytes)};
}

std::string capture(std::size_t packets) {
  const Words w;
  std::string file = pcap_header(w, false, 1);
  for (std::size_t i = 0; i < packets; ++i) file += pcap_record(w, 1700000000, 5, frame(static_cast<std::uint8_t>(i)), 46);
  return file;
}

Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct Outcome {
  std::string output;
  std::vector<std::string> messages;
  Pause how = Pause::end;
};

Outcome convert(Converter::Options options, std::string_view file, std::size_t chunk = 1000) {
  Converter converter(std::move(options));
  Outcome outcome;
  for (;;) {
    const Pause pause = converter.run();
    outcome.output += converter.output().view();
    converter.output().clear();
    if (pause == Pause::bad || pause == Pause::broken) outcome.messages.push_back(converter.message());
    if (pause == Pause::end || pause == Pause::broken) {
      outcome.how = pause;
      CHECK(converter.run() == Pause::end);
      CHECK(converter.output().empty());
      return outcome;
    }
    if (pause != Pause::need_input) continue;
    if (file.empty()) converter.reader().finish();
    else converter.reader().feed(as_bytes(file.substr(0, chunk)));
    file.remove_prefix(std::min(chunk, file.size()));
  }
}

Converter::Options to_json() {
  Converter::Options options;
  options.output.format = CaptureFormat::jsonl;
  return options;
}

}  // namespace

TEST_CASE("both ways of a conversion give the same file back") {
  const std::string file = capture(300);
  const Outcome lines = convert(to_json(), file);
  CHECK(lines.how == Pause::end);
  CHECK(std::count(lines.output.begin(), lines.output.end(), '\n') == 300);
  CHECK(convert({}, lines.output).output == file);
}

TEST_CASE("count, filter, strict") {
  const std::string file = capture(300);
  auto options = to_json();
  options.count = 7;
  CHECK(std::ranges::count(convert(std::move(options), file).output, '\n') == 7);
  options = to_json();
  options.filter = Filter::compile("udp[11] = 5", LinkType::ethernet).value();
  CHECK(std::ranges::count(convert(std::move(options), file).output, '\n') == 2);  // the packets 5 and 261

  const std::string good = convert(to_json(), capture(1)).output;
  const Outcome skipped = convert({}, good + "{}\n" + good);
  CHECK(skipped.how == Pause::end);
  REQUIRE(skipped.messages.size() == 1);
  CHECK(skipped.messages[0].starts_with("line 2: "));
  CHECK(skipped.output.size() == 24 + 2 * 62);
  Converter::Options strict;
  strict.strict = true;
  const Outcome stopped = convert(std::move(strict), good + "{}\n" + good);
  CHECK(stopped.how == Pause::broken);
  CHECK(stopped.output.size() == 24 + 62);
}

TEST_CASE("fix mode computes the checksums of a capture's packets anew, but of none that was cut") {
  Converter::Options options;
  options.lines = LineReader::Mode::fix;
  options.output.format = CaptureFormat::pcap;
  const Words w;
  const std::string file = capture(1) + pcap_record(w, 1700000000, 5, frame(1).substr(0, 40), 46);
  const Outcome fixed = convert(options, file);
  CHECK(fixed.messages.empty());
  REQUIRE(fixed.output.size() == file.size());
  const std::size_t first = 24 + 16;
  unsigned sum = 0;
  for (std::size_t i = 14; i < 34; i += 2)
    sum += static_cast<std::uint8_t>(fixed.output[first + i]) * 256U + static_cast<std::uint8_t>(fixed.output[first + i + 1]);
  CHECK((sum & 0xffff) + (sum >> 16) == 0xffff);
  CHECK(fixed.output.substr(first + 40, 2) != std::string(2, '\0'));  // UDP's
  CHECK(fixed.output.substr(first + 46 + 16) == frame(1).substr(0, 40));
  CHECK(convert(options, fixed.output).output == fixed.output);
}

TEST_CASE("fix mode leaves what is in a fragment, and a packet from before segmentation its length of zero") {
  Converter::Options options;
  options.lines = LineReader::Mode::fix;
  options.output.format = CaptureFormat::pcap;
  const Words w;
  std::string fragment = frame(1);
  fragment[20] = 0x20;  // more fragments
  fragment.replace(38, 4, "\x07\xd8\x12\x34", 4);  // UDP: the whole datagram's length and checksum
  const Outcome first = convert(options, pcap_header(w, false, 1) + pcap_record(w, 1, 5, fragment, 46));
  CHECK(first.messages.empty());
  CHECK(first.output.substr(24 + 16 + 34) == fragment.substr(34));
  CHECK(first.output.substr(24 + 16 + 24, 2) != fragment.substr(24, 2));  // IP's checksum

  const auto fixed = [&](const std::string& packet) {
    const Outcome outcome = convert(options, pcap_header(w, false, 1) + pcap_record(w, 1, 5, packet, static_cast<std::uint32_t>(packet.size())));
    CHECK(outcome.messages.empty());
    return outcome.output.substr(24 + 16);
  };
  const std::string big = frame(1).substr(0, 12) + std::string("\x86\xdd\x60\0\0\0\0\0\x3b\x40", 10) + std::string(32 + 100'000, '\1');
  CHECK(fixed(big) == big);
  // UDP's length is zero in a jumbogram, too (RFC 2675 section 4); the checksum is computed.
  std::string jumbo = big;
  jumbo[20] = 17;
  jumbo.replace(54, 8, std::string("\0\1\0\2\0\0\x12\x34", 8));
  const std::string summed = fixed(jumbo);
  CHECK(summed.substr(0, 60) == jumbo.substr(0, 60));
  CHECK(summed.substr(60, 2) != jumbo.substr(60, 2));
  CHECK(summed.substr(62) == jumbo.substr(62));
}

TEST_CASE("lines that do not tell their link type get the one that is asked for; that it was guessed is known") {
  const std::string hex = "{\"data\":\"4500\"}\n", raw = R"({"layers":[{"layertype":"raw","data":[1]}]})" "\n", ether = R"({"layers":[{"layertype":"ether"}]})" "\n";
  const auto link_of = [](const std::string& lines, std::optional<LinkType> link, CaptureFormat format = CaptureFormat::pcap) {
    Converter::Options options;
    options.untold_link = link;
    options.output.format = format;
    Converter converter(std::move(options));
    converter.reader().feed(as_bytes(lines));
    converter.reader().finish();
    while (converter.run() != Pause::end) {
    }
    if (format == CaptureFormat::jsonl) return std::pair(0, converter.link_guessed());
    return std::pair(static_cast<int>(static_cast<std::uint8_t>(converter.output().view()[20])), converter.link_guessed());
  };
  CHECK(link_of(hex + raw, std::nullopt) == std::pair(1, true));
  CHECK(link_of(hex + raw, LinkType(147)) == std::pair(147, false));
  CHECK(link_of(hex + ether, std::nullopt) == std::pair(1, false));
  CHECK(link_of(ether, LinkType(147)) == std::pair(1, false));
  CHECK(link_of("", std::nullopt) == std::pair(1, false));
  CHECK(link_of(hex, std::nullopt, CaptureFormat::jsonl) == std::pair(0, false));
}

TEST_CASE("a broken file is converted up to the fault") {
  const std::string file = capture(10);
  const Outcome outcome = convert(to_json(), std::string_view(file).substr(0, file.size() - 1));
  CHECK(outcome.how == Pause::broken);
  CHECK(outcome.messages.at(0) == "record 10 at offset 582: the file ends after 61 of 62 bytes");
  CHECK(std::ranges::count(outcome.output, '\n') == 9);
}

TEST_CASE("in the long run no packet takes anything from the heap") {
  const auto to = GENERATE(CaptureFormat::jsonl, CaptureFormat::pcap, CaptureFormat::pcapng);
  const auto dialect = GENERATE(Dialect::classic, Dialect::full);
  const bool from_json = GENERATE(false, true);
  std::string file = capture(4000);
  if (from_json) file = convert(to_json(), file, file.size()).output;
  Converter::Options options;
  options.output.format = to;
  options.output.lines.dialect = dialect;
  options.filter = Filter::compile("udp", LinkType::ethernet).value();
  Converter converter(std::move(options));
  converter.reader().feed(as_bytes(file));
  const auto run_some = [&](int times) {
    for (int i = 0; i < times; ++i) {
      REQUIRE(converter.run() == Pause::go_on);
      converter.output().clear();
    }
  };
  run_some(3);
  const std::size_t before = allocation_count();
  Pause last = Pause::go_on;
  std::uint64_t rounds = 0;
  for (; rounds < 20 && last == Pause::go_on; ++rounds) {
    last = converter.run();
    converter.output().clear();
  }
  const std::size_t taken = allocation_count() - before;
  CHECK(rounds == 20);
  CHECK(converter.packets() > 2000);
  CHECK(taken == 0);
}
