#include "net/packet_sender.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include <algorithm>

namespace net {

namespace {

// What may be under way on the socket: some thousand small frames, so that a batch is seldom cut.
constexpr int kSendBufferBytes = 4 << 20;

}  // namespace

Result<std::unique_ptr<PacketSender>> PacketSender::open(const PacketInterface& interface, bool bypass) {
  TRY(fd, make_packet_socket(interface.framing));
  TRY_VOID(bind_packet_socket(fd.get(), interface, 0));
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kSendBufferBytes, sizeof kSendBufferBytes) < 0)
    (void)::setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  const int on = 1;
  if (bypass && ::setsockopt(fd.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) < 0)
    return reactor::failed("bypass the queueing discipline of", interface.name, errno);
  return std::unique_ptr<PacketSender>(new PacketSender(interface, std::move(fd), nullptr));
}

std::unique_ptr<PacketSender> PacketSender::open(const PacketInterface& interface, std::shared_ptr<Tap> tap) {
  return std::unique_ptr<PacketSender>(new PacketSender(interface, Fd(), std::move(tap)));
}

PacketSender::PacketSender(const PacketInterface& interface, Fd fd, std::shared_ptr<Tap> tap)
    : framing_(interface.framing), fd_(std::move(fd)), tap_(std::move(tap)) {
  if (tap_) batch_writer_.emplace();
  for (std::size_t i = 0; i < to_.size(); ++i) {
    to_[i].sll_family = AF_PACKET;
    to_[i].sll_protocol = htons(i == 0 ? ETH_P_IP : ETH_P_IPV6);
    to_[i].sll_ifindex = interface.index;
  }
}

PacketSender::Sent PacketSender::send(std::span<const proto::Bytes> frames) noexcept {
  frames = frames.first(std::min(frames.size(), kBatch));
  if (tap_) {
    const auto [written, error] = batch_writer_->write(tap_->fd(), frames);
    tap_->counters.written += written;
    return {written, error};
  }
  if (frames.size() == 1) {
    // One at its moment: the shortest way varies least.
    const proto::Bytes frame = frames[0];
    const auto* to = framing_ == Framing::ethernet ? nullptr : reinterpret_cast<const sockaddr*>(&address_for(frame));
    const long n = ::sendto(fd_.get(), frame.data(), frame.size(), MSG_DONTWAIT, to, to == nullptr ? 0 : sizeof(sockaddr_ll));
    return n < 0 ? Sent{0, errno} : Sent{1, 0};
  }
  for (std::size_t i = 0; i < frames.size(); ++i) {
    parts_[i] = {const_cast<std::uint8_t*>(frames[i].data()), frames[i].size()};
    msghdr& message = messages_[i].msg_hdr;
    message.msg_iov = &parts_[i];
    message.msg_iovlen = 1;
    if (framing_ != Framing::ethernet) {
      message.msg_name = &address_for(frames[i]);
      message.msg_namelen = sizeof(sockaddr_ll);
    }
  }
  std::size_t sent = 0;
  while (sent < frames.size()) {
    const int n = ::sendmmsg(fd_.get(), messages_.data() + sent, static_cast<unsigned>(frames.size() - sent), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {sent, n < 0 ? errno : EAGAIN};
    sent += static_cast<std::size_t>(n);
  }
  return {sent, 0};
}

}  // namespace net
