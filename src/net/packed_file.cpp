#include "net/packed_file.h"

#include <span>

#include "proto/decompress.h"
#include "reactor/io.h"
#include "reactor/loop.h"

namespace net {

using reactor::Result;
using reactor::Task;

namespace {
constexpr std::size_t kLargestFile = 256U << 20;
}  // namespace

Task<Result<std::vector<std::uint8_t>>> read_packed(std::string path) {
  auto packed = co_await reactor::read_file(path, kLargestFile);
  if (!packed) co_return tl::unexpected(packed.error());
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(packed->data()), packed->size());
  const proto::Compression kind = proto::compression_of(bytes);
  std::vector<std::uint8_t> file;
  if (kind == proto::Compression::none) {
    file.assign(bytes.begin(), bytes.end());
    co_return file;
  }
  proto::Decompressor unpacker(kind);
  unpacker.feed(bytes);
  unpacker.finish();
  for (std::size_t length = 0;;) {
    // 256 KiB unpack in about a millisecond.
    file.resize(length + (256U << 10));
    const auto n = unpacker.read(std::span(file).subspan(length));
    if (!n) co_return reactor::failed("unpack", path, n.error().what);
    length += *n;
    file.resize(length);
    if (*n == 0) break;
    if (length > kLargestFile) co_return reactor::failed("unpack", path, EFBIG);
    if (reactor::Loop::current().slice_used()) {
      co_await reactor::yield();
    }
    if (reactor::must_stop()) co_return reactor::failed({}, {}, ECANCELED);
  }
  co_return file;
}

}  // namespace net
