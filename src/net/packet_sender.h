// Sends frames on an interface: through a packet socket in batches (sendmmsg(2); the kernel transmits them), or through the
// descriptor of a TAP of ours (the kernel receives them).
#pragma once

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "net/packet_socket.h"
#include "net/tap.h"
#include "reactor/batch_writer.h"

namespace net {

class PacketSender {
 public:
  static constexpr std::size_t kBatch = 64;  // frames per call: 30 us of sending on a veth

  /// `bypass`: past the queueing discipline; no capture on this machine sees such frames.
  [[nodiscard]] static Result<std::unique_ptr<PacketSender>> open(const PacketInterface& interface, bool bypass);
  [[nodiscard]] static std::unique_ptr<PacketSender> open(const PacketInterface& interface, std::shared_ptr<Tap> tap);

  struct Sent {
    std::size_t count = 0;  // frames taken by the kernel, from the first one on
    int error = 0;          // why the next one was not; 0: all were taken
  };
  /// Does not wait. At most kBatch frames are looked at.
  [[nodiscard]] Sent send(std::span<const proto::Bytes> frames) noexcept;
  /// What to wait for after EAGAIN: the descriptor becomes writable.
  [[nodiscard]] int fd() const noexcept { return tap_ ? tap_->fd() : fd_.get(); }
  [[nodiscard]] bool into_tap() const noexcept { return tap_ != nullptr; }

 private:
  PacketSender(const PacketInterface& interface, Fd fd, std::shared_ptr<Tap> tap);

  sockaddr_ll& address_for(proto::Bytes frame) noexcept { return to_[!frame.empty() && frame[0] >> 4 == 6 ? 1 : 0]; }

  Framing framing_;
  Fd fd_;
  std::shared_ptr<Tap> tap_;
  std::optional<reactor::BatchWriter> batch_writer_;  // into the TAP
  std::array<sockaddr_ll, 2> to_{};  // of IPv4 and IPv6: without a link-layer header the kernel must be told
  std::array<mmsghdr, kBatch> messages_{};
  std::array<iovec, kBatch> parts_{};
};

/// Whether the kernel had no room just now, and the same frame may be taken later.
[[nodiscard]] constexpr bool no_room_now(int error) noexcept { return error == ENOBUFS || error == EAGAIN || error == ENOMEM; }

}  // namespace net
