// The reference pairs of tests/golden: NAME.pcap is a capture, NAME.capture.jsonl what the ancestor's capture writes
// for it, NAME.jsonl what its pcap2json writes (keys sorted). The packets' bytes are the truth: where the ancestor's line does not
// give them back, ours differs from it and must (jsonl.md section 11).
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

// RapidJSON 1.1 adds to a null pointer when its stack is empty, which UBSan reports.
#pragma clang attribute push(__attribute__((no_sanitize("undefined"))), apply_to = function)
#include <rapidjson/document.h>
#pragma clang attribute pop

#include "golden_files.h"
#include "proto/line_reader.h"
#include "proto/line_writer.h"

using namespace proto;
using golden::Capture, golden::captures, golden::load;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (line.find_first_not_of(" \t\r") != line.npos) lines.push_back(line);
  return lines;
}

std::string line_for(const Capture& capture, std::size_t i, LineOptions options) {
  LineWriter writer(options);
  Text out;
  Record record;
  record.time_ns = capture.packets[i].first;
  record.link = capture.link;
  record.data = capture.packets[i].second;
  writer.append(out, record);
  return std::string(out.view().substr(0, out.size() - 1));
}

using Packets = std::map<std::string, std::set<std::size_t>>;

// Packets that ours writes in another, lossless form (the table in jsonl.md section 11).
const Packets other_form = {
    {"arp-odd", {0, 1, 2, 3}},           // lengths other than 6 and 4: raw
    {"dhcp", {6}},                       // an Inform, which the ancestor drops: raw behind Bootp
    {"dhcpv6", {2}},                     // sub-options of IaPd: raw
    {"dns-query", {5, 10, 11, 13, 14}},  // unknown types and classes, names that are not compressed: raw
    {"dns-rdlen", {0}},                  // the cut record is raw, not only what stands behind its header
    {"dns-response", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13}},  // names that are not compressed: raw
    {"dns-unknown-type", {0, 1, 2, 3}},  // raw
    {"geneve", {2}},                     // options: raw
    {"ipv4-frag", {1, 2, 4}},            // later fragments: raw
    {"ipv4-options", {0, 2, 3, 4}},      // options: raw
    {"ndp-unknown", {0, 1, 3}},          // unknown options: raw from the first
    {"ospf", {4}},                       // a router LSA: the list stops before it
    {"tftp", {7}},                       // an unknown opcode: raw
};

// Packets of which the ancestor's line has lost something, so that no reader can get the bytes back.
const Packets lossy = {
    {"dhcp", {6}},
    {"dns-query", {5, 10, 11, 13}},
    {"dns-rdlen", {0}},
    {"dns-response", {12}},
    {"dns-unknown-type", {0, 1, 2, 3}},
    {"ndp-unknown", {0, 1, 3}},
    {"ospf", {4}},
    {"tftp", {7}},
};

bool among(const Packets& packets, const std::string& name, std::size_t i) {
  const auto found = packets.find(name);
  return name.starts_with("wrong-") || (found != packets.end() && found->second.contains(i));
}

}  // namespace

TEST_CASE("golden: every packet survives line and back, in both dialects and with hex") {
  for (const fs::path& path : captures()) {
    const Capture capture = load(path);
    for (std::size_t i = 0; i < capture.packets.size(); ++i) {
      for (const LineOptions options : {LineOptions{}, LineOptions{.dialect = Dialect::full}, LineOptions{.hex = true}}) {
        const std::string line = line_for(capture, i, options);
        INFO(path.stem() << " packet " << i << ": " << line);
        LineReader reader;
        const auto read = reader.read(line);
        if (!read) FAIL_CHECK(read.error().what);
        if (!read) continue;
        CHECK(read->time_us == static_cast<std::uint64_t>(capture.packets[i].first / 1000));
        CHECK(std::vector(read->packet.begin(), read->packet.end()) == capture.packets[i].second);
      }
    }
  }
}

TEST_CASE("golden: classic lines are the ancestor's, as text and as sorted JSON values") {
  for (const fs::path& path : captures()) {
    const std::string name = path.stem();
    const fs::path in_order = fs::path(path).replace_extension(".capture.jsonl"), sorted = fs::path(path).replace_extension(".jsonl");
    if (!fs::exists(in_order)) continue;
    const Capture capture = load(path);
    const auto lines = lines_of(in_order), sorted_lines = fs::exists(sorted) ? lines_of(sorted) : lines;
    REQUIRE(lines.size() == capture.packets.size());
    REQUIRE(sorted_lines.size() == lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (among(other_form, name, i)) continue;
      const std::string ours = line_for(capture, i, {});
      INFO(name << " packet " << i);
      CHECK(ours == lines[i]);
      if (capture.link != LinkType::ethernet) continue;  // its pcap2json takes every file for Ethernet
      rapidjson::Document a, b;
      CHECK(a.Parse(ours.c_str()) == b.Parse(sorted_lines[i].c_str()));
    }
  }
}

TEST_CASE("golden: the ancestor's lines in either key order give the packet's bytes") {
  for (const fs::path& path : captures()) {
    const std::string name = path.stem();
    const Capture capture = load(path);
    for (const char* extension : {".capture.jsonl", ".jsonl"}) {
      const fs::path reference = fs::path(path).replace_extension(extension);
      if (!fs::exists(reference)) continue;
      const auto lines = lines_of(reference);
      LineReader reader;
      for (std::size_t i = 0; i < lines.size(); ++i) {
        INFO(name << extension << " line " << i);
        const auto read = reader.read(lines[i]);
        if (!read) FAIL_CHECK(read.error().what);
        if (!read || among(lossy, name, i)) continue;
        CHECK(std::vector(read->packet.begin(), read->packet.end()) == capture.packets[i].second);
      }
    }
  }
}
