// What fake hosts answer: frames in, frames out. No sockets and no clock here.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "net/fakehost_table.h"
#include "net/reassembly.h"
#include "proto/buffer.h"
#include "proto/record.h"

namespace net {

/// Frames to send, in one piece of memory.
class FrameList {
 public:
  struct Frame {
    std::size_t at, size;
    reactor::Nanoseconds delay;
    const FakeHost* host;  // who answers late; nullptr for what goes at once
  };
  proto::Wire& memory() noexcept { return memory_; }
  /// Everything since the last frame is one.
  void end_frame(reactor::Nanoseconds delay, const FakeHost* host = nullptr) {
    frames_.push_back({begin_, memory_.size() - begin_, delay, host});
    begin_ = memory_.size();
  }
  [[nodiscard]] std::span<const Frame> frames() const noexcept { return frames_; }
  [[nodiscard]] proto::Bytes bytes(const Frame& frame) const noexcept { return memory_.span().subspan(frame.at, frame.size); }
  void clear() noexcept {
    memory_.clear();
    frames_.clear();
    begin_ = 0;
  }

 private:
  proto::Wire memory_;
  std::vector<Frame> frames_;
  std::size_t begin_ = 0;
};

class FakeAnswers {
 public:
  struct Counters {
    std::uint64_t received = 0;
    std::uint64_t malformed = 0;  // addressed to a host of ours, and ignored as a real one ignores them
  };

  /// `mtu`: of the interface, longer answers are fragmented. `log` gets a line for each exchange of hosts that want it.
  FakeAnswers(unsigned mtu, std::function<void(std::string)> log) : mtu_(mtu), log_(std::move(log)) {}

  [[nodiscard]] FakeHostTable& hosts() noexcept { return hosts_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

  /// A frame, from its destination address on. `unsummed`: its checksum was left to a device that it never met.
  void answer(proto::Bytes frame, bool unsummed, reactor::Nanoseconds now, FrameList& out);
  /// A router advertisement to all nodes.
  void advertise(FakeHost& host, FrameList& out);

 private:
  struct Heard;  // a frame that has been looked at

  void arp(const Heard& heard, proto::Bytes packet, FrameList& out);
  void ipv4(Heard& heard, proto::Bytes packet, FrameList& out);
  void ipv6(Heard& heard, proto::Bytes packet, FrameList& out);
  void icmp(const Heard& heard, FakeHost& host, proto::Bytes header, proto::Bytes message, FrameList& out);
  void icmpv6(const Heard& heard, proto::Bytes header, proto::Bytes message, FrameList& out);
  void solicitation(const Heard& heard, proto::Bytes header, proto::Bytes message, FrameList& out);
  void router_solicitation(const Heard& heard, proto::Bytes header, proto::Bytes message, FrameList& out);
  void echo6(const Heard& heard, proto::Bytes header, proto::Bytes message, FrameList& out);
  bool error4(const Heard& heard, FakeHost& host, proto::Bytes packet, FrameList& out);
  bool error6(const Heard& heard, FakeHost& host, proto::Bytes packet, unsigned next, proto::Bytes payload, FrameList& out);
  void send4(const Heard& heard, FakeHost& host, const std::uint8_t* from, const std::uint8_t* to, unsigned protocol, proto::Bytes payload, FrameList& out);
  void send6(const Heard& heard, FakeHost& host, const std::uint8_t* from, const std::uint8_t* to, proto::Bytes payload, FrameList& out);
  void link_header(const Heard& heard, const FakeHost& host, unsigned type, FrameList& out) const;
  void advertisement(FakeHost& host, const std::uint8_t* to_mac, const std::uint8_t* to, std::optional<std::uint16_t> vlan, FrameList& out);
  bool left_out(FakeHost& host) noexcept;
  void malformed() noexcept { ++counters_.malformed; }

  unsigned mtu_;
  std::function<void(std::string)> log_;
  FakeHostTable hosts_;
  Counters counters_;
  Reassembly fragments_;
  proto::Wire scratch_;
  std::uint32_t next_id_ = 1;
  std::uint64_t dice_ = 0x853c49e6748fea9b;
};

}  // namespace net
