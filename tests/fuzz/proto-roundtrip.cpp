// Decode, then encode without touching a field, gives the very same bytes: for the frame of the input and 63 others made from it,
// random, changed and cut, on an Ethernet and an IP interface, in both dialects. 10 million frames: -runs=160000.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "proto/line_reader.h"
#include "proto/line_writer.h"

using namespace proto;

namespace {

void check(Bytes frame, LinkType link, Dialect dialect) {
  static LineWriter writers[] = {LineWriter({}), LineWriter({.dialect = Dialect::full})};
  static LineReader reader;
  static Text text;
  text.clear();
  writers[dialect == Dialect::full].append(text, Record{.link = link, .data = frame});
  const auto read = reader.read(text.view());
  if (read && std::equal(read->packet.begin(), read->packet.end(), frame.begin(), frame.end())) return;
  std::fprintf(stderr, "%s\n%.*s", read ? "other bytes" : read.error().what.c_str(), static_cast<int>(text.size()), text.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint32_t seed = 2166136261u;  // FNV-1a: the same input, the same frames
  for (std::size_t i = 0; i < size; ++i) seed = (seed ^ data[i]) * 16777619u;
  std::minstd_rand random(seed);
  std::vector<std::uint8_t> frame(data, data + size);
  for (int i = 0; i < 64; ++i) {
    if (i > 0) {
      frame.assign(data, data + size);
      if (i % 16 == 0)
        for (auto& byte : frame) byte = static_cast<std::uint8_t>(random());
      for (unsigned changes = random() % 4; changes > 0 && !frame.empty(); --changes) {
        auto& byte = frame[random() % frame.size()];
        byte = static_cast<std::uint8_t>(random() % 3 == 0 ? byte + 1 : random());
      }
      if (random() % 3 == 0) frame.resize(random() % (frame.size() + 1));
      if (random() % 8 == 0) frame.insert(frame.end(), random() % 30, static_cast<std::uint8_t>(random()));
    }
    const LinkType link = random() % 8 == 0 ? LinkType::raw_ip : LinkType::ethernet;
    check(frame, link, i % 2 == 0 ? Dialect::full : Dialect::classic);
  }
  return 0;
}
