#include "net/fakehost_port.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "net/link.h"
#include "net/watch.h"
#include "reactor/loop.h"

namespace net {

namespace {

constexpr std::size_t kBatch = 32;
// An offload may hand over a train of segments of up to 64 KiB as one frame; only what is used of a slot is ever touched.
constexpr std::size_t kSlotBytes = 68 * 1024;
constexpr std::size_t kTagBytes = 4;
constexpr int kReceiveBufferBytes = 8 << 20;
// Delayed answers that may wait; more are dropped and counted.
constexpr std::size_t kDelayedFrames = 100'000;
constexpr Nanoseconds kAdvertiseEvery{10'000'000'000};

class UpOrGone final : public Condition {
 public:
  UpOrGone(int index, bool* up) : index_(index), up_(up) {}
  Task<Result<bool>> holds(Netlink& netlink) override {
    auto link = co_await find_link(netlink, index_);
    if (!link && link.error().code != ENODEV) co_return tl::unexpected(link.error());
    *up_ = link && link->up();
    co_return *up_ || !link;
  }

 private:
  int index_;
  bool* up_;
};

}  // namespace

// Where frames of one call go.
struct FakeHostPort::Batch {
  Batch() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts[i] = {slot(i), kSlotBytes - kTagBytes};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_control = control[i].data();
      messages[i].msg_hdr.msg_controllen = control[i].size();
    }
  }
  std::array<mmsghdr, kBatch> messages{};
  std::array<iovec, kBatch> parts{};
  alignas(cmsghdr) std::array<std::array<char, CMSG_SPACE(sizeof(tpacket_auxdata))>, kBatch> control{};
  const std::unique_ptr<std::uint8_t[]> memory{new std::uint8_t[kBatch * kSlotBytes]};

  [[nodiscard]] std::uint8_t* slot(std::size_t i) noexcept { return memory.get() + i * kSlotBytes + kTagBytes; }
};

FakeHostPort::FakeHostPort(PacketInterface interface, std::shared_ptr<Tap> tap, std::function<void(std::string)> log)
    : interface_(std::move(interface)),
      tap_(std::move(tap)),
      batch_(std::make_unique<Batch>()),
      answers_(std::max(interface_.mtu, 68U), std::move(log)),
      delay_timer_([](void* self) noexcept { static_cast<FakeHostPort*>(self)->send_delayed(); }, this),
      advertise_timer_([](void* self) noexcept { static_cast<FakeHostPort*>(self)->advertise_all(); }, this) {}

FakeHostPort::~FakeHostPort() = default;

Task<Result<void>> FakeHostPort::open(Taps& taps, reactor::JobScope& background) {
  if (tap_) {
    auto reader = co_await taps.take(background, tap_->name(), "fakehost");
    if (!reader) co_return tl::unexpected(reader.error());
    reader_.emplace(std::move(*reader));
    sender_ = PacketSender::open(interface_, tap_);
    co_return Result<void>();
  }
  auto sender = PacketSender::open(interface_, false);
  if (!sender) co_return tl::unexpected(sender.error());
  sender_ = std::move(*sender);
  auto fd = make_packet_socket(interface_.framing);
  if (!fd) co_return tl::unexpected(fd.error());
  fd_ = std::move(*fd);
  const int on = 1;
  // Our own answers are not to be looked at; VLAN tags and unfinished checksums are told beside the frame.
  if (::setsockopt(fd_.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0 ||
      ::setsockopt(fd_.get(), SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) < 0)
    co_return reactor::failed("set up a packet socket on", interface_.name, errno);
  if (::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBufferBytes, sizeof kReceiveBufferBytes) < 0)
    (void)::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  // Hosts may have any MAC address, and solicited-node groups that the interface has not joined.
  packet_mreq membership{};
  membership.mr_ifindex = interface_.index;
  membership.mr_type = PACKET_MR_PROMISC;
  (void)::setsockopt(fd_.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership);
  co_return bind_packet_socket(fd_.get(), interface_, ETH_P_ALL);
}

