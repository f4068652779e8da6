#include "proto/capture_reader.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "proto/registry.h"

namespace proto {
namespace {

// What is unpacked at a time: large enough that few records straddle two pieces, small beside the window.
constexpr std::size_t unpack_bytes = std::size_t{256} << 10;

bool blank(std::uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The first tag in a line: keys stand in alphabetical order or "layertype" first, so it is the outermost layer's.
std::string_view first_tag(std::string_view line) {
  constexpr std::string_view key = R"("layertype")", blanks = " \t";
  const std::size_t at = line.find(key);
  if (at == line.npos) return {};
  line.remove_prefix(at + key.size());
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  if (!line.starts_with(':')) return {};
  line.remove_prefix(1);
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  if (!line.starts_with('"')) return {};
  return line.substr(1, line.find('"', 1) - 1);
}

// Lines in hex have no link type. It is that of the first packet in sight that tells.
LinkType link_ahead(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Layer* const layer = Registry::get().find(first_tag(text.substr(0, end)));
    if (const auto link = layer ? link_of(*layer) : std::nullopt) return *link;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return LinkType::ethernet;
}

}  // namespace

void CaptureReader::feed(Bytes chunk) {
  if (unpacker_) packed_ = chunk;
  else chunk_ = chunk;
}

void CaptureReader::finish() {
  last_ = true;
  if (unpacker_ && packed_.empty()) unpacker_->finish();
}

CaptureReader CaptureReader::over(Bytes file, CaptureFormat otherwise) {
  CaptureReader reader(otherwise);
  reader.feed(file);
  reader.finish();
  return reader;
}

bool CaptureReader::nanoseconds() const {
  return format_ == CaptureFormat::pcapng || (format_ == CaptureFormat::pcap && pcap_.nanoseconds());
}

std::span<const Interface> CaptureReader::interfaces() const {
  if (format_ == CaptureFormat::pcap) return {&pcap_.interface(), 1};
  return pcapng_.interfaces();
}

void CaptureReader::seek(Position position) {
  stage_ = Stage::records;
  last_ = passing_over_ = false;
  chunk_ = {};
  carry_.clear();
  carry_start_ = searched_ = used_by_record_ = 0;
  skip_ = 0;
  offset_ = position.offset;
  number_ = position.number - 1;
  pcapng_.seek(position.offset);
}

Result<Record> CaptureReader::reread(std::uint64_t offset, Bytes raw) {
  Record record;
  pcapng_.seek(offset);
  const Parsed parsed = format_ == CaptureFormat::pcap ? pcap_.parse(raw, record) : pcapng_.parse(raw, offset, record);
  pcapng_.seek(offset_);
  if (parsed.kind == Parsed::Kind::record && parsed.size == raw.size()) return record;
  return fail(fmt::format("the record at offset {} is another one now", offset));
}

Result<void> CaptureReader::rewrite(Wire& out, std::uint64_t offset, Bytes raw, const Record& changed) {
  if (format_ == CaptureFormat::pcap) return pcap_.rewrite(out, raw, changed);
  pcapng_.seek(offset);
  auto done = pcapng_.rewrite(out, raw, changed);
  pcapng_.seek(offset_);
  return done;
}

// Bytes in `chunk_`, from the unpacker if need be.
CaptureReader::Supply CaptureReader::supply() {
  while (chunk_.empty()) {
    if (!unpacker_) return last_ ? Supply::finished : Supply::starved;
    const auto got = unpacker_->read(unpacked_);
    if (!got) {
      error_ = got.error();
      return Supply::broken;
    }
    chunk_ = Bytes(unpacked_).first(*got);
    if (*got > 0) break;
    if (packed_.empty()) return last_ ? Supply::finished : Supply::starved;
    unpacker_->feed(std::exchange(packed_, {}));
    if (last_) unpacker_->finish();
  }
  return Supply::bytes;
}

// `size` bytes in one piece, in `window`. Only what lies across chunks is copied, and no byte more than asked for.
CaptureReader::Supply CaptureReader::gather(std::size_t size) {
  while (window().size() < size) {
    const Supply state = supply();
    if (state != Supply::bytes) return state;
    if (window().size() >= size) break;
    const std::size_t take = std::min(size - (carry_.size() - carry_start_), chunk_.size());
    carry_.insert(carry_.end(), chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(take));
    chunk_ = chunk_.subspan(take);
  }
  return Supply::bytes;
}

// At most what `window` has.
void CaptureReader::consume(std::size_t size) {
  offset_ += size;
  if (carry_.empty()) {
    chunk_ = chunk_.subspan(size);
    return;
  }
  carry_start_ += size;
  if (carry_start_ == carry_.size()) {
    carry_.clear();
    carry_start_ = 0;
  }
}

CaptureReader::Step CaptureReader::broken(std::string_view what) {
  stage_ = Stage::over;
  if (format_ == CaptureFormat::jsonl) error_ = {fmt::format("line {}: {}", number_ + 1, what)};
  else if (number_ == 0 && offset_ == 0) error_ = {std::string(what)};
  else error_ = {fmt::format("record {} at offset {}: {}", number_ + 1, offset_, what)};
  return Step::error;
}

// `have` of `want` bytes are there and no more can be had now.
CaptureReader::Step CaptureReader::without_bytes(Supply why, std::size_t have, std::size_t want) {
  if (why == Supply::starved) return Step::need_more;
  if (why == Supply::broken) return broken(std::exchange(error_, {}).what);
  if (have == 0) {
    stage_ = Stage::over;
    error_ = {};
    return Step::end;
  }
  return broken(fmt::format("the file ends after {} of {} bytes", have, want));
}

std::optional<CaptureReader::Step> CaptureReader::skip() {
  while (skip_ > 0) {
    if (window().empty()) {
      const Supply state = supply();
      if (state != Supply::bytes) {
        offset_ -= skip_size_ - skip_;  // messages name the block's start
        const Step step = without_bytes(state, skip_size_ - skip_, skip_size_);
        if (step == Step::need_more) offset_ += skip_size_ - skip_;
        return step;
      }
    }
    const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, window().size()));
    consume(now);
    skip_ -= now;
  }
  return std::nullopt;
}

