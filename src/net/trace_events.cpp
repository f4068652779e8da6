#include "net/trace_events.h"

#include <algorithm>

namespace net {

namespace {

/// Packets under way whose interface is remembered. Freed ones leave; at a collision the newer one stays.
constexpr unsigned kSightingBits = 16;
/// A packet's memory is used again soon after it was freed, and not every way to free it is traced (TCP receive): an older
/// sighting may be that of another packet. Packets that wait longer in a queue are shown without an interface.
constexpr std::uint64_t kSightingLife = 1'000'000'000;  // ns

/// A drop waits for its stack, which a busy machine wrote 34 ms later (seen); but the kernel may also leave it out.
constexpr std::uint64_t kStackWait = 1'000'000'000;  // ns

std::uint64_t mix(std::uint64_t value) noexcept { return value * 0x9e3779b97f4a7c15ULL; }

}  // namespace

std::uint32_t TraceNames::number(std::string_view name) {
  if (name.empty()) return 0;
  const auto [at, added] = numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
  if (added) names_.emplace_back(name);
  return at->second;
}

std::uint32_t TraceStacks::number(std::vector<std::uint64_t> stack) {
  if (stack.empty()) return 0;
  std::uint64_t hash = 0;
  for (const auto address : stack) hash = mix(hash ^ address);
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto at = first; at != last; ++at)
    if (stacks_[at->second] == stack) return at->second;
  const auto number = static_cast<std::uint32_t>(stacks_.size());
  stacks_.push_back(std::move(stack));
  by_hash_.emplace(hash, number);
  return number;
}

Result<TraceDecoder> TraceDecoder::make(DropFormats formats, std::size_t cpus) {
  TraceDecoder decoder;
  const auto need = [&formats](TraceField& into, std::string_view name) -> Result<void> {
    const TraceField* field = formats.drop.field(name);
    if (field == nullptr) return reactor::failed("read", "skb:kfree_skb", "no field '" + std::string(name) + "' in its format");
    into = *field;
    return {};
  };
  TRY_VOID(need(decoder.type_, "common_type"));
  TRY_VOID(need(decoder.pid_, "common_pid"));
  TRY_VOID(need(decoder.skb_, "skbaddr"));
  TRY_VOID(need(decoder.location_, "location"));
  TRY_VOID(need(decoder.protocol_, "protocol"));
  if (const TraceField* reason = formats.drop.field("reason")) decoder.reason_ = *reason;
  if (formats.receive) decoder.sightings_.resize(std::size_t{1} << kSightingBits);
  decoder.formats_ = std::move(formats);
  decoder.queues_.resize(cpus);
  decoder.last_time_.resize(cpus);
  return decoder;
}

TraceDecoder::PageResult TraceDecoder::decode(std::size_t cpu, std::span<const std::byte> bytes) {
  TracePage page(formats_.page, bytes);
  PageResult result{.lost = page.lost(), .lost_count = page.lost_count()};
  auto& queue = queues_[cpu];
  const auto is = [](const std::optional<TraceFormat>& format, std::uint64_t type) { return format && format->id == type; };
  TraceRecord record;
  while (page.next(record)) {
    last_time_[cpu] = std::max(last_time_[cpu], record.time_ns);  // a ring's times ascend, unless a page is damaged
    const auto type = trace_value(record.data, type_);
    TraceEvent event{.time_ns = last_time_[cpu], .cpu = static_cast<std::uint16_t>(cpu)};
    if (type == formats_.drop.id) {
      event.skb = trace_value(record.data, skb_);
      event.location = trace_value(record.data, location_);
      event.pid = static_cast<std::uint32_t>(trace_value(record.data, pid_));
      event.protocol = static_cast<std::uint16_t>(trace_value(record.data, protocol_));
      event.reason = static_cast<std::uint32_t>(trace_value(record.data, reason_));
    } else if (is(formats_.stack, type)) {
      add_stack(cpu, record.data);
      continue;
    } else if (is(formats_.receive, type) || is(formats_.transmit, type)) {
      const TraceFormat& format = is(formats_.receive, type) ? *formats_.receive : *formats_.transmit;
      const TraceField* skb = format.field("skbaddr");
      const TraceField* name = format.field("name");
      if (skb == nullptr || name == nullptr) continue;
      event.kind = TraceEvent::Kind::sighting;
      event.skb = trace_value(record.data, *skb);
      event.iface = ifaces.number(trace_string(record.data, *name));
    } else if (is(formats_.consume, type)) {
      const TraceField* skb = formats_.consume->field("skbaddr");
      if (skb == nullptr) continue;
      event.kind = TraceEvent::Kind::release;
      event.skb = trace_value(record.data, *skb);
    } else {
      continue;
    }
    queue.push_back(event);
    ++result.events;
  }
  result.damage = page.damage();
  return result;
}

