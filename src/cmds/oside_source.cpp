#include "oside_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <bit>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "shell/memory_limit.h"

namespace cmds::oside {

using namespace proto;
using reactor::Fd;
using reactor::Task;

namespace {

// Read at a time: 100 us of a disk's time, and small beside what a slice may take to parse.
constexpr std::size_t piece_bytes = std::size_t{256} << 10;
Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool looks_like_jsonl(std::string_view path) {
  path.remove_suffix(packed_suffix(path).size());
  return path.ends_with(".jsonl") || path.ends_with(".json");
}

}  // namespace

std::string_view packed_suffix(std::string_view path) {
  for (const std::string_view packed : {".gz", ".zst", ".xz"})
    if (path.ends_with(packed)) return packed;
  return {};
}

Task<reactor::Result<std::unique_ptr<Source>>> Source::open(std::string path, CaptureFormat format) {
  std::unique_ptr<Source> source(new Source(path));
  auto fd = co_await reactor::open_file(path, O_RDONLY | O_NONBLOCK);
  if (!fd) co_return tl::unexpected(fd.error());
  struct stat s {};
  if (::fstat(fd->get(), &s) < 0) co_return reactor::failed("stat", path, errno);
  if (S_ISDIR(s.st_mode)) co_return reactor::failed("open", path, EISDIR);
  if (!S_ISREG(s.st_mode)) co_return reactor::failed({}, path, "not a regular file: packets could not be read a second time");
  source->fd_ = std::move(*fd);
  source->mode_ = s.st_mode & 07777;
  source->size_ = static_cast<std::uint64_t>(s.st_size);
  source->state_ = shell::FileState::of(s);
  if (looks_like_jsonl(path)) format = CaptureFormat::jsonl;
  source->reader_ = std::make_unique<CaptureReader>(format);
  std::string head(compression_magic_bytes, '\0');
  auto n = co_await reactor::read(source->fd_.get(), head, 0);
  if (!n) co_return reactor::failed("read", path, n.error().code);
  source->packed_ = compression_of(as_bytes(std::string_view(head).substr(0, *n))) != Compression::none;
  co_return std::move(source);
}

// Into memory that is a file: so it can be read like the others.
Task<reactor::Result<void>> Source::unpack() {
  Fd memory(::memfd_create("oside", MFD_CLOEXEC));
  if (!memory) co_return reactor::failed("memfd_create", path_, errno);
  std::string piece(piece_bytes, '\0');
  std::vector<std::uint8_t> plain(piece_bytes);
  std::optional<Decompressor> unpacker;
  const std::uint64_t limit = shell::memory_limit();
  std::uint64_t at = 0, done = 0;
  for (bool last = false; !last;) {
    auto n = co_await reactor::read(fd_.get(), piece, static_cast<std::int64_t>(at));
    if (!n) co_return reactor::failed("read", path_, n.error().code);
    at += *n;
    last = *n == 0;
    if (!unpacker) unpacker.emplace(compression_of(as_bytes(std::string_view(piece).substr(0, *n))));
    if (last) unpacker->finish();
    else unpacker->feed(as_bytes(std::string_view(piece).substr(0, *n)));
    for (;;) {
      const auto got = unpacker->read(plain);
      if (!got) {
        ending_ = got.error().what;  // what could be unpacked is there
        last = true;
        break;
      }
      if (*got == 0) break;
      if (::pwrite(memory.get(), plain.data(), *got, static_cast<off_t>(done)) != static_cast<ssize_t>(*got)) co_return reactor::failed("unpack", path_, ENOMEM);
      done += *got;
      if (done > limit) co_return reactor::failed({}, {}, shell::over_memory_limit);
      if (reactor::Loop::current().slice_used()) co_await reactor::yield();
      if (reactor::must_stop()) co_return reactor::failed({}, {}, ECANCELED);
    }
  }
  fd_ = std::move(memory);
  size_ = done;
  co_return reactor::Result<void>();
}

void Source::note(CaptureReader::Step step) {
  if (step == CaptureReader::Step::record) {
    offsets_.push_back(reader_->position().offset);
    sizes_.push_back(static_cast<std::uint32_t>(reader_->record_size()));
    // The reader knows the link type of lines in hex from those around them; the first one stands for all.
    if (!std::exchange(link_known_, true)) link_ = reader_->record().link;
  } else {
    if (bad_lines_++ == 0) first_bad_line_ = reader_->error().what;
  }
}

Task<reactor::Result<void>> Source::read_index(const std::function<void()>* progress) {
  std::string piece(piece_bytes, '\0');
  for (;;) {
    const auto step = reader_->next();
    if (step == CaptureReader::Step::end) co_return reactor::Result<void>();
    if (step == CaptureReader::Step::error) co_return reactor::failed({}, {}, reader_->error().what);
    if (step != CaptureReader::Step::need_more) {
      note(step);
      if (!reactor::Loop::current().slice_used()) continue;
      (*progress)();
      co_await reactor::yield();
      if (reactor::must_stop()) co_return reactor::failed({}, {}, ECANCELED);
      continue;
    }
    offsets_.reserve(likely_count());
    sizes_.reserve(likely_count());
    (*progress)();
    auto n = co_await reactor::read(fd_.get(), piece, static_cast<std::int64_t>(read_));
    if (!n) co_return tl::unexpected(n.error());
    // Only what was there when the file was opened: one that grows is another one by now.
    const std::size_t useful = std::min<std::uint64_t>(*n, size_ - read_);
    read_ += useful;
    if (useful == 0) reader_->finish();
    else reader_->feed(as_bytes(std::string_view(piece).substr(0, useful)));
  }
}

Task<void> Source::index(std::function<void()> progress) {
  auto done = reactor::Result<void>();
  if (packed_) done = co_await unpack();
  if (done) {
    auto read = co_await read_index(&progress);
    done = read;
  }
  if (!done && ending_.empty()) ending_ = done.error().text();
  ready_.set();
  progress();
}

std::size_t Source::likely_count() const noexcept {
  constexpr std::uint64_t most = std::uint64_t{1} << 22;
  // In large steps: it is never the same twice.
  return read_ == 0 ? 0 : std::min(most, std::bit_ceil(count() * size_ / read_));
}

unsigned Source::percent() const noexcept { return size_ == 0 || ready_.is_set() ? 100 : static_cast<unsigned>(read_ * 100 / size_); }

Task<reactor::Result<void>> Source::read(std::uint64_t offset, std::span<char> buffer) {
  while (!buffer.empty()) {
    auto n = co_await reactor::read(fd_.get(), buffer, static_cast<std::int64_t>(offset));
    if (!n) co_return reactor::failed("read", path_, n.error().code);
    if (*n == 0) co_return reactor::failed("read", path_, "the file has become shorter");
    offset += *n;
    buffer = buffer.subspan(*n);
  }
  co_return reactor::Result<void>();
}

Task<reactor::Result<std::string>> Source::raw(std::size_t record) {
  std::string bytes(sizes_[record], '\0');
  auto done = co_await read(offsets_[record], bytes);
  if (!done) co_return tl::unexpected(done.error());
  co_return std::move(bytes);
}

proto::Result<Record> Source::record(std::size_t record, std::string_view raw) {
  if (format() != CaptureFormat::jsonl) return reader_->reread(offsets_[record], as_bytes(raw));
  const auto line = lines_.read(without_line_end(raw));
  if (!line) return tl::unexpected(line.error());
  Record read;
  read.time_ns = static_cast<std::int64_t>(std::min<std::uint64_t>(line->time_us.value_or(0), INT64_MAX / 1000)) * 1000;
  read.link = line->link.value_or(link_);
  read.direction = line->direction;
  read.original_length = static_cast<std::uint32_t>(line->packet.size());
  read.data = line->packet;
  return read;
}

proto::Result<EditedPacket> Source::packet(std::size_t record, std::string_view raw) {
  auto packet = [&]() -> proto::Result<EditedPacket> {
    if (format() == CaptureFormat::jsonl) return EditedPacket::from_line(without_line_end(raw), link_);
    const auto read = this->record(record, raw);
    if (!read) return tl::unexpected(read.error());
    return EditedPacket::from_record(*read);
  }();
  // Every packet draws its own random values.
  if (packet) packet->packet.seed = seed_ + offsets_[record];
  return packet;
}

proto::Result<void> Source::append_changed(Wire& out, std::size_t record, std::string_view raw, const EditedPacket& packet) {
  if (format() == CaptureFormat::jsonl) {
    const auto line = packet.to_line(Dialect::classic);
    if (!line) return tl::unexpected(line.error());
    out.text(*line);
    out.text(raw.substr(without_line_end(raw).size()));
    return {};
  }
  std::vector<std::uint8_t> bytes;
  const auto changed = packet.record(bytes);
  if (!changed) return tl::unexpected(changed.error());
  return reader_->rewrite(out, offsets_[record], as_bytes(raw), *changed);
}

bool Source::altered() const {
  struct stat s {};
  return !packed_ && ::fstat(fd_.get(), &s) == 0 && shell::FileState::of(s) != state_;
}

}  // namespace cmds::oside
