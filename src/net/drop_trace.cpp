#include "net/drop_trace.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timer.h"

namespace net {

namespace {

using reactor::failed;
using reactor::Nanoseconds;

/// An event's time is taken before the event is readable, and an interrupt may come between (its stack follows later still):
/// only what is older than this is handed out, so that the CPUs' streams merge in order.
constexpr std::uint64_t kSettled = 1'000'000;  // ns
/// As network cards moderate interrupts: after a round that found many events, more are on their way, and reading them page by
/// page instead of event by event is what keeps the cost per event low.
constexpr Nanoseconds kPauseAfterFew{1'000'000}, kPauseAfterMany{10'000'000};
constexpr std::size_t kMany = 64;
/// Pages that a round takes from one ring before the others have their turn.
constexpr std::size_t kPagesPerRound = 256;

/// Per CPU. 4 MB hold 450 ms of 200,000 drops a second; a ring grows when a round finds it a quarter full.
constexpr std::size_t kFirstRingKb = 4096, kLeastRingKb = 128, kMostRingKb = 65536;

/// What the rings of all CPUs together may take: a sixteenth of the memory.
std::size_t rings_limit_kb() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
  constexpr std::size_t kUnknown = std::size_t{128} * 1024;
  if (pages <= 0 || size <= 0) return kUnknown / 16;
  return static_cast<std::size_t>(pages) * (static_cast<std::size_t>(size) / 1024) / 16;
}

std::uint64_t nanoseconds(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

/// What to add to CLOCK_MONOTONIC for the time that captures have. Asked for each round: the clock may be set.
std::uint64_t real_time_offset() {
  const auto before = nanoseconds(CLOCK_MONOTONIC);
  const auto real = nanoseconds(CLOCK_REALTIME);
  const auto after = nanoseconds(CLOCK_MONOTONIC);
  return real - (before + (after - before) / 2);
}

/// "overrun: 12" and alike, of per_cpu/cpuN/stats.
std::uint64_t lost_by_stats(std::string_view text) {
  std::uint64_t lost = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    for (const std::string_view key : {"overrun: ", "commit overrun: ", "dropped events: "}) {
      std::uint64_t count = 0;
      if (line.starts_with(key) && std::from_chars(line.data() + key.size(), line.data() + line.size(), count).ec == std::errc{})
        lost += count;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lost;
}

constexpr const char* kDropEvent = "events/skb/kfree_skb";
constexpr const char* kReceiveEvent = "events/net/netif_receive_skb";
constexpr const char* kTransmitEvent = "events/net/net_dev_queue";
constexpr const char* kConsumeEvent = "events/skb/consume_skb";
constexpr const char* kStackEvent = "events/ftrace/kernel_stack";

Task<Result<TraceFormat>> read_format(std::string path) {
  auto text = co_await reactor::read_file(path + "/format");
  if (!text) co_return tl::unexpected(text.error());
  co_return parse_trace_format(*text);
}

}  // namespace

DropTrace::DropTrace(std::string tracefs, DropTraceOptions options)
    : tracefs_(std::move(tracefs)), options_(std::move(options)), comms_(tracefs_) {
  options_.ifaces = options_.ifaces || !options_.filter.ifaces.empty();
}

Task<Result<void>> DropTrace::load_formats() {
  const std::string root = tracefs_ + "/";
  auto page = co_await reactor::read_file(root + "events/header_page");
  if (!page) co_return tl::unexpected(page.error());
  CO_TRY(layout, parse_trace_header_page(*page));
  formats_.page = layout;
  auto event = co_await reactor::read_file(root + "events/header_event");
  if (!event) co_return tl::unexpected(event.error());
  CO_TRY_VOID(check_trace_header_event(*event));
  auto drop = co_await read_format(root + kDropEvent);
  if (!drop) co_return tl::unexpected(drop.error());
  formats_.drop = std::move(*drop);
  reasons_ = formats_.drop.symbols("reason");
  has_reasons_ = formats_.drop.field("reason") != nullptr;
  struct Wanted {
    bool yes;
    const char* path;
    std::optional<TraceFormat>* into;
  };
  const Wanted wanted[] = {{options_.ifaces, kReceiveEvent, &formats_.receive},
                           {options_.ifaces, kTransmitEvent, &formats_.transmit},
                           {options_.ifaces, kConsumeEvent, &formats_.consume},
                           {options_.stacks, kStackEvent, &formats_.stack}};
  for (const Wanted& one : wanted) {
    if (!one.yes) continue;
    auto format = co_await read_format(root + one.path);
    if (!format) co_return tl::unexpected(format.error());
    *one.into = std::move(*format);
  }
  co_return Result<void>();
}

Result<void> DropTrace::open_rings() {
  const std::string folder = instance_->path() + "/per_cpu";
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), ::closedir);
  if (!dir) return failed("open", folder, errno);
  ready_ = reactor::Fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!ready_) return failed("epoll_create", {}, errno);
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name(entry->d_name);
    Ring ring;
    if (!name.starts_with("cpu") || std::from_chars(name.data() + 3, name.data() + name.size(), ring.cpu).ec != std::errc{}) continue;
    const std::string path = fmt::format("{}/{}/trace_pipe_raw", folder, name);
    ring.fd = reactor::Fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!ring.fd) return failed("open", path, errno);
    rings_.push_back(std::move(ring));
  }
  std::sort(rings_.begin(), rings_.end(), [](const Ring& a, const Ring& b) { return a.cpu < b.cpu; });
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    if (::epoll_ctl(ready_.get(), EPOLL_CTL_ADD, rings_[i].fd.get(), &event) != 0) return failed("epoll_ctl", "trace_pipe_raw", errno);
  }
  if (rings_.empty()) return failed("open", folder, "no CPU there");
  return {};
}

