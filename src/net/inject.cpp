#include "net/inject.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "net/link.h"
#include "net/random_seed.h"
#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"

namespace net {

namespace {

// Nearer than this a round of the loop could come too late: a round with nothing to do takes well under a microsecond, one that
// serves others some.
constexpr Nanoseconds kTightSpin{5'000};
// How long a frame is tried again when the kernel has no room: a queue of 1,000 frames on a 10 Mbit/s line drains in 1.2 s.
constexpr Nanoseconds kPatience{2'000'000'000};
constexpr Nanoseconds kRetryAfter{100'000};
// Drivers that fetch their counters from the device do so now and then.
constexpr Nanoseconds kCountersSettle{50'000'000};
constexpr std::size_t kMemoryBytes = 256 * 1024;  // of queued frames; a larger frame is sent alone
constexpr std::int64_t kLongGapNs = 10'000'000'000;
constexpr std::int64_t kFarthest = std::int64_t{1} << 61;  // ns, 73 years: no clock gets there

bool interface_unusable(int error, bool tap) noexcept {
  return error == ENETDOWN || error == ENXIO || error == ENODEV || error == EBADFD || (tap && error == EIO);
}

Nanoseconds whole(double exact) noexcept { return Nanoseconds(std::llround(std::min(exact, static_cast<double>(kFarthest)))); }

void relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

std::size_t TimingErrors::class_of(std::uint64_t value) noexcept {
  if (value < 16) return value;
  const auto octave = static_cast<std::size_t>(std::bit_width(value)) - 1;
  return octave * 16 + ((value >> (octave - 4)) & 15);
}

void TimingErrors::add(Nanoseconds error) noexcept {
  if (count_++ == 0) first_ = error;
  last_ = error;
  const Nanoseconds size = error < Nanoseconds(0) ? -error : error;
  largest_ = std::max(largest_, size);
  ++classes_[class_of(static_cast<std::uint64_t>(size.count()))];
}

Nanoseconds TimingErrors::quantile(double share) const noexcept {
  const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    below += classes_[i];
    if (below < rank || below == 0) continue;
    if (i < 16) return Nanoseconds(static_cast<std::int64_t>(i));
    const std::size_t octave = i / 16;
    return Nanoseconds(static_cast<std::int64_t>((16 + (i & 15)) << (octave - 4)));
  }
  return Nanoseconds(0);
}

Injector::Injector(InjectSettings settings, std::function<void(std::string)> note)
    : settings_(std::move(settings)),
      note_(std::move(note)) {
  report_.timed = settings_.pace != InjectSettings::Pace::topspeed;
}

Task<Result<void>> Injector::run() {
  if (settings_.tap) {
    sender_ = PacketSender::open(settings_.interface, settings_.tap);
  } else {
    CO_TRY(sender, PacketSender::open(settings_.interface, settings_.bypass));
    sender_ = std::move(sender);
  }
  if (!settings_.filter.empty()) {
    auto filter = proto::Filter::compile(settings_.filter, link_type_of(settings_.interface.framing));
    if (!filter) co_return reactor::failed({}, {}, filter.error().what);
    filter_ = std::move(*filter);
  }
  if (settings_.verify) {
    auto check = co_await SentCheck::open(settings_.interface, sender_->into_tap());
    if (!check) co_return tl::unexpected(check.error());
    check_ = std::move(*check);
  }
  if (!settings_.timing_report.empty()) {
    auto fd = co_await reactor::open_file(settings_.timing_report, O_WRONLY | O_CREAT | O_TRUNC);
    if (!fd) co_return tl::unexpected(fd.error());
    timing_out_ = std::make_unique<reactor::Out>(reactor::fd_sink(std::move(*fd)));
    timing_out_->write("# packet due_ns actual_ns error_ns, from the start of the injection\n");
  }
  memory_.reserve(kMemoryBytes);
  queued_frames_.reserve(PacketSender::kBatch);
  co_await read_counters(false);
  auto sent = co_await send_file();
  if (queued_ != 0) report_.duration = reactor::monotonic_now() - start_;
  for (const auto& [error, count] : failures_)
    if (count > 1) note_(std::to_string(count) + " packets not sent: " + reactor::errno_text(error));
  if (check_) {
    auto verdict = co_await check_->finish();
    report_.verdict = verdict;
  }
  co_await compare_counters();
  if (timing_out_) {
    auto written = co_await timing_out_->finish();
    if (!written && sent) sent = tl::unexpected(written.error());
  }
  co_return sent;
}

Task<Result<void>> Injector::send_file() {
  CaptureReading reading;
  reading.piece_bytes = CaptureReading::paced_bytes;
  if (settings_.fix) reading.mode = proto::LineReader::Mode::fix;
  reading.seed = random_seed();
  reading.untold_link = link_type_of(settings_.interface.framing);
  auto input = co_await CaptureInput::open(settings_.path, nullptr, reading);
  if (!input) co_return tl::unexpected(input.error());
  CaptureInput& file = **input;
  for (std::uint64_t pass = 0; pass < settings_.loops; ++pass) {
    if (pass != 0) {
      last_time_ns_.reset();  // the next pass follows at once
      CO_TRY_VOID(file.rewind());
    }
    auto sent = co_await send_all(file);
    if (!sent) co_return sent;
    if (limit_reached() || queued_ == 0) break;
  }
  co_return Result<void>();
}

Task<Result<void>> Injector::send_all(CaptureInput& input) {
  using Step = proto::CaptureReader::Step;
  for (;;) {
    // A stop request is heeded here too: at top speed nothing else waits.
    if (reactor::must_stop()) co_return reactor::failed({}, {}, ECANCELED);
    proto::CaptureReader& reader = input.reader();
    const Step step = reader.next();
    auto queued = Result<bool>(false);
    if (step == Step::record) {
      queued = queue(record_of(reader), reader.position().number);
    } else if (step == Step::bad) {
      ++report_.bad_records;
      note_(input.path() + ": " + reader.error().what);
    } else {
      auto flushed = co_await flush();
      if (!flushed) co_return flushed;
      if (step == Step::end) co_return Result<void>();
      if (step == Step::error) co_return reactor::failed({}, input.path(), reader.error().what);
      auto filled = co_await input.fill();
      if (!filled) co_return filled;
      continue;
    }
    if (!queued) co_return tl::unexpected(queued.error());
    if (!*queued) continue;
    const Nanoseconds due = start_ + due_;
    if (report_.timed && due > reactor::monotonic_now()) {
      // Those before it are late already; this one is sent at its moment.
      auto flushed = co_await flush(1);
      if (!flushed) co_return flushed;
      auto waited = co_await wait_until(due);
      if (!waited) co_return waited;
      flushed = co_await flush();
      if (!flushed) co_return flushed;
    } else if (queued_frames_.size() == PacketSender::kBatch || memory_.size() >= kMemoryBytes) {
      auto flushed = co_await flush();
      if (!flushed) co_return flushed;
    }
    if (limit_reached()) {
      auto flushed = co_await flush();
      co_return flushed;
    }
  }
}

// The time that a line does not say is that of the packet before it.
proto::Record Injector::record_of(const proto::CaptureReader& reader) {
  proto::Record record = reader.record();
  const auto about = [&] { return settings_.path + (reader.format() == proto::CaptureFormat::jsonl ? ": line " : ": packet ") + std::to_string(reader.position().number) + ": "; };
  if (!reader.length_notice().empty() && !std::exchange(told_length_, true)) note_(about() + std::string(reader.length_notice()));
  if (!reader.timed()) {
    record.time_ns = last_time_ns_.value_or(0);
    if (!std::exchange(told_no_time_, true)) note_(about() + "no timestamp_us; sent with the packet before it");
  }
  return record;
}

Result<bool> Injector::queue(const proto::Record& record, std::uint64_t number) {
  if (filter_) {
    auto wanted = filter_->matches(record);
    if (!wanted) return reactor::failed({}, settings_.path, wanted.error().what);
    if (!*wanted) return false;
  }
  if (const std::string refusal = refusal_of(settings_.interface, record.link); !refusal.empty())
    return reactor::failed({}, settings_.path, "packet " + std::to_string(number) + " has another link type: " + refusal);
  if (record.data.size() < record.original_length && !std::exchange(told_cut_, true))
    note_(settings_.path + ": packet " + std::to_string(number) + " was cut when it was captured; such packets go out as they are in the file");
  const std::size_t at = memory_.size();
  memory_.insert(memory_.end(), record.data.begin(), record.data.end());
  if (!settings_.rewrite.empty()) settings_.rewrite.apply(std::span(memory_).subspan(at), record.link);
  if (queued_ == 0) start_ = reactor::monotonic_now();  // the first one is never late for what comes before it
  const Nanoseconds due = due_of(record.time_ns, record.data.size());
  queued_frames_.push_back({at, record.data.size(), due, number});
  ++queued_;
  return true;
}

// When the frame is to go, from the start. A clock that goes back in the file makes no gap.
Nanoseconds Injector::due_of(std::int64_t time_ns, std::size_t bytes) {
  using Pace = InjectSettings::Pace;
  switch (settings_.pace) {
    case Pace::topspeed: return Nanoseconds(0);
    case Pace::packets: due_exact_ = static_cast<double>(queued_) * 1e9 / settings_.rate; break;
    case Pace::megabits: {
      // The time that the frames before it take at this rate.
      due_ = whole(due_exact_);
      due_exact_ += static_cast<double>(bytes) * 8e3 / settings_.rate;
      return due_;
    }
    case Pace::original: {
      // Unsigned: a file may jump further than a signed number has room for.
      const bool forward = last_time_ns_ && time_ns > *last_time_ns_;
      const std::uint64_t distance = forward ? static_cast<std::uint64_t>(time_ns) - static_cast<std::uint64_t>(*last_time_ns_) : 0;
      auto gap = static_cast<std::int64_t>(std::min<std::uint64_t>(distance, kFarthest));
      last_time_ns_ = time_ns;
      if (settings_.max_gap && gap > settings_.max_gap->count()) {
        gap = settings_.max_gap->count();
      } else if (gap > kLongGapNs) {
        note_("a gap of " + std::to_string(gap / 1'000'000'000) + " s is kept (maxgap cuts it)");
      }
      due_exact_ += static_cast<double>(gap) / settings_.rate;
      break;
    }
  }
  due_ = whole(due_exact_);
  return due_;
}

// The loop's timer brings it near, a bounded spin does the rest; others run in every round of it.
Task<Result<void>> Injector::wait_until(Nanoseconds due) {
  if (due - reactor::monotonic_now() > settings_.spin) {
    auto slept = co_await reactor::sleep_until(due - settings_.spin);
    if (!slept) co_return slept;
  }
  for (;;) {
    const Nanoseconds left = due - reactor::monotonic_now();
    if (left <= Nanoseconds(0)) co_return Result<void>();
    if (left <= kTightSpin) {
      relax();
      continue;
    }
    co_await reactor::yield();
    if (reactor::must_stop()) co_return reactor::failed({}, {}, ECANCELED);
  }
}

// Hands the queued frames to the kernel, all but the last `keep` of them.
Task<Result<void>> Injector::flush(std::size_t keep) {
  const std::size_t count = queued_frames_.size() - keep;
  views_.clear();
  for (const Queued& frame : std::span(queued_frames_).first(count)) views_.emplace_back(memory_.data() + frame.at, frame.size);
  std::size_t done = 0;
  auto ended = Result<void>();
  Nanoseconds waiting_since{0};
  while (done < views_.size()) {
    const std::span<const proto::Bytes> rest = std::span(views_).subspan(done);
    const Nanoseconds when = reactor::monotonic_now();
    const PacketSender::Sent sent = sender_->send(rest);
    account(done, sent.count, when);
    done += sent.count;
    if (sent.count != 0) waiting_since = Nanoseconds(0);
    if (sent.error != 0) {
      if (interface_unusable(sent.error, sender_->into_tap())) {
        report_.failed += views_.size() - done;
        ended = reactor::failed({}, settings_.interface.name, sent.error == EIO ? ENETDOWN : sent.error);
        break;
      }
      if (waiting_since == Nanoseconds(0)) waiting_since = when;
      if (no_room_now(sent.error) && when - waiting_since < kPatience) {
        ++report_.retries;
        ended = co_await no_room(sent.error);
        if (!ended) break;
      } else {
        not_sent(queued_frames_[done++], sent.error);
        waiting_since = Nanoseconds(0);
      }
    }
    if (check_) check_->look();
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  const std::size_t kept_at = keep == 0 ? memory_.size() : queued_frames_[count].at;
  memory_.erase(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(kept_at));
  queued_frames_.erase(queued_frames_.begin(), queued_frames_.begin() + static_cast<std::ptrdiff_t>(count));
  for (Queued& frame : queued_frames_) frame.at -= kept_at;
  if (timing_out_ && timing_out_->full()) (void)co_await timing_out_->flush();
  co_return ended;
}

Task<Result<void>> Injector::no_room(int error) {
  if (error != EAGAIN) {
    auto slept = co_await reactor::sleep_for(kRetryAfter);
    co_return slept;
  }
  auto writable = reactor::poll(sender_->fd(), POLLOUT);
  auto ready = co_await writable;
  if (!ready) co_return tl::unexpected(ready.error());
  co_return Result<void>();
}

void Injector::account(std::size_t first, std::size_t count, Nanoseconds when) {
  for (std::size_t i = first; i < first + count; ++i) {
    const Queued& frame = queued_frames_[i];
    report_.bytes += frame.size;
    if (check_) check_->expect(views_[i]);
    if (!report_.timed) continue;
    const Nanoseconds actual = when - start_;
    report_.timing.add(actual - frame.due);
    if (timing_out_) timing_out_->print("{} {} {} {}\n", report_.packets + i - first + 1, frame.due.count(), actual.count(), (actual - frame.due).count());
  }
  report_.packets += count;
}

void Injector::not_sent(const Queued& frame, int error) {
  ++report_.failed;
  if (++failures_[error] != 1) return;
  std::string text = "packet " + std::to_string(frame.number) + " (" + std::to_string(frame.size) + " bytes) not sent: " + reactor::errno_text(error);
  if (error == EMSGSIZE) text += "; the MTU of " + settings_.interface.name + " is " + std::to_string(settings_.interface.mtu);
  note_(std::move(text));
}

Task<void> Injector::read_counters(bool after) {
  const reactor::Shield shield;
  auto netlink = Netlink::open();
  if (!netlink) co_return;
  auto link = co_await find_link(*netlink, settings_.interface.index);
  if (!link) {
    report_.counters_known = false;
    co_return;
  }
  report_.counters_known = true;
  const auto& counters = link->counters;
  const bool in = sender_->into_tap();
  (after ? packets_after_ : packets_before_) = in ? counters.rx_packets : counters.tx_packets;
  (after ? drops_after_ : drops_before_) = in ? counters.rx_dropped : counters.tx_dropped;
}

Task<void> Injector::compare_counters() {
  const reactor::Shield shield;
  if (!report_.counters_known) co_return;
  for (int tries = 0; tries < 2; ++tries) {
    co_await read_counters(true);
    if (!report_.counters_known) co_return;
    report_.counted_packets = packets_after_ - packets_before_;
    report_.counted_drops = drops_after_ - drops_before_;
    if (report_.counted_packets >= report_.packets || tries == 1) co_return;
    (void)co_await reactor::sleep_for(kCountersSettle);
  }
}

}  // namespace net
