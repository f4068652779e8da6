#include "net/capture.h"

#include <linux/rtnetlink.h>
#include <unistd.h>

#include <algorithm>

#include "net/netlink.h"
#include "reactor/blocking.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"

namespace net {

using reactor::Shield;

namespace {

// Packets between two looks at the clock: some 50 us of work in the slowest format.
constexpr unsigned kPacketsPerLook = 64;
// At high rates blocks are gathered for so long. What comes meanwhile fits a roomy ring up to 4 GB/s.
constexpr Nanoseconds kGather{4'000'000};
constexpr std::uint64_t kManyPackets = 1000;
constexpr std::size_t kRoomyRing = std::size_t{16} << 20;
// After the filter was closed, a sender on another processor may still be in the kernel's receive path: microseconds.
constexpr Nanoseconds kInFlight{1'000'000};
// A block is handed over within two retirements, 8 ms; so long an absence means that the counters do not tell the truth.
constexpr Nanoseconds kDrainLimit{200'000'000};

// pcapng has no flag for either, so it is told in a comment; readers of other programs show it beside the packet.
std::string_view offload_mark(const RingPacket& packet) noexcept {
  if (packet.merged && packet.partial_checksum) return "segments merged by an offload; checksum left to the device";
  if (packet.merged) return "segments merged by an offload";
  if (packet.partial_checksum) return "checksum left to the device";
  return {};
}

Task<Result<void>> remove_file(std::string path) {
  const auto unlink = [&path]() -> int { return ::unlink(path.c_str()) < 0 && errno != ENOENT ? errno : 0; };
  auto done = co_await reactor::blocking("remove", unlink);
  co_return done;
}

}  // namespace

std::string rotated_path(const std::string& path, unsigned number) {
  if (number == 0) return path;
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.rfind('.');
  const bool has_ending = dot != std::string::npos && dot != 0 && (slash == std::string::npos || dot > slash + 1);
  const std::size_t end = has_ending ? dot : path.size();
  return path.substr(0, end) + '.' + std::to_string(number) + path.substr(end);
}

std::uint64_t Capture::dropped() noexcept { return ring_ ? ring_->dropped() : final_drops_; }

std::uint64_t Capture::file_bytes() const noexcept { return closed_bytes_ + (file_ ? file_->size() : 0); }

void Capture::fail(Error error) {
  if (!error_ && !error.cancelled()) error_ = std::move(error);
}

Task<int> Capture::run(std::shared_ptr<Capture> self) {
  reactor::JobScope closing;
  self->closing_ = &closing;
  auto opened = co_await self->open();
  if (opened) {
    self->state_ = State::live;
    self->was_live_ = true;
    self->started_.set();
    co_await self->follow();
    const Shield shield;
    co_await self->drain();
  }
  const Shield shield;
  if (self->file_) co_await self->end_file();
  co_await closing.join();
  self->closing_ = nullptr;
  std::unique_ptr<PacketRing> ring = std::move(self->ring_);
  self->state_ = State::ended;
  self->started_.set();
  self->ended_.set();
  if (ring) co_await ring->close();
  co_return self->status();
}

Task<bool> Capture::open() {
  auto found = co_await find_packet_interface(settings_.interface);
  if (!found) {
    fail(found.error());
    co_return false;
  }
  interface_ = std::move(*found);
  auto program = co_await compile_live_filter(interface_, settings_.filter);
  if (!program) {
    fail(program.error());
    co_return false;
  }
  PacketRing::Settings ring;
  ring.interface = interface_;
  ring.bytes = settings_.ring_bytes;
  ring.filter = std::move(*program);
  ring.snaplen = settings_.filter.snaplen;
  auto opened = co_await PacketRing::open(std::move(ring));
  if (!opened) {
    fail(opened.error());
    co_return false;
  }
  ring_ = std::move(*opened);
  auto ready = co_await open_file();
  co_return ready;
}

Task<bool> Capture::open_file() {
  auto file = co_await CaptureFile::create(rotated_path(settings_.path, file_number_), settings_.format);
  if (!file) {
    fail(file.error());
    co_return false;
  }
  file_ = std::move(*file);
  file_start_ns_ = 0;
  if (settings_.format == proto::CaptureFormat::jsonl) {
    proto::LineOptions options;
    options.dialect = settings_.full ? proto::Dialect::full : proto::Dialect::classic;
    lines_ = std::make_unique<proto::LineWriter>(options);
    co_return true;
  }
  proto::CaptureWriter::Options options;
  options.format = settings_.format;
  options.nanoseconds = true;
  if (settings_.filter.snaplen != 0) options.snaplen = settings_.filter.snaplen;
  records_ = std::make_unique<proto::CaptureWriter>(options);
  proto::Interface described;
  described.link = link_type_of(interface_.framing);
  described.snaplen = options.snaplen;
  described.name = interface_.name;
  described.filter = settings_.filter.expression;
  records_->describe(0, described);
  records_->start(file_->text());
  file_->pause();
  co_return true;
}

// The job's life until its end is in sight.
Task<void> Capture::follow() {
  for (;;) {
    auto taken = co_await take();
    if (taken != Taken::all) co_return;
    auto waited = Result<void>();
    if (rate_is_high())
      waited = co_await reactor::sleep_for(kGather);
    else
      waited = co_await ring_->wait();
    if (waited) continue;
    if (waited.error().cancelled()) co_return;
    if (waited.error().code != ENETDOWN) {
      fail(waited.error());
      co_return;
    }
    auto again = co_await interface_returns();
    if (!again) co_return;
  }
}

// The interface went down. True when it is up again, or packets of before may be left; false when it was deleted.
Task<bool> Capture::interface_returns() {
  auto events = Events::open({RTNLGRP_LINK});
  if (!events) {
    fail(events.error());
    co_return false;
  }
  for (;;) {
    auto taken = co_await take();
    if (taken != Taken::all) co_return true;
    if (ring_->interface_is_gone()) {
      reason_ = "the interface is gone";
      co_return false;
    }
    auto now = co_await find_packet_interface(interface_.name);
    if (now && now->index == interface_.index && now->up) co_return true;
    auto changed = co_await events->next();
    if (!changed && changed.error().code != ENOBUFS) co_return false;
  }
}

// So many packets since the last time that being woken for every block would cost more than it is worth.
bool Capture::rate_is_high() noexcept {
  const std::uint64_t before = std::exchange(packets_at_look_, packets_);
  return packets_ - before >= kManyPackets && ring_->bytes() >= kRoomyRing;
}

// Takes what the kernel has handed over. Not interrupted in the middle of a packet.
Task<Capture::Taken> Capture::take() {
  const Shield shield;
  const reactor::Job& job = *reactor::Job::current();
  for (;;) {
    switch (walk()) {
      case Walked::all:
        file_->pause();
        co_return file_->broken() ? Taken::finished : Taken::all;
      case Walked::enough:
        reason_ = std::to_string(packets_) + (packets_ == 1 ? " packet" : " packets");
        co_return Taken::finished;
      case Walked::file_is_full:
        co_await rotate();
        if (!file_) co_return Taken::finished;
        break;
      case Walked::no_room: {
        auto room = co_await file_->room();
        if (!room) co_return Taken::finished;
        break;
      }
      case Walked::slice_used:
        co_await reactor::yield();
        if (job.stop_requested() && !draining_) co_return Taken::stopped;
        break;
    }
  }
}

// A loop without any await: a coroutine's variables live in memory.
Capture::Walked Capture::walk() {
  unsigned since_look = 0;
  for (;;) {
    // One that could not be taken the last time comes first.
    if (!std::exchange(held_, false) && !ring_->next(packet_)) return Walked::all;
    if (file_is_full(packet_) || !file_->ready()) {
      held_ = true;
      return file_is_full(packet_) ? Walked::file_is_full : Walked::no_room;
    }
    append(packet_);
    if (packets_ == settings_.count) return Walked::enough;
    if (++since_look < kPacketsPerLook) continue;
    since_look = 0;
    if (reactor::Loop::current().slice_used()) return Walked::slice_used;
  }
}

void Capture::append(const RingPacket& packet) {
  proto::Record record;
  record.time_ns = packet.time_ns;
  record.link = link_type_of(interface_.framing);
  record.direction = packet.direction;
  record.original_length = packet.original_length;
  record.data = {packet.data, packet.length};
  record.comment = offload_mark(packet);
  if (packet.partial_checksum) ++partial_checksums_;
  if (packet.merged) ++merged_;
  if (lines_) {
    lines_->append(file_->text(), record);
  } else if (auto written = records_->append(file_->text(), record); !written) {
    fail(Error{"write", file_->path(), 0, written.error().what});
    return;
  }
  if (file_start_ns_ == 0) file_start_ns_ = packet.time_ns;
  ++packets_;
  bytes_ += packet.original_length;
}

bool Capture::file_is_full(const RingPacket& packet) const noexcept {
  if (file_start_ns_ == 0) return false;  // every file has a packet
  return (settings_.rotate_bytes != 0 && file_->size() >= settings_.rotate_bytes) ||
         (settings_.rotate_time != Nanoseconds(0) && packet.time_ns - file_start_ns_ >= settings_.rotate_time.count());
}

Task<void> Capture::rotate() {
  co_await end_file();
  ++file_number_;
  (void)co_await open_file();
  if (settings_.keep == 0 || file_number_ < settings_.keep) co_return;
  const std::string oldest = rotated_path(settings_.path, file_number_ - settings_.keep);
  auto removed = co_await remove_file(oldest);
  if (removed) co_return;
  removed.error().on = oldest;
  fail(removed.error());
}

// Makes the current file whole; it is closed beside the packets that go on coming.
Task<void> Capture::end_file() {
  auto room = co_await file_->room();
  if (records_ && room) {
    const std::uint64_t drops = dropped();
    records_->count(0, packets_ - counted_packets_ + drops - counted_drops_, drops - counted_drops_);
    records_->finish(file_->text());
    counted_packets_ = packets_;
    counted_drops_ = drops;
  }
  closing_->spawn("close " + file_->path(), close_file(std::move(file_)));
}

Task<void> Capture::close_file(std::unique_ptr<CaptureFile> file) {
  auto finished = co_await file->finish();
  closed_bytes_ += file->written();
  if (!finished) fail(finished.error());
}

// What had been sent before this moment goes into the file, what comes later does not.
Task<void> Capture::drain() {
  draining_ = true;
  ring_->refuse();
  const bool wanted = file_ && !file_->broken() && (settings_.count == 0 || packets_ < settings_.count);
  const Nanoseconds limit = reactor::monotonic_now() + kDrainLimit;
  if (wanted) (void)co_await reactor::sleep_for(kInFlight);
  while (wanted) {
    auto taken = co_await take();
    const Nanoseconds left = limit - reactor::monotonic_now();
    if (taken != Taken::all || ring_->all_walked() || left <= Nanoseconds(0)) break;
    auto more = ring_->wait();
    (void)co_await reactor::with_timeout(left, "drain " + interface_.name, std::move(more));
  }
  final_drops_ = ring_->dropped();
}

}  // namespace net