Task<Result<void>> DropTrace::set_up(std::string filter) {
  const auto cpus = static_cast<std::size_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_CONF)));
  ring_kb_ = std::clamp(rings_limit_kb() / cpus, kLeastRingKb, kFirstRingKb);
  std::vector<TraceSetting> settings = {
      {"tracing_on", "1"},
      {"trace_clock", "mono"},
      {"buffer_percent", "0"},  // else a poll of trace_pipe_raw waits until the ring is half full
      {"options/overwrite", "1"},
      {"options/stacktrace", options_.stacks ? "1" : "0"},
      {"buffer_size_kb", std::to_string(ring_kb_)},
      {std::string(kDropEvent) + "/filter", filter.empty() ? "0" : filter},
  };
  auto applied = co_await instance_->apply(std::move(settings));
  if (!applied) co_return applied;
  CO_TRY_VOID(open_rings());
  CO_TRY(decoder, TraceDecoder::make(formats_, rings_.size()));
  decoder_ = std::move(decoder);
  page_.resize(formats_.page.page_size());
  std::vector<TraceSetting> events;
  if (options_.ifaces)
    for (const char* event : {kReceiveEvent, kTransmitEvent, kConsumeEvent}) events.push_back({std::string(event) + "/enable", "1"});
  events.push_back({std::string(kDropEvent) + "/enable", "1"});
  applied = co_await instance_->apply(std::move(events));
  co_return applied;
}

Task<Result<void>> DropTrace::start() {
  auto loaded = co_await load_formats();
  if (!loaded) co_return loaded;
  CO_TRY(filter, kernel_drop_filter(options_.filter, formats_.drop));
  const reactor::Shield shield;  // a stop request now would leave half an instance behind
  auto instance = co_await TraceInstance::make(tracefs_);
  if (!instance) co_return tl::unexpected(instance.error());
  instance_ = std::move(*instance);
  auto ready = co_await set_up(std::move(filter));
  if (ready) co_return ready;
  auto removed = co_await remove();
  if (!removed) ready.error().reason += "; and the instance stays: " + removed.error().text();
  co_return ready;
}

