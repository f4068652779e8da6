#include "oside_search.h"

#include <algorithm>

#include "reactor/loop.h"

namespace cmds::oside {

using namespace proto;

namespace {

constexpr std::size_t piece_bytes = std::size_t{256} << 10;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// A stretch of the file that is in memory.
struct Window {
  std::uint64_t from = 0;
  std::string bytes;
  [[nodiscard]] bool holds(std::uint64_t start, std::uint64_t end) const { return start >= from && end <= from + bytes.size(); }
};

// The bytes of a record, with those that follow it: the next ones are mostly wanted next.
reactor::Task<reactor::Result<std::string_view>> raw_record(Source* source, std::size_t record, Window* window) {
  const std::uint64_t start = source->start(record), end = source->end(record);
  if (!window->holds(start, end)) {
    window->from = start;
    window->bytes.resize(std::max<std::uint64_t>(end - start, std::min<std::uint64_t>(piece_bytes, source->end(source->count() - 1) - start)));
    auto read = co_await source->read(start, window->bytes);
    if (!read) co_return tl::unexpected(read.error());
  }
  co_return std::string_view(window->bytes).substr(start - window->from, end - start);
}

}  // namespace

Matcher::Matcher(std::string wanted, LinkType link) {
  const bool quoted = wanted.starts_with('"') || wanted.starts_with('\'');
  if (!quoted) {
    if (auto filter = Filter::compile(wanted, link)) filter_ = std::move(*filter);
  } else {
    if (wanted.size() > 1 && wanted.back() == wanted.front()) wanted.pop_back();
    wanted.erase(0, 1);
  }
  text_ = std::move(wanted);
  std::transform(text_.begin(), text_.end(), text_.begin(), lower);
}

bool Matcher::in_text(std::string_view text) const {
  return std::search(text.begin(), text.end(), text_.begin(), text_.end(), [](char a, char b) { return lower(a) == b; }) != text.end();
}

bool Matcher::matches(const Record& record, std::string_view line) {
  if (filter_) return filter_->matches(record).value_or(false);
  if (!line.empty() && in_text(line)) return true;
  line_.clear();
  writer_.append(line_, record);
  return in_text(line_.view());
}

reactor::Task<reactor::Result<void>> search(const Document& document, Source& source, Matcher& matcher, std::size_t first, std::size_t count,
                                            std::function<bool(std::size_t, bool)> visit, std::function<reactor::Task<bool>(std::size_t)> pause) {
  Window window;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = (first + i) % count;
    const Document::Slot slot = document.slot(at);
    const EditedPacket* const edited = document.edited(slot);
    auto raw = reactor::Result<std::string_view>(std::string_view());
    if (edited == nullptr) raw = co_await raw_record(&source, slot.source, &window);
    if (!raw) co_return tl::unexpected(raw.error());
    const auto record = edited != nullptr ? edited->record(bytes) : source.record(slot.source, *raw);
    const bool line = source.format() == CaptureFormat::jsonl;
    if (!visit(at, record && matcher.matches(*record, line ? *raw : std::string_view()))) co_return reactor::Result<void>();
    if (!reactor::Loop::current().slice_used()) continue;
    co_await reactor::yield();
    auto go_on = co_await pause(i);
    if (!go_on) co_return reactor::Result<void>();
  }
  co_return reactor::Result<void>();
}

}  // namespace cmds::oside
