// JSON lines: any text is read or refused with a message; what was read survives being written and read again.
#include <cstdio>
#include <cstdlib>

#include "proto/line_reader.h"
#include "proto/packet.h"

using namespace proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static LineReader reader, fixer(LineReader::Mode::fix), again;
  static LineWriter writer({.dialect = Dialect::full});
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const auto read = reader.read(line);
  (void)fixer.read(line);
  if (!read) {
    if (read.error().what.empty()) std::abort();
    return 0;
  }
  const auto packet = Packet::from_line(line);
  if (!packet) {
    std::fprintf(stderr, "%s\n", packet.error().what.c_str());
    std::abort();
  }
  Text text;
  writer.append(text, Record{.link = read->link.value_or(LinkType::ethernet), .data = read->packet});
  const auto back = again.read(text.view());
  if (!back || !std::equal(back->packet.begin(), back->packet.end(), read->packet.begin(), read->packet.end())) {
    std::fprintf(stderr, "%.*s", static_cast<int>(text.size()), text.data());
    std::abort();
  }
  return 0;
}
