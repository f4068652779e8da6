// One engine per format behind one face. Each takes what it can from `in`, puts what it can into `out` and says
// whether it stands at the end of a member; the face turns that into "more", "end" or "ends too early".
#include "proto/decompress.h"

#include <fmt/core.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <new>

namespace proto {

struct Decompressor::Engine {
  virtual ~Engine() = default;
  /// Advances both spans; false: `failure` says why.
  virtual bool run(Bytes& in, std::span<std::uint8_t>& out, bool last) = 0;

  std::string_view name;
  std::string failure;
  bool at_member_end = false;

 protected:
  explicit Engine(std::string_view format) : name(format) {}
  bool refuse(std::string_view why) {
    failure = fmt::format("{}: cannot unpack: {}", name, why);
    return false;
  }
};

namespace {

struct Gzip final : Decompressor::Engine {
  z_stream stream = {};

  Gzip() : Engine("gzip") {
    // 15: the format's window (32 KiB); +16: a gzip header and no other.
    if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream); }

  bool run(Bytes& in, std::span<std::uint8_t>& out, bool) override {
    while (!out.empty()) {
      if (at_member_end) {
        while (!in.empty() && in.front() == 0) in = in.subspan(1);  // tapes and some tools pad with zeros
        if (in.empty()) return true;
        inflateReset(&stream);
        at_member_end = false;
      }
      const auto in_now = std::min<std::size_t>(in.size(), std::numeric_limits<uInt>::max());
      const auto out_now = std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max());
      stream.next_in = const_cast<Bytef*>(in.data());  // zlib never writes there; its prototype is older than const
      stream.avail_in = static_cast<uInt>(in_now);
      stream.next_out = out.data();
      stream.avail_out = static_cast<uInt>(out_now);
      const int status = inflate(&stream, Z_NO_FLUSH);
      in = in.subspan(in_now - stream.avail_in);
      out = out.subspan(out_now - stream.avail_out);
      if (status == Z_STREAM_END) at_member_end = true;
      else if (status == Z_BUF_ERROR) return true;  // nothing moved: more input is wanted
      else if (status == Z_MEM_ERROR) throw std::bad_alloc();
      else if (status != Z_OK) return refuse(stream.msg ? stream.msg : "unknown method");
    }
    return true;
  }
};

struct Zstd final : Decompressor::Engine {
  ZSTD_DStream* stream = ZSTD_createDStream();
  bool output_waits = false;

  Zstd() : Engine("zstd") {
    if (!stream) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, std::bit_width(decompression_window_limit_bytes) - 1);
  }
  ~Zstd() override { ZSTD_freeDStream(stream); }

  bool run(Bytes& in, std::span<std::uint8_t>& out, bool) override {
    while (!out.empty() && (output_waits || !in.empty())) {
      ZSTD_inBuffer from = {in.data(), in.size(), 0};
      ZSTD_outBuffer to = {out.data(), out.size(), 0};
      const std::size_t status = ZSTD_decompressStream(stream, &to, &from);
      in = in.subspan(from.pos);
      out = out.subspan(to.pos);
      if (ZSTD_isError(status)) return refuse(ZSTD_getErrorName(status));
      at_member_end = status == 0;
      output_waits = out.empty() && !at_member_end;
    }
    return true;
  }
};

struct Xz final : Decompressor::Engine {
  lzma_stream stream = LZMA_STREAM_INIT;

  Xz() : Engine("xz") {
    if (lzma_stream_decoder(&stream, decompression_window_limit_bytes, LZMA_CONCATENATED) != LZMA_OK)
      throw std::bad_alloc();
  }
  ~Xz() override { lzma_end(&stream); }

  bool run(Bytes& in, std::span<std::uint8_t>& out, bool last) override {
    while (!out.empty() && !at_member_end) {
      stream.next_in = in.data();
      stream.avail_in = in.size();
      stream.next_out = out.data();
      stream.avail_out = out.size();
      const lzma_ret status = lzma_code(&stream, last ? LZMA_FINISH : LZMA_RUN);
      in = in.subspan(in.size() - stream.avail_in);
      out = out.subspan(out.size() - stream.avail_out);
      switch (status) {
        case LZMA_OK: break;
        case LZMA_STREAM_END: at_member_end = true; break;
        case LZMA_BUF_ERROR: return true;  // nothing moved: more input is wanted
        case LZMA_MEM_ERROR: throw std::bad_alloc();
        case LZMA_MEMLIMIT_ERROR: return refuse(fmt::format("its window of {} bytes is over the limit", lzma_memusage(&stream)));
        case LZMA_FORMAT_ERROR: return refuse("no xz header where one is due");
        case LZMA_OPTIONS_ERROR: return refuse("a filter or check that is not supported");
        default: return refuse("damaged block");
      }
    }
    return true;
  }
};

std::unique_ptr<Decompressor::Engine> make_engine(Compression kind) {
  switch (kind) {
    case Compression::zstd: return std::make_unique<Zstd>();
    case Compression::xz: return std::make_unique<Xz>();
    default: return std::make_unique<Gzip>();
  }
}

bool starts_with(Bytes head, std::initializer_list<std::uint8_t> magic) {
  return head.size() >= magic.size() && std::equal(magic.begin(), magic.end(), head.begin());
}

}  // namespace

Compression compression_of(Bytes head) {
  if (starts_with(head, {0x1f, 0x8b, 8})) return Compression::gzip;
  if (starts_with(head, {0x28, 0xb5, 0x2f, 0xfd})) return Compression::zstd;
  if (starts_with(head, {0xfd, '7', 'z', 'X', 'Z', 0})) return Compression::xz;
  return Compression::none;
}

Decompressor::Decompressor(Compression kind) : engine_(make_engine(kind)) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

void Decompressor::feed(Bytes chunk) { input_ = chunk; }

void Decompressor::finish() { last_ = true; }

Result<std::size_t> Decompressor::read(std::span<std::uint8_t> room) {
  if (!engine_->failure.empty()) return fail(engine_->failure);
  auto out = room;
  const bool ran = engine_->run(input_, out, last_);
  const std::size_t written = room.size() - out.size();
  if (written > 0) return written;
  if (ran && last_ && !engine_->at_member_end) engine_->failure = fmt::format("{}: the data ends too early", engine_->name);
  if (!engine_->failure.empty()) return fail(engine_->failure);
  return 0;
}

Result<std::vector<std::uint8_t>> decompress(Bytes packed, std::size_t limit_bytes) {
  const Compression kind = compression_of(packed);
  if (kind == Compression::none) return fail("neither gzip, zstd nor xz data");
  Decompressor source(kind);
  source.feed(packed);
  source.finish();
  std::vector<std::uint8_t> all;
  for (std::size_t used = 0;;) {
    // One byte more than allowed is asked for, to tell "just fits" from "too long".
    if (used == all.size()) all.resize(std::min(limit_bytes + 1, std::max<std::size_t>(packed.size() * 4, all.size() * 2)));
    const auto got = source.read(std::span(all).subspan(used));
    if (!got) return tl::unexpected(got.error());
    used += *got;
    if (used > limit_bytes) return fail(fmt::format("unpacks to more than {} bytes", limit_bytes));
    if (*got == 0) {
      all.resize(used);
      return all;
    }
  }
}

}  // namespace proto
