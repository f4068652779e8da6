#include "oside_rows.h"

#include <fmt/format.h>

#include "oside_view.h"
#include "proto/outline.h"
#include "reactor/loop.h"

namespace cmds::oside {

namespace {

// More than any screen shows, so that what is seen is held; the rest would only be memory.
constexpr std::size_t most_rows = 4096;

std::uint64_t key_of(Document::Slot slot) { return std::uint64_t{slot.version} << 32 | slot.source; }

std::string row_text(const EditedPacket& packet) {
  std::string time = "-";
  if (packet.time_ns) {
    // Of "2023-11-14 22:13:20.000017000 UTC" the time of day, in microseconds.
    time = proto::utc_text(*packet.time_ns);
    if (time.size() > 30) time = time.substr(11, 15);
  }
  const char* const way = packet.direction == proto::Direction::tx ? "tx" : packet.direction == proto::Direction::rx ? "rx" : "  ";
  return fmt::format("{} {}  {}", time, way, packet_summary(packet.packet));
}

}  // namespace

const std::string& Rows::of(Document::Slot slot) {
  const auto [row, fresh] = rows_.try_emplace(key_of(slot));
  if (!fresh) return row->second;
  if (const EditedPacket* const packet = document_.edited(slot)) {
    row->second = row_text(*packet);
  } else {
    wanted_.push_back(slot);
    work_.set();
  }
  return row->second;
}

reactor::Task<void> Rows::read(Document::Slot slot) {
  auto raw = co_await source_.raw(slot.source);
  std::string text;
  if (raw) {
    const auto packet = source_.packet(slot.source, *raw);
    text = packet ? row_text(*packet) : packet.error().what;
  } else {
    text = raw.error().text();
  }
  rows_[key_of(slot)] = std::move(text);
}

reactor::Task<void> Rows::read_all() {
  for (;;) {
    work_.reset();
    if (rows_.size() > most_rows) rows_.clear();
    const auto wanted = std::exchange(wanted_, {});
    for (const Document::Slot slot : wanted) {
      if (reactor::must_stop()) co_return;
      co_await read(slot);
      if (reactor::Loop::current().slice_used()) co_await reactor::yield();
    }
    if (!wanted.empty()) screen_.refresh();
    if (!wanted_.empty()) continue;
    auto waited = co_await work_.wait();
    if (!waited) co_return;
  }
}

}  // namespace cmds::oside
