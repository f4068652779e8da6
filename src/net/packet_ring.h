// A TPACKET_V3 receive ring (kernel: Documentation/networking/packet_mmap.rst): packets lie in blocks of memory that is shared
// with the kernel, and are walked in place.
#pragma once

#include <linux/filter.h>
#include <linux/if_packet.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "net/packet_socket.h"
#include "reactor/task.h"

namespace net {

/// A packet in the ring; `data` is valid, and may be written to, until the next call of PacketRing::next.
struct RingPacket {
  std::uint8_t* data = nullptr;
  std::uint32_t length = 0;           // bytes at `data`
  std::uint32_t original_length = 0;  // bytes on the wire
  std::int64_t time_ns = 0;           // since 1970, the kernel's own
  proto::Direction direction = proto::Direction::rx;
  bool partial_checksum = false;  // sent with the checksum left to the device: what stands there is a part of it
  bool merged = false;            // a segment train of an offload (GSO, GRO), which was never one frame on a wire
};

class PacketRing {
 public:
  struct Settings {
    PacketInterface interface;
    std::size_t bytes = kDefaultBytes;
    std::vector<sock_filter> filter;  // empty: everything
    std::uint32_t snaplen = 0;        // bytes; 0: whole packets
  };
  static constexpr std::size_t kDefaultBytes = std::size_t{32} << 20;

  /// Makes the socket, attaches the filter, sets the ring up and binds, in this order: nothing foreign and nothing early gets in.
  /// The slow part (8 to 280 ms for the ring's memory and the kernel's grace periods) happens off the loop.
  [[nodiscard]] static Task<Result<std::unique_ptr<PacketRing>>> open(Settings settings);
  PacketRing(const PacketRing&) = delete;
  PacketRing& operator=(const PacketRing&) = delete;
  ~PacketRing();

  /// The next packet, false when the kernel has handed over no more. Gives the block back after its last packet.
  [[nodiscard]] bool next(RingPacket& packet) noexcept {
    if (left_ == 0 && !next_block()) return false;
    auto* const header = reinterpret_cast<tpacket3_hdr*>(at_);
    at_ += header->tp_next_offset;
    --left_;
    ++walked_;
    packet.data = reinterpret_cast<std::uint8_t*>(header) + header->tp_mac;
    packet.length = header->tp_snaplen;
    packet.original_length = header->tp_len;
    packet.time_ns = std::int64_t{header->tp_sec} * 1'000'000'000 + header->tp_nsec;
    const std::uint32_t status = header->tp_status;
    const auto* const from = reinterpret_cast<const sockaddr_ll*>(reinterpret_cast<std::byte*>(header) + TPACKET_ALIGN(sizeof(tpacket3_hdr)));
    packet.direction = from->sll_pkttype == PACKET_OUTGOING ? proto::Direction::tx : proto::Direction::rx;
    packet.partial_checksum = (status & TP_STATUS_CSUMNOTREADY) != 0;
    packet.merged = (status & kStatusGsoTcp) != 0 || packet.original_length > longest_frame_;
    if (as_it_is_ && (status & TP_STATUS_VLAN_VALID) == 0) [[likely]] return true;
    finish(packet, header, from);
    return true;
  }

  /// Waits until there is a block, or something is wrong: ENETDOWN when the interface went down or away (packets that were
  /// queued can still be walked). ECANCELED.
  [[nodiscard]] Task<Result<void>> wait();
  [[nodiscard]] bool interface_is_gone() const noexcept { return net::interface_is_gone(fd_.get()); }

  /// Nothing that is sent from now on gets in. What got in before is handed over within two retirements (8 ms):
  /// walk, until all_walked() says that nothing is missing.
  void refuse() noexcept;
  [[nodiscard]] bool all_walked() noexcept;
  /// munmap and close, off the loop (22 ms).
  [[nodiscard]] Task<void> close();

  /// Packets that the filter let through and that found no room, so far.
  [[nodiscard]] std::uint64_t dropped() noexcept;
  [[nodiscard]] const PacketInterface& interface() const noexcept { return interface_; }
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  // TP_STATUS_GSO_TCP, Linux 6.0; the headers that we build with are older than that.
  static constexpr std::uint32_t kStatusGsoTcp = 1U << 8;

  PacketRing(Fd fd, const Settings& settings);
  void read_statistics() noexcept;
  bool next_block() noexcept;
  void release_block() noexcept;
  void finish(RingPacket& packet, tpacket3_hdr* header, const sockaddr_ll* from) noexcept;
  void cook(RingPacket& packet, const tpacket3_hdr* header, const sockaddr_ll* from) noexcept;

  Fd fd_;
  PacketInterface interface_;
  std::uint32_t snaplen_;
  bool as_it_is_;                // Ethernet frames, whole: nothing to do but for VLAN tags
  std::uint32_t longest_frame_;  // bytes; what is longer was never one frame on a wire
  std::byte* map_ = nullptr;
  std::size_t block_count_ = 0;
  std::size_t block_ = 0;            // the one that is walked, or that comes next
  tpacket_block_desc* open_ = nullptr;  // nullptr: none is
  std::byte* at_ = nullptr;          // its next packet
  std::uint32_t left_ = 0;           // packets in it
  std::uint64_t walked_ = 0;
  std::uint64_t passed_ = 0, dropped_ = 0;  // the kernel's counters, summed up
};

}  // namespace net
