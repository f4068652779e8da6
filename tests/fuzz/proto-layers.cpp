// All layers: the first byte picks the layer that the rest begins with. Decode, then encode, must give the same bytes.
#include <cstdio>
#include <cstdlib>

#include "proto/checksum_check.h"
#include "proto/line_reader.h"
#include "proto/line_writer.h"
#include "proto/registry.h"

using namespace proto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Dissector dissector;
  static Dissection parts;
  static LineReader reader;
  static ChecksumChecker checker;
  if (size == 0) return 0;
  const auto all = Registry::get().layers();
  const Layer* first = all[data[0] % all.size()];
  if (first->spec().input_only) return 0;
  const Bytes bytes(data + 1, size - 1);
  for (const Dialect dialect : {Dialect::classic, Dialect::full}) {
    dissector.dissect_as(parts, bytes, first, dialect);
    if (parts.unreadable()) continue;
    Text text;
    text.append(R"({"layers":)");
    LineWriter({.dialect = dialect}).append_layers(text, parts);
    text.append("}");
    const auto read = reader.read(text.view());
    if (!read || !std::equal(read->packet.begin(), read->packet.end(), bytes.begin(), bytes.end())) {
      std::fprintf(stderr, "%s\n%.*s\n", read ? "other bytes" : read.error().what.c_str(), static_cast<int>(text.size()), text.data());
      std::abort();
    }
    if (dialect == Dialect::full) (void)checker.check(parts, true);
  }
  return 0;
}