std::optional<CaptureReader::Step> CaptureReader::find_compression() {
  const Supply state = gather(compression_magic_bytes);
  if (state == Supply::starved) return Step::need_more;
  compression_ = compression_of(window());
  stage_ = Stage::format;
  if (compression_ == Compression::none) return std::nullopt;
  unpacker_.emplace(compression_);
  unpacked_.resize(unpack_bytes);
  packed_head_.swap(carry_);
  packed_ = std::exchange(chunk_, {});
  unpacker_->feed(packed_head_);
  if (last_ && packed_.empty()) unpacker_->finish();
  return std::nullopt;
}

std::optional<CaptureReader::Step> CaptureReader::find_format() {
  constexpr std::size_t magic_bytes = 4;
  constexpr std::uint8_t byte_order_mark[] = {0xef, 0xbb, 0xbf};
  for (;;) {
    const Supply state = gather(magic_bytes);
    if (state == Supply::starved) return Step::need_more;
    if (state == Supply::broken) return without_bytes(state, 0, 0);
    const Bytes head = window();
    if (offset_ == 0 && head.size() >= magic_bytes) {
      if (PcapParser::knows(head)) format_ = CaptureFormat::pcap;
      else if (PcapngParser::knows(head)) format_ = CaptureFormat::pcapng;
      else if (std::equal(std::begin(byte_order_mark), std::end(byte_order_mark), head.begin())) consume(sizeof byte_order_mark);
      if (format_ != CaptureFormat::unknown) break;
      if (offset_ > 0) continue;
    }
    if (head.empty()) return without_bytes(state, 0, 0);
    if (!blank(head.front())) {
      if (head.front() == '{') format_ = CaptureFormat::jsonl;
      else format_ = otherwise_;
      if (format_ == CaptureFormat::unknown) {
        const auto shown = head.first(std::min(head.size(), magic_bytes));
        return broken(fmt::format("not a capture file: it starts with the bytes {:02x}", fmt::join(shown, " ")));
      }
      break;
    }
    if (head.front() == '\n') ++number_;
    consume(1);
  }
  stage_ = Stage::records;
  return std::nullopt;
}

CaptureReader::Step CaptureReader::next() {
  if (used_by_record_ > 0) consume(std::exchange(used_by_record_, 0));
  if (stage_ == Stage::compression) {
    if (const auto step = find_compression()) return *step;
  }
  if (stage_ == Stage::format) {
    if (const auto step = find_format()) return *step;
  }
  if (stage_ == Stage::over) return error_.what.empty() ? Step::end : Step::error;
  return format_ == CaptureFormat::jsonl ? next_line() : next_packet();
}

