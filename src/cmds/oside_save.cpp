#include "oside_save.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/capture_writer.h"
#include "reactor/io.h"
#include "reactor/job.h"
#include "reactor/loop.h"
#include "shell/new_file.h"

namespace cmds::oside {

using namespace proto;
using reactor::Task;

namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;

std::string_view text_of(const Wire& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// The bytes of the new file, in large pieces.
struct Output {
  explicit Output(int to) : fd(to) {}

  int fd;
  Text text;
  std::uint64_t written = 0;
  char last_written = '\n';

  [[nodiscard]] std::uint64_t size() const noexcept { return written + text.size(); }
  /// The last byte; '\n' when there is none.
  [[nodiscard]] char last() const noexcept { return text.empty() ? last_written : text.view().back(); }
  [[nodiscard]] bool full() const noexcept { return text.size() >= piece_bytes; }
  Task<reactor::Result<void>> flush() {
    if (text.empty()) co_return reactor::Result<void>();
    auto done = co_await reactor::write_all(fd, text.view());
    last_written = text.view().back();
    written += text.size();
    text.clear();
    co_return done;
  }
  /// Other bytes in the place of some that were written.
  Task<reactor::Result<void>> patch(std::int64_t offset, std::string_view bytes) {
    auto flushed = co_await flush();
    if (!flushed) co_return flushed;
    auto done = co_await reactor::write(fd, bytes, offset);
    if (!done) co_return tl::unexpected(done.error());
    co_return reactor::Result<void>();
  }
};

// Bytes of the source, with the lengths of pcapng sections taken back: they are others now.
Task<reactor::Result<void>> copy(Source* source, std::uint64_t from, std::uint64_t to, Output* out) {
  const auto lengths = source->section_lengths();
  while (from < to) {
    const std::size_t size = std::min<std::uint64_t>(to - from, piece_bytes);
    char* const at = out->text.need(size);
    auto read = co_await source->read(from, std::span<char>(at, size));
    if (!read) co_return read;
    for (auto place = std::lower_bound(lengths.begin(), lengths.end(), from < 8 ? 0 : from - 7); place != lengths.end() && *place < from + size; ++place)
      for (std::uint64_t i = *place; i < *place + 8; ++i)
        if (i >= from && i < from + size) at[i - from] = '\xff';
    out->text.end(at + size);
    from += size;
    if (!out->full()) continue;
    auto flushed = co_await out->flush();
    if (!flushed) co_return flushed;
  }
  co_return reactor::Result<void>();
}

// A pcap that announces shorter packets than it has: libpcap would cut them.
Task<reactor::Result<void>> mend_snaplen(Source* source, std::uint32_t longest, Output* out) {
  const auto interfaces = source->interfaces();
  if (source->format() != CaptureFormat::pcap || interfaces.empty() || longest <= interfaces[0].snaplen) co_return reactor::Result<void>();
  std::uint8_t head[4];
  auto read = co_await source->read(0, std::span<char>(reinterpret_cast<char*>(head), sizeof head));
  if (!read) co_return read;
  const std::uint32_t magic = FileOrder{}.u32(head);
  FileOrder{magic != pcap_magic_us && magic != pcap_magic_ns}.put32(head, largest_written_bytes);
  constexpr std::int64_t snaplen_offset = 16;
  auto patched = co_await out->patch(snaplen_offset, std::string_view(reinterpret_cast<const char*>(head), sizeof head));
  co_return patched;
}

reactor::Error about(const Document::Slot& slot, const proto::Error& error) {
  return {.tried = {}, .on = fmt::format("record {}", slot.source + 1), .code = 0, .reason = error.what};
}

// The same format: byte for byte what was not touched.
Task<reactor::Result<void>> write_same(const Document* document, Source* source, Output* out) {
  SavePlan plan(*document, *source);
  Wire changed;
  std::uint32_t longest = 0;
  constexpr std::size_t byte_order_mark_bytes = 3;
  while (const auto piece = plan.next(std::uint64_t{1} << 20)) {
    // The last line of a file may lack its end; not so when something follows it.
    if (source->format() == CaptureFormat::jsonl && out->last() != '\n' && out->size() > byte_order_mark_bytes) out->text.push('\n');
    if (piece->copy) {
      auto copied = co_await copy(source, piece->from, piece->to, out);
      if (!copied) co_return copied;
      continue;
    }
    const std::size_t record = piece->slot.source;
    auto raw = co_await source->raw(record);
    if (!raw) co_return tl::unexpected(raw.error());
    changed.clear();
    const EditedPacket& packet = *document->edited(piece->slot);
    const auto appended = source->append_changed(changed, record, *raw, packet);
    if (!appended) co_return tl::unexpected(about(piece->slot, appended.error()));
    longest = std::max(longest, static_cast<std::uint32_t>(changed.size()) - static_cast<std::uint32_t>(pcap_record_header_bytes));
    out->text.append(text_of(changed));
    if (out->full()) {
      auto flushed = co_await out->flush();
      if (!flushed) co_return flushed;
    }
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  auto mended = co_await mend_snaplen(source, longest, out);
  co_return mended;
}

// Packets of which another format cannot say all.
struct Losses {
  std::size_t sent = 0, nanoseconds = 0, cut = 0;  // without a direction, packets count as received everywhere

  void count(CaptureFormat format, Direction direction, std::int64_t time_ns, std::size_t missing) {
    if (format == CaptureFormat::pcap && direction == Direction::tx) ++sent;
    if (format != CaptureFormat::jsonl) return;
    if (time_ns % 1000 != 0) ++nanoseconds;
    if (missing != 0) ++cut;
  }
};

// Another format: as pcap2json and json2pcap do it, record by record.
Task<reactor::Result<void>> write_other(const Document* document, Source* source, CaptureWriter::Options options, Output* out, Losses* losses) {
  CaptureWriter writer(options);
  const auto interfaces = source->interfaces();
  for (std::size_t i = 0; i < interfaces.size(); ++i) writer.describe(static_cast<std::uint32_t>(i), interfaces[i]);
  std::vector<std::uint8_t> bytes;
  for (const Document::Slot& slot : document->slots()) {
    const EditedPacket* const edited = document->edited(slot);
    if (edited != nullptr && options.format == CaptureFormat::jsonl) {
      const auto line = edited->to_line(options.lines.dialect);
      if (!line) co_return tl::unexpected(about(slot, line.error()));
      out->text.append(*line + "\n");
      losses->count(options.format, edited->direction, edited->time_ns.value_or(0), edited->missing);
    } else {
      auto raw = reactor::Result<std::string>(std::string());
      if (edited == nullptr) raw = co_await source->raw(slot.source);
      if (!raw) co_return tl::unexpected(raw.error());
      const auto record = edited != nullptr ? edited->record(bytes) : source->record(slot.source, *raw);
      if (!record) co_return tl::unexpected(about(slot, record.error()));
      const auto appended = writer.append(out->text, *record);
      if (!appended) co_return tl::unexpected(about(slot, appended.error()));
      losses->count(options.format, record->direction, record->time_ns, record->original_length - record->data.size());
    }
    if (out->full()) {
      auto flushed = co_await out->flush();
      if (!flushed) co_return flushed;
    }
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  writer.finish(out->text);
  const auto head = writer.late_head();
  if (!head) co_return reactor::Result<void>();
  auto mended = co_await out->patch(static_cast<std::int64_t>(head->offset), std::string_view(head->bytes.data(), head->bytes.size()));
  co_return mended;
}

// What a file of another format does not have.
std::string left_out(const Source& source, CaptureFormat format, const Losses& losses) {
  if (format == source.format()) return {};
  std::string notes;
  const auto add = [&](std::string note) { notes.append(notes.empty() ? "" : "; ").append(note); };
  if (source.bad_lines() == 1) add("the line that is no packet is left out");
  if (source.bad_lines() > 1) add(fmt::format("{} lines that are no packets are left out", source.bad_lines()));
  if (!source.ending().empty()) add("what is behind the last packet is left out");
  if (source.format() == CaptureFormat::pcapng) add("comments, interfaces and the like are left out");
  if (losses.sent > 0) add(fmt::format("the direction tx of {} is left out", losses.sent));
  if (losses.nanoseconds > 0) add(fmt::format("{} times are cut to microseconds", losses.nanoseconds));
  if (losses.cut > 0) add(fmt::format("of {} that were cut when captured, the full length is left out", losses.cut));
  return notes;
}

}  // namespace

// What stands before a packet, the packet, or what stands behind the last one.
std::optional<SavePlan::Piece> SavePlan::step() {
  const bool more = slot_ < document_.size();
  const Document::Slot slot = more ? document_.slot(slot_) : Document::Slot{};
  // Up to the packet's record, or to the end: what lies between records stays, also around those that were deleted.
  while (more ? passed_ <= slot.source : passed_ < source_.count()) {
    const std::uint64_t start = source_.start(passed_);
    if (position_ < start) return Piece{.copy = true, .from = std::exchange(position_, start), .to = start};
    position_ = source_.end(passed_++);
  }
  if (more) {
    ++slot_;
    if (slot.version != 0) return Piece{.copy = false, .slot = slot};
    return Piece{.copy = true, .from = source_.start(slot.source), .to = source_.end(slot.source)};
  }
  if (position_ == source_.size()) return std::nullopt;
  return Piece{.copy = true, .from = std::exchange(position_, source_.size()), .to = source_.size()};
}

std::optional<SavePlan::Piece> SavePlan::next(std::uint64_t largest) {
  auto piece = ahead_ ? std::exchange(ahead_, std::nullopt) : step();
  while (piece && piece->copy && piece->to - piece->from < largest) {
    ahead_ = step();
    if (!ahead_ || !ahead_->copy || ahead_->from != piece->to) break;
    piece->to = ahead_->to;
    ahead_.reset();
  }
  return piece;
}

bool Target::stands_at(const std::string& name) const {
  const shell::FileState there = shell::FileState::at(name);
  return name == path_ || (there.exists() && there.same_file(shell::FileState::at(path_)));
}

std::string Target::changed_on_disk() const {
  const shell::FileState now = shell::FileState::at(path_);
  if (now == state_) return {};
  if (!now.exists()) return path_ + " has been deleted";
  return path_ + (now.same_file(state_) ? " has been changed" : " has been replaced by another file");
}

reactor::Result<CaptureFormat> Target::format_at(const std::string& name) const {
  const std::string_view packed = packed_suffix(name);
  if (!packed.empty()) return reactor::failed({}, name, "packed files are not written: give a name without " + std::string(packed));
  // Its own name may say something else than what it is: a pcapng is often called .pcap.
  if (stands_at(name)) return format_;
  if (name.ends_with(".pcap")) return CaptureFormat::pcap;
  if (name.ends_with(".pcapng")) return CaptureFormat::pcapng;
  if (name.ends_with(".jsonl") || name.ends_with(".json")) return CaptureFormat::jsonl;
  return format_;
}

void Target::saved(std::string path, CaptureFormat format) {
  path_ = std::move(path);
  format_ = format;
  state_ = shell::FileState::at(path_);
}

Task<reactor::Result<void>> write_packets(const Document& document, Source& source, CaptureFormat format, Dialect dialect, int fd, SaveReport* report) {
  Output out(fd);
  reactor::Result<void> done;
  Losses losses;
  if (format == source.format()) {
    done = co_await write_same(&document, &source, &out);
  } else {
    CaptureWriter::Options options{.format = format, .nanoseconds = source.nanoseconds()};
    options.lines.dialect = dialect;
    done = co_await write_other(&document, &source, options, &out, &losses);
  }
  if (done) done = co_await out.flush();
  *report = {document.size(), left_out(source, format, losses)};
  co_return done;
}

Task<reactor::Result<SaveReport>> save(const Document& document, Source& source, Target& target, std::string path, Dialect dialect) {
  const reactor::Shield shield;
  CO_TRY(format, target.format_at(path));
  SaveReport report;
  std::function<Task<reactor::Result<void>>(int)> write = [&](int fd) { return write_packets(document, source, format, dialect, fd, &report); };
  auto done = co_await shell::NewFile::write(path, target.mode(), std::move(write));
  if (!done) co_return tl::unexpected(done.error());
  target.saved(std::move(path), format);
  co_return std::move(report);
}

}  // namespace cmds::oside
