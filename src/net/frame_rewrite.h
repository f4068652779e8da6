// Changes addresses in a frame and puts the checksums right that cover them (RFC 1624).
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "proto/address.h"
#include "proto/record.h"
#include "reactor/error.h"

namespace net {

struct FrameRewrite {
  std::optional<proto::Mac> smac, dmac;
  std::optional<proto::Ipv4> src4, dst4;
  std::optional<proto::Ipv6> src6, dst6;

  [[nodiscard]] bool empty() const noexcept { return !smac && !dmac && !src4 && !dst4 && !src6 && !dst6; }
  /// Adds one "smac=MAC", "dmac=MAC", "src=ADDRESS" or "dst=ADDRESS"; an address applies to packets of its family.
  reactor::Result<void> add(std::string_view word);
  /// Behind an Ethernet header and VLAN tags, or from the IP header on. TCP, UDP (but a checksum of 0 stays 0) and ICMPv6 checksums
  /// follow, also in first fragments; a checksum that was wrong stays wrong by as much.
  void apply(std::span<std::uint8_t> frame, proto::LinkType link) const noexcept;
};

}  // namespace net