CaptureReader::Step CaptureReader::next_packet() {
  for (;;) {
    if (skip_ > 0) {
      if (const auto step = skip()) return *step;
    }
    const Parsed parsed =
        format_ == CaptureFormat::pcap ? pcap_.parse(window(), record_) : pcapng_.parse(window(), offset_, record_);
    switch (parsed.kind) {
      case Parsed::Kind::record:
      case Parsed::Kind::bad:
        used_by_record_ = parsed.size;
        ++number_;
        if (parsed.kind == Parsed::Kind::bad) {
          error_ = {fmt::format("record {} at offset {}: {}", number_, offset_, pcapng_.error)};
          return Step::bad;
        }
        if (lines_.mode() == LineReader::Mode::fix) fix_packet();
        return Step::record;
      case Parsed::Kind::skip: skip_ = skip_size_ = parsed.size; break;
      case Parsed::Kind::broken: return broken(format_ == CaptureFormat::pcap ? pcap_.error : pcapng_.error);
      case Parsed::Kind::need: {
        const Supply state = gather(parsed.size);
        if (state != Supply::bytes) return without_bytes(state, window().size(), parsed.size);
        break;
      }
    }
  }
}

void CaptureReader::fix_packet() {
  length_notice_ = {};
  if (record_.data.size() != record_.original_length) return;
  dissector_.dissect(dissection_, record_.data, record_.link, Dialect::full);
  copy_to_draft(dissection_, fixed_);
  want_all(fixed_);
  fill_wanted(fixed_);
  if (!fixed_.problem.empty()) {  // then it stays as it is
    length_notice_ = fixed_.problem;
    return;
  }
  record_.data = fixed_.bytes.span();
  record_.original_length = static_cast<std::uint32_t>(record_.data.size());
}

CaptureReader::Step CaptureReader::next_line() {
  for (;;) {
    const Bytes text = window();
    const void* const end = text.size() > searched_ ? std::memchr(text.data() + searched_, '\n', text.size() - searched_) : nullptr;
    if (!end) {
      const Supply state = extend_line();
      if (state == Supply::bytes) continue;
      if (state != Supply::finished) return without_bytes(state, 0, 0);
      if (window().empty() && !passing_over_) return without_bytes(state, 0, 0);
    }
    const Bytes whole = window();
    const std::size_t size = end ? static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - whole.data()) : whole.size();
    used_by_record_ = size + (end ? 1 : 0);
    searched_ = 0;
    ++number_;
    line_ = {reinterpret_cast<const char*>(whole.data()), size};
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    if (std::exchange(passing_over_, false) || size > largest_line_bytes) {
      error_ = {fmt::format("line {}: longer than {} bytes", number_, largest_line_bytes)};
      return Step::bad;
    }
    if (!std::all_of(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), blank)) return read_line();
    consume(std::exchange(used_by_record_, 0));
  }
}

CaptureReader::Step CaptureReader::read_line() {
  constexpr std::uint64_t most_us = std::numeric_limits<std::int64_t>::max() / 1000;
  const auto read = lines_.read(line_);
  if (!read || read->time_us.value_or(0) > most_us) {
    error_ = {fmt::format("line {}: {}", number_, read ? "timestamp_us: beyond the year 2262" : read.error().what)};
    return Step::bad;
  }
  timed_ = read->time_us.has_value();
  record_.time_ns = static_cast<std::int64_t>(read->time_us.value_or(0)) * 1000;
  // A guess is kept until a packet tells: the packets of a file go to one file again.
  if (read->link) record_.link = *read->link;
  else if (untold_link_) record_.link = *untold_link_;
  else if (!link_known_) record_.link = link_ahead({line_.data(), window().size()});
  link_known_ = true;
  link_told_ = read->link.has_value();
  record_.direction = read->direction;
  record_.data = read->packet;
  record_.original_length = static_cast<std::uint32_t>(read->packet.size());
  length_notice_ = read->length_notice;
  return Step::record;
}

// `window` holds the beginning of a line: adds to it from the next chunk, up to the line's end.
CaptureReader::Supply CaptureReader::extend_line() {
  searched_ = window().size();
  if (searched_ > largest_line_bytes || passing_over_) {
    passing_over_ = true;
    consume(std::exchange(searched_, 0));
  } else if (carry_.empty()) {
    carry_.assign(chunk_.begin(), chunk_.end());
    chunk_ = {};
  }
  const Supply state = supply();
  if (state != Supply::bytes) return state;
  if (carry_.empty()) return state;  // it begins with this chunk, or is passed over
  const void* const end = std::memchr(chunk_.data(), '\n', chunk_.size());
  const std::size_t take = end ? static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - chunk_.data()) + 1 : chunk_.size();
  carry_.insert(carry_.end(), chunk_.begin(), chunk_.begin() + static_cast<std::ptrdiff_t>(take));
  chunk_ = chunk_.subspan(take);
  return state;
}

}  // namespace proto
