// Decode, then encode without touching a field, gives the very same bytes: for every input, in both dialects.
#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "golden_files.h"
#include "proto/checksum_check.h"
#include "proto/line_reader.h"
#include "proto/line_writer.h"
#include "proto/packet.h"
#include "proto/registry.h"

using namespace proto;

namespace {

struct RoundTrip {
  LineWriter classic{{}}, full{{.dialect = Dialect::full}}, hex{{.dialect = Dialect::full, .hex = true}};
  LineReader reader;
  Text text;

  void check(const std::vector<std::uint8_t>& bytes, LinkType link) {
    for (LineWriter* writer : {&classic, &full, &hex}) {
      text.clear();
      writer->append(text, Record{.link = link, .data = bytes});
      const auto read = reader.read(text.view());
      if (read && std::equal(read->packet.begin(), read->packet.end(), bytes.begin(), bytes.end())) continue;
      Text was;
      was.end(put_hex(was.need(bytes.size() * 2), bytes));
      FAIL((read ? "other bytes" : read.error().what) << "\n" << was.view() << "\n" << text.view());
    }
  }
};

std::vector<std::vector<std::uint8_t>> seeds() {
  std::vector<std::vector<std::uint8_t>> all;
  for (const auto& path : golden::captures())
    for (const auto& packet : golden::load(path).packets) all.push_back(packet.second);
  return all;
}

// A whole packet with right checksums and lengths.
bool is_right(const Dissection& packet, ChecksumChecker& checker) {
  for (const ChecksumFinding& found : checker.check(packet, true))
    if (found.state != ChecksumFinding::State::good) return false;
  const auto parts = packet.parts();
  for (const Part& part : parts) {
    const Header header = packet.header(part);
    const auto is_fragment = part.layer->spec().is_fragment;
    if (is_fragment != nullptr && is_fragment(header)) return false;
    if (part.layer->tag() == "Dns" && &part != &parts.back()) return false;  // a list that was cut: its count is more than it has
    if (part.layer->tag() == "Ip" && (header.u8(0) & 15u) * 4 != part.size) return false;
    if (part.layer->tag() == "Tcp" && (header.u8(12) >> 4) * 4u != part.size) return false;
  }
  LineReader reader;
  const auto read = reader.read(R"({"layers":)" + Packet::decode(packet).to_json() + "}");
  return !packet.unreadable() && read && read->length_notice.empty();
}

}  // namespace

TEST_CASE("golden packets that are cut or changed anywhere come back the same") {
  RoundTrip trip;
  std::mt19937 random(7);
  for (const auto& seed : seeds()) {
    for (std::size_t length = 0; length <= std::min<std::size_t>(seed.size(), 400); ++length)
      trip.check({seed.begin(), seed.begin() + static_cast<std::ptrdiff_t>(length)}, LinkType::ethernet);
    for (int i = 0; i < 40; ++i) {
      auto changed = seed;
      for (unsigned n = random() % 4; n-- > 0 && !changed.empty();) {
        const std::size_t at = random() % changed.size();
        changed[at] = static_cast<std::uint8_t>(random() % 3 == 0 ? changed[at] + 1 : random());
      }
      if (random() % 4 == 0) changed.resize(changed.size() + random() % 30, static_cast<std::uint8_t>(random()));
      trip.check(changed, random() % 8 == 0 ? LinkType::raw_ip : LinkType::ethernet);
    }
  }
}

TEST_CASE("random bytes come back the same, whatever layer they begin with") {
  RoundTrip trip;
  std::mt19937 random(8);
  Dissector dissector;
  Dissection parts;
  for (const Layer* layer : Registry::get().layers()) {
    if (layer->spec().input_only) continue;
    for (int i = 0; i < 400; ++i) {
      std::vector<std::uint8_t> bytes(random() % 120);
      const unsigned sparse = random() % 3;
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(sparse == 0 || random() % 4 == 0 ? random() : random() % 4);
      for (const Dialect dialect : {Dialect::classic, Dialect::full}) {
        dissector.dissect_as(parts, bytes, layer, dialect);
        if (parts.unreadable()) continue;
        std::size_t covered = 0;
        for (const Part& part : parts.parts()) {
          CHECK(part.at == covered);
          covered += part.size;
        }
        CHECK(covered == bytes.size());
        const Packet packet = Packet::decode(parts);
        const auto encoded = packet.encode();
        INFO(packet.to_json());
        if (!encoded) FAIL(encoded.error().what);
        REQUIRE(*encoded == bytes);
      }
    }
  }
}

TEST_CASE("tunnels in tunnels end at the limit and lose nothing") {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 3000; ++i) bytes.insert(bytes.end(), {0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 0, 0x81, 0});
  for (std::size_t i = 14; i + 4 <= bytes.size(); i += 4) {
    bytes[i] = 0;
    bytes[i + 1] = 1;
    bytes[i + 2] = 0x81;
    bytes[i + 3] = 0;
  }
  RoundTrip().check(bytes, LinkType::ethernet);
  Dissector dissector;
  Dissection parts;
  dissector.dissect(parts, bytes, LinkType::ethernet, Dialect::full);
  CHECK(parts.parts().size() == Dissection::max_parts - 1);
}

TEST_CASE("recomputing changes nothing that is right, makes every checksum right, and once is enough") {
  ChecksumChecker checker;
  Dissector dissector;
  Dissection parts;
  std::size_t kept = 0;
  for (const auto& seed : seeds()) {
    Packet packet = Packet::decode(seed, LinkType::ethernet);
    INFO(packet.to_json());
    dissector.dissect(parts, seed, LinkType::ethernet, Dialect::full);
    const bool right = is_right(parts, checker);
    if (const auto done = packet.recompute(); !done) FAIL(done.error().what);
    const auto once = packet.encode();
    REQUIRE(once);
    if (right) CHECK(*once == seed);
    kept += right;
    dissector.dissect(parts, *once, LinkType::ethernet, Dialect::full);
    for (const ChecksumFinding& found : checker.check(parts, true))
      CHECK((found.state == ChecksumFinding::State::good || found.state == ChecksumFinding::State::unknown));
    REQUIRE(packet.recompute());
    CHECK(packet.encode().value() == *once);
  }
  CHECK(kept > 100);
}