Task<Result<void>> FakeHostPort::run() {
  auto ended = Result<void>();
  reactor::JobScope queues;
  const std::size_t count = tap_ ? tap_->queue_count() : 1;
  for (std::size_t i = 0; i < count; ++i) queues.spawn("fakehost " + interface_.name, serve(tap_ ? tap_->fd(i) : fd_.get(), &ended));
  co_await queues.join();
  reader_.reset();
  delay_timer_.disarm();
  advertise_timer_.disarm();
  co_return ended;
}

Task<int> FakeHostPort::serve(int fd, Result<void>* ended) {
  reactor::PollStream ready(fd, POLLIN);
  auto outcome = co_await serve_until(&ready);
  co_await ready.close();
  if (!outcome && !outcome.error().cancelled()) *ended = outcome;
  co_return outcome ? 0 : 1;
}

Task<Result<void>> FakeHostPort::serve_until(reactor::PollStream* ready) {
  auto outcome = Result<void>();
  for (;;) {
    while (take(ready->fd(), outcome)) {
      if (reactor::must_stop()) break;
      if (reactor::Loop::current().slice_used()) co_await reactor::yield();
    }
    if (!outcome) co_return outcome;
    auto events = co_await ready->next();
    if (!events) co_return tl::unexpected(events.error());
    if ((*events & POLLERR) == 0) continue;
    int error = 0;
    socklen_t length = sizeof error;
    if (!tap_) ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (tap_) co_return reactor::failed({}, interface_.name, ENODEV);
    // Down is no end: the socket is served again when the interface comes up. The socket tells of a deletion as of going down,
    // and not again.
    bool up = false;
    auto waited = co_await wait_until({RTNLGRP_LINK}, std::make_unique<UpOrGone>(interface_.index, &up));
    if (!waited) co_return waited;
    if (!up) co_return reactor::failed({}, interface_.name, ENODEV);
  }
}

bool FakeHostPort::take(int fd, Result<void>& outcome) {
  out_.clear();
  const bool more = tap_ ? take_from_tap(fd, outcome) : take_from_socket(outcome);
  send_answers();
  return more;
}

bool FakeHostPort::take_from_tap(int fd, Result<void>& outcome) {
  const Nanoseconds now = reactor::monotonic_now();
  for (std::size_t i = 0; i < kBatch; ++i) {
    const long n = ::read(fd, batch_->slot(0), kSlotBytes - kTagBytes);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) outcome = reactor::failed("read", interface_.name, errno);
      return false;
    }
    ++tap_->counters.read;
    answers_.answer({batch_->slot(0), static_cast<std::size_t>(n)}, false, now, out_);
  }
  return true;
}

bool FakeHostPort::take_from_socket(Result<void>& outcome) {
  Batch& batch = *batch_;
  const int n = ::recvmmsg(fd_.get(), batch.messages.data(), kBatch, MSG_DONTWAIT, nullptr);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR && errno != ENETDOWN) outcome = reactor::failed("receive on", interface_.name, errno);
    return errno == EINTR;
  }
  const Nanoseconds now = reactor::monotonic_now();
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    msghdr& message = batch.messages[i].msg_hdr;
    std::uint8_t* frame = batch.slot(i);
    std::size_t size = batch.messages[i].msg_len;
    const cmsghdr* const control = CMSG_FIRSTHDR(&message);
    message.msg_controllen = batch.control[i].size();  // for the next call; the kernel has put in what it used
    if ((message.msg_flags & MSG_TRUNC) != 0) continue;
    bool unsummed = false;
    if (control != nullptr && control->cmsg_level == SOL_PACKET && control->cmsg_type == PACKET_AUXDATA) {
      tpacket_auxdata aux;
      std::memcpy(&aux, CMSG_DATA(control), sizeof aux);
      unsummed = (aux.tp_status & TP_STATUS_CSUMNOTREADY) != 0;
      if ((aux.tp_status & TP_STATUS_VLAN_VALID) != 0 && size >= 2 * ETH_ALEN) {
        frame -= kTagBytes;
        size += kTagBytes;
        std::memmove(frame, frame + kTagBytes, 2 * ETH_ALEN);
        const unsigned tpid = (aux.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? aux.tp_vlan_tpid : unsigned{ETH_P_8021Q};
        const std::uint8_t tag[kTagBytes] = {static_cast<std::uint8_t>(tpid >> 8), static_cast<std::uint8_t>(tpid),
                                             static_cast<std::uint8_t>(aux.tp_vlan_tci >> 8), static_cast<std::uint8_t>(aux.tp_vlan_tci)};
        std::memcpy(frame + 2 * ETH_ALEN, tag, sizeof tag);
      }
    }
    answers_.answer({frame, size}, unsummed, now, out_);
  }
  return static_cast<std::size_t>(n) == kBatch;
}