Task<Result<std::size_t>> DropTrace::drain(std::size_t index) {
  Ring& ring = rings_[index];
  std::size_t bytes = 0;
  for (std::size_t pages = 0; pages < kPagesPerRound; ++pages) {
    const auto n = ::read(ring.fd.get(), page_.data(), page_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) co_return failed("read", fmt::format("{}/per_cpu/cpu{}/trace_pipe_raw", instance_->path(), ring.cpu), errno);
    if (n <= 0) {
      std::erase(to_read_, index);
      break;
    }
    bytes += static_cast<std::size_t>(n);
    const auto page = decoder_->decode(index, std::as_bytes(std::span(page_).first(static_cast<std::size_t>(n))));
    events_read_ += page.events;
    ring.lost_now = ring.lost_now || page.lost;
    ring.lost_in_pages += page.lost_count;
    if (page.damage != nullptr) {
      ++damaged_pages_;
      damage_ = page.damage;
    }
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  co_return bytes;
}

Task<void> DropTrace::count_lost(bool all) {
  // A page says how many went before it when it has room for the number; the ring's statistics always know.
  for (Ring& ring : rings_) {
    if (!all && !ring.lost_now) continue;
    ring.lost_now = false;
    const auto text = co_await reactor::read_file(fmt::format("{}/per_cpu/cpu{}/stats", instance_->path(), ring.cpu));
    if (text) ring.lost_in_stats = lost_by_stats(*text);
  }
}

Task<Result<void>> DropTrace::grow() {
  const std::size_t limit = std::clamp(rings_limit_kb() / rings_.size(), kLeastRingKb, kMostRingKb);
  if (ring_kb_ >= limit) co_return Result<void>();
  ring_kb_ = std::min(ring_kb_ * 2, limit);
  std::vector<TraceSetting> settings = {{"buffer_size_kb", std::to_string(ring_kb_)}};
  auto applied = co_await instance_->apply(std::move(settings));
  // Without the memory the ring stays as it is; what that costs is counted as lost.
  if (!applied && applied.error().code == ENOMEM) ring_kb_ = kMostRingKb;
  if (!applied && applied.error().code != ENOMEM) co_return applied;
  co_return Result<void>();
}

Task<Result<void>> DropTrace::round(bool last) {
  const reactor::Shield shield;  // what has been read from a ring is nowhere else: it is handed out, with its names
  std::uint64_t until = last ? UINT64_MAX : nanoseconds(CLOCK_MONOTONIC) - kSettled;
  epoll_event named[64];
  const int count = last ? 0 : ::epoll_wait(ready_.get(), named, std::size(named), 0);
  for (int i = 0; i < count; ++i)
    if (const auto index = static_cast<std::size_t>(named[i].data.u64); std::find(to_read_.begin(), to_read_.end(), index) == to_read_.end())
      to_read_.push_back(index);
  if (last && to_read_.empty())
    for (std::size_t i = 0; i < rings_.size(); ++i) to_read_.push_back(i);
  most_read_ = events_read_ = 0;
  const std::vector<std::size_t> now = to_read_;
  for (const auto index : now) {
    auto bytes = co_await drain(index);
    if (!bytes) co_return tl::unexpected(bytes.error());
    most_read_ = std::max(most_read_, *bytes);
  }
  // A ring that was left with more holds events older than the others' latest ones.
  for (const auto index : to_read_) until = std::min(until, decoder_->last_time(index));
  co_await hand_out(until);
  complete_until_ = until;
  const bool lost = std::any_of(rings_.begin(), rings_.end(), [](const Ring& r) { return r.lost_now; });
  if (lost) co_await count_lost(false);
  if (!last && (lost || most_read_ / 1024 > ring_kb_ / 4)) {
    auto grown = co_await grow();
    if (!grown) co_return grown;
  }
  busy_ = events_read_ != 0 || decoder_->holding() || !to_read_.empty();
  co_return Result<void>();
}

Task<void> DropTrace::hand_out(std::uint64_t until_ns) {
  batch_.clear();
  const auto offset = real_time_offset();
  std::vector<std::uint32_t> pids;
  for (TraceEvent event : decoder_->take(until_ns)) {
    if (event.kind != TraceEvent::Kind::drop) continue;
    const auto& ifaces = options_.filter.ifaces;
    if (!ifaces.empty() && std::find(ifaces.begin(), ifaces.end(), decoder_->ifaces.name(event.iface)) == ifaces.end()) continue;
    event.time_ns += offset;
    if (batch_.empty() || batch_.back().event.pid != event.pid) pids.push_back(event.pid);
    batch_.push_back({.event = event});
  }
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  co_await comms_.learn(std::move(pids));
  std::uint32_t pid = 0, comm = comms_.number(0);
  for (Drop& drop : batch_) {
    if (drop.event.pid != pid) {
      pid = drop.event.pid;
      comm = comms_.number(pid);
    }
    drop.comm = comm;
  }
}

Task<Result<std::span<const Drop>>> DropTrace::next() {
  if (busy_ && to_read_.empty()) {
    auto pause = co_await reactor::sleep_for(events_read_ > kMany ? kPauseAfterMany : kPauseAfterFew);
    if (!pause) co_return tl::unexpected(pause.error());
  } else if (!busy_) {
    waiting_ = true;
    auto ready = co_await reactor::poll(ready_.get(), POLLIN);
    waiting_ = false;
    if (!ready) co_return tl::unexpected(ready.error());
  }
  auto done = co_await round(false);
  if (!done) co_return tl::unexpected(done.error());
  co_return std::span<const Drop>(batch_);
}

bool DropTrace::idle() const noexcept {
  pollfd rings{ready_.get(), POLLIN, 0};
  return waiting_ && ::poll(&rings, 1, 0) == 0;
}

Task<Result<void>> DropTrace::stop() {
  std::vector<TraceSetting> off = {{std::string(kDropEvent) + "/enable", "0"}};
  if (options_.ifaces)
    for (const char* event : {kReceiveEvent, kTransmitEvent, kConsumeEvent}) off.push_back({std::string(event) + "/enable", "0"});
  auto applied = co_await instance_->apply(std::move(off));
  to_read_.clear();
  co_return applied;
}

Task<Result<std::span<const Drop>>> DropTrace::rest() {
  for (;;) {
    auto done = co_await round(true);
    if (!done) co_return tl::unexpected(done.error());
    if (!batch_.empty()) co_return std::span<const Drop>(batch_);
    if (busy_) continue;
    co_await count_lost(true);
    co_return std::span<const Drop>();
  }
}

Task<Result<void>> DropTrace::remove() {
  for (Ring& ring : rings_) ring.fd.reset();
  ready_.reset();
  auto removed = co_await instance_->remove();
  co_return removed;
}

std::uint64_t DropTrace::lost() const noexcept {
  std::uint64_t lost = 0;
  for (const Ring& ring : rings_) lost += std::max(ring.lost_in_pages, ring.lost_in_stats);
  return lost;
}

std::string DropTrace::reason_name(std::uint32_t reason) const {
  if (!has_reasons_) return "?";
  const auto found = reasons_.find(reason);
  return found != reasons_.end() ? found->second : fmt::format("0x{:x}", reason);
}

}  // namespace net
