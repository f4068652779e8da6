#include "proto/decompress.h"

#include <catch2/catch.hpp>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <string>

using namespace proto;
using Blob = std::vector<std::uint8_t>;

namespace {

Blob gzip(Bytes plain) {
  z_stream stream = {};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  Blob packed(plain.size() + 1000);
  stream.next_in = const_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

Blob zstd(Bytes plain) {
  Blob packed(ZSTD_compressBound(plain.size()));
  const auto size = ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3);
  REQUIRE_FALSE(ZSTD_isError(size));
  packed.resize(size);
  return packed;
}

Blob xz(Bytes plain) {
  Blob packed(plain.size() + 1000);
  std::size_t used = 0;
  // CRC32 and no larger check: that is what the kernel's own unpacker of modules knows.
  REQUIRE(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, nullptr, plain.data(), plain.size(), packed.data(), &used,
                                  packed.size()) == LZMA_OK);
  packed.resize(used);
  return packed;
}

Blob pack(Compression kind, Bytes plain) {
  return kind == Compression::gzip ? gzip(plain) : kind == Compression::zstd ? zstd(plain) : xz(plain);
}

Blob sample(std::size_t size) {
  Blob plain(size);
  std::uint32_t state = 1;
  for (auto& byte : plain) {
    state = state * 1103515245u + 12345u;
    byte = static_cast<std::uint8_t>(state >> 16 & 15);  // half of the entropy: packs, but not to nothing
  }
  return plain;
}

struct Outcome {
  Blob plain;
  std::string error;
};

Outcome stream(Compression kind, Bytes packed, std::size_t chunk, std::size_t room) {
  Decompressor source(kind);
  Outcome outcome;
  Blob piece(room);
  bool finished = false;
  for (;;) {
    const auto got = source.read(piece);
    if (!got) {
      outcome.error = got.error().what;
      return outcome;
    }
    outcome.plain.insert(outcome.plain.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*got));
    if (*got > 0) continue;
    if (finished) return outcome;
    const auto now = packed.first(std::min(chunk, packed.size()));
    packed = packed.subspan(now.size());
    source.feed(now);
    if (packed.empty()) {
      source.finish();
      finished = true;
    }
  }
}

}  // namespace

TEST_CASE("every format unpacks to what was packed, however the chunks fall") {
  const auto kind = GENERATE(Compression::gzip, Compression::zstd, Compression::xz);
  const auto chunk = GENERATE(1, 7, 4096, 1 << 20);
  const auto plain = sample(100'000);
  const auto packed = pack(kind, plain);
  CHECK(compression_of(packed) == kind);
  const auto outcome = stream(kind, packed, static_cast<std::size_t>(chunk), 1000);
  CHECK(outcome.error.empty());
  CHECK(outcome.plain == plain);
}

TEST_CASE("concatenated members are one file") {
  const auto kind = GENERATE(Compression::gzip, Compression::zstd, Compression::xz);
  const auto plain = sample(5000);
  auto packed = pack(kind, plain);
  const auto once = packed;
  packed.insert(packed.end(), once.begin(), once.end());
  const auto outcome = stream(kind, packed, GENERATE(as<std::size_t>(), 1, 100'000), 777);
  CHECK(outcome.error.empty());
  CHECK(outcome.plain.size() == 2 * plain.size());
}

TEST_CASE("zero padding after gzip is not an error, other bytes are") {
  const auto plain = sample(5000);
  auto packed = gzip(plain);
  packed.insert(packed.end(), 512, 0);
  CHECK(stream(Compression::gzip, packed, 100, 1000).error.empty());
  packed.push_back('x');
  const auto outcome = stream(Compression::gzip, packed, 100, 1000);
  CHECK(outcome.plain == plain);
  CHECK(outcome.error == "gzip: the data ends too early");
  packed.insert(packed.end(), 20, 'x');
  CHECK(stream(Compression::gzip, packed, 100, 1000).error == "gzip: cannot unpack: incorrect header check");
}

TEST_CASE("a cut file gives its bytes first, then the error, at every place of the cut") {
  const auto kind = GENERATE(Compression::gzip, Compression::zstd, Compression::xz);
  const auto plain = sample(2000);
  const auto packed = pack(kind, plain);
  for (std::size_t cut = 6; cut < packed.size(); ++cut) {
    const auto outcome = stream(kind, Bytes(packed).first(cut), 64, 100);
    REQUIRE(outcome.error.ends_with(": the data ends too early"));
    REQUIRE(std::equal(outcome.plain.begin(), outcome.plain.end(), plain.begin()));
  }
}

TEST_CASE("a flipped byte in the middle is an error in words, and stays one") {
  const auto kind = GENERATE(Compression::gzip, Compression::zstd, Compression::xz);
  const auto plain = sample(50'000);
  auto packed = pack(kind, plain);
  packed[packed.size() / 2] ^= 0x55;
  Decompressor source(kind);
  source.feed(packed);
  source.finish();
  Blob room(200'000);
  auto got = source.read(room);
  while (got && *got > 0) got = source.read(room);
  // gzip and xz carry a check; zstd's is optional, so a flip may only change the text.
  if (kind == Compression::zstd && got) return;
  REQUIRE_FALSE(got);
  CHECK(got.error().what.find("cannot unpack: ") != std::string::npos);
  CHECK(source.read(room).error().what == got.error().what);
}

TEST_CASE("a whole buffer unpacks up to the limit and no further") {
  const auto kind = GENERATE(Compression::gzip, Compression::zstd, Compression::xz);
  const auto plain = sample(30'000);
  const auto packed = pack(kind, plain);
  CHECK(*decompress(packed, 30'000) == plain);
  CHECK(*decompress(packed, 1 << 24) == plain);
  CHECK(decompress(packed, 29'999).error().what == "unpacks to more than 29999 bytes");
  CHECK(decompress(plain, 1 << 20).error().what == "neither gzip, zstd nor xz data");
  CHECK(decompress(pack(kind, {}), 0)->empty());
}