void TraceDecoder::add_stack(std::size_t cpu, std::span<const std::byte> record) {
  // An interrupt between a drop and its stack records its own drop and stack first: stacks belong to the latest drop that
  // has none.
  auto& queue = queues_[cpu];
  const auto drop = std::find_if(queue.rbegin(), queue.rend(),
                                 [](const TraceEvent& e) { return e.kind == TraceEvent::Kind::drop && e.stack == 0; });
  const TraceField* size = formats_.stack->field("size");
  const TraceField* caller = formats_.stack->field("caller");
  if (drop == queue.rend() || size == nullptr || caller == nullptr) return;
  // The format says caller[8], but the record is as long as `size` says.
  std::vector<std::uint64_t> stack;
  const auto count = trace_value(record, *size);
  for (TraceField at{.offset = caller->offset, .size = 8}; stack.size() < count && at.offset + 8 <= record.size(); at.offset += 8)
    stack.push_back(trace_value(record, at));
  // What is above the code that dropped the packet is tracing itself.
  if (const auto from = std::find(stack.begin(), stack.end(), drop->location); from != stack.end()) stack.erase(stack.begin(), from);
  drop->stack = stacks.number(std::move(stack));
}

TraceDecoder::Sighting& TraceDecoder::slot(std::uint64_t skb) noexcept { return sightings_[mix(skb) >> (64 - kSightingBits)]; }

std::uint64_t TraceDecoder::before_stackless(std::uint64_t until_ns) const noexcept {
  std::uint64_t before = until_ns;
  for (const auto& queue : queues_)
    for (const TraceEvent& event : queue) {
      if (event.time_ns > before) break;
      if (event.kind != TraceEvent::Kind::drop || event.stack != 0 || until_ns - event.time_ns > kStackWait) continue;
      before = std::max<std::uint64_t>(event.time_ns, 1) - 1;
    }
  return before;
}

std::span<const TraceEvent> TraceDecoder::take(std::uint64_t until_ns) {
  const auto earlier = [](const TraceEvent& a, const TraceEvent& b) { return a.time_ns < b.time_ns; };
  taken_.clear();
  if (formats_.stack && until_ns != UINT64_MAX) until_ns = before_stackless(until_ns);
  for (auto& queue : queues_) {
    const auto end = std::upper_bound(queue.begin(), queue.end(), TraceEvent{.time_ns = until_ns}, earlier);
    if (end == queue.begin()) continue;
    const auto middle = static_cast<std::ptrdiff_t>(taken_.size());
    taken_.insert(taken_.end(), queue.begin(), end);
    queue.erase(queue.begin(), end);
    if (middle != 0) std::inplace_merge(taken_.begin(), taken_.begin() + middle, taken_.end(), earlier);
  }
  if (sightings_.empty()) return taken_;
  for (TraceEvent& event : taken_) {
    Sighting& seen = slot(event.skb);
    if (event.kind == TraceEvent::Kind::sighting) {
      seen = {event.skb, event.time_ns, event.iface};
    } else if (seen.skb == event.skb) {
      if (event.kind == TraceEvent::Kind::drop && event.time_ns - seen.time_ns <= kSightingLife) event.iface = seen.iface;
      seen = {};
    }
  }
  return taken_;
}

bool TraceDecoder::holding() const noexcept {
  return std::any_of(queues_.begin(), queues_.end(), [](const auto& queue) { return !queue.empty(); });
}

}  // namespace net