void FakeHostPort::send_answers() {
  now_.clear();
  for (const FrameList::Frame& frame : out_.frames()) {
    const proto::Bytes bytes = out_.bytes(frame);
    if (frame.delay == Nanoseconds(0)) {
      now_.push_back(bytes);
    } else if (delayed_.size() < kDelayedFrames) {
      delayed_.push_back({reactor::monotonic_now() + frame.delay, order_++, frame.host, {bytes.begin(), bytes.end()}});
      std::ranges::push_heap(delayed_, std::greater<>());
    } else {
      ++not_sent_;
    }
  }
  send_now();
  arm();
}

// An answer that the kernel has no room for is lost, as a real host's would be, and counted.
void FakeHostPort::send_now() {
  std::size_t done = 0;
  while (done < now_.size()) {
    const PacketSender::Sent sent = sender_->send(std::span(now_).subspan(done));
    done += sent.count;
    if (sent.error == 0) continue;
    ++not_sent_;
    ++done;
  }
  now_.clear();
}

void FakeHostPort::send_delayed() {
  const Nanoseconds now = reactor::monotonic_now();
  std::vector<Delayed> due;  // a batch, then the others of this program
  while (!delayed_.empty() && delayed_.front().due <= now && due.size() < PacketSender::kBatch) {
    std::ranges::pop_heap(delayed_, std::greater<>());
    due.push_back(std::move(delayed_.back()));
    delayed_.pop_back();
  }
  now_.clear();
  for (const Delayed& one : due) now_.emplace_back(one.frame);
  send_now();
  arm();
}

void FakeHostPort::arm() {
  // Not before the next round of the loop, where more are due already.
  if (!delayed_.empty()) delay_timer_.arm(std::max(delayed_.front().due, reactor::monotonic_now() + Nanoseconds(1)));
}

void FakeHostPort::forget(const FakeHost& host) {
  std::erase_if(delayed_, [&host](const Delayed& one) { return one.host == &host; });
  std::ranges::make_heap(delayed_, std::greater<>());
}

void FakeHostPort::announce(const std::shared_ptr<FakeHost>& host) {
  if (!host->ra) return;
  out_.clear();
  answers_.advertise(*host, out_);
  send_answers();
  if (!advertise_timer_.armed()) advertise_timer_.arm(reactor::monotonic_now() + kAdvertiseEvery);
}

void FakeHostPort::advertise_all() {
  out_.clear();
  bool any = false;
  for (const auto& host : answers_.hosts().all())
    if (host->ra) {
      answers_.advertise(*host, out_);
      any = true;
    }
  send_answers();
  if (any) advertise_timer_.arm(reactor::monotonic_now() + kAdvertiseEvery);
}

std::uint64_t FakeHostPort::dropped() noexcept {
  tpacket_stats statistics{};
  socklen_t length = sizeof statistics;
  if (fd_ && ::getsockopt(fd_.get(), SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0) dropped_ += statistics.tp_drops;
  return dropped_;
}

}  // namespace net
