// Input: size of the chunks, then a packed file; streamed and at once must agree.
#include <cstdlib>

#include "proto/decompress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  proto::Bytes packed(data + 1, size - 1);
  const auto kind = proto::compression_of(packed);
  if (kind == proto::Compression::none) return 0;
  constexpr std::size_t limit = 1 << 20;
  const auto at_once = proto::decompress(packed, limit);

  proto::Decompressor source(kind);
  std::vector<std::uint8_t> room(1u + data[0] * 16u);
  std::vector<std::uint8_t> plain;
  bool failed = false;
  for (bool finished = false; plain.size() <= limit;) {
    const auto got = source.read(room);
    failed = !got;
    if (failed) break;
    plain.insert(plain.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*got));
    if (*got > 0) continue;
    if (finished) break;
    const auto now = packed.first(std::min<std::size_t>(1u + data[0], packed.size()));
    source.feed(now);
    packed = packed.subspan(now.size());
    if (packed.empty()) {
      source.finish();
      finished = true;
    }
  }
  if (at_once.has_value() == (failed || plain.size() > limit)) std::abort();
  if (at_once && *at_once != plain) std::abort();
  return 0;
}
