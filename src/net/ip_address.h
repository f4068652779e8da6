// An address or prefix of either family, as configuration needs it.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/attributes.h"
#include "reactor/error.h"

struct sockaddr_storage;

namespace net {

using reactor::Result;

struct IpAddress {
  std::uint8_t family = 0;                  // AF_INET, AF_INET6; AF_UNSPEC: none
  std::array<std::uint8_t, 16> storage{};  // network order; IPv4 uses the first four

  auto operator<=>(const IpAddress&) const = default;
  explicit operator bool() const noexcept { return family != 0; }
  /// In bytes: 4, 16, or 0 for none.
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] unsigned bits() const noexcept { return static_cast<unsigned>(size()) * 8; }
  [[nodiscard]] Bytes bytes() const noexcept { return Bytes(storage).first(size()); }
  [[nodiscard]] bool is_zero() const noexcept;
  [[nodiscard]] bool is_multicast() const noexcept;
  [[nodiscard]] bool is_loopback() const noexcept;
  [[nodiscard]] bool is_link_local() const noexcept;  // fe80::/10, 169.254.0.0/16
  [[nodiscard]] std::string text() const;
};

struct IpPrefix {
  IpAddress address;
  std::uint8_t length = 0;

  auto operator<=>(const IpPrefix&) const = default;
  [[nodiscard]] bool contains(const IpAddress& other) const noexcept;
  /// "address/length".
  [[nodiscard]] std::string text() const;
};

/// 4 or 16 bytes from the kernel; none for any other length.
IpAddress address_from(Bytes bytes) noexcept;
/// `family` AF_UNSPEC: either. The error names the text and what was expected.
Result<IpAddress> parse_address(std::string_view text, int family = 0);
/// "A", "A/LENGTH", for IPv4 also "A/NETMASK". Without a length: the whole address.
Result<IpPrefix> parse_prefix(std::string_view text, int family = 0);
/// Length of a netmask; nullopt when its ones are not all at the front.
std::optional<std::uint8_t> netmask_length(const IpAddress& mask) noexcept;
IpAddress netmask(int family, unsigned length) noexcept;
/// The highest address of an IPv4 prefix.
IpAddress broadcast_of(const IpPrefix& prefix) noexcept;

/// A link-layer address of any length: "02:00:00:00:00:01"; of 4 and 16 bytes on a tunnel: as an IP address.
std::string hardware_text(Bytes address, std::uint16_t arp_type = 1);

/// Socket addresses. `scope`: interface index, for link-local ones.
unsigned make_sockaddr(sockaddr_storage& out, const IpAddress& address, std::uint16_t port, unsigned scope = 0) noexcept;
IpAddress address_of(const sockaddr_storage& address) noexcept;
std::uint16_t port_of(const sockaddr_storage& address) noexcept;

/// The host name part of "fe80::1%eth0" and the zone after '%'.
struct Zoned {
  std::string_view address, zone;
};
Zoned split_zone(std::string_view text) noexcept;

}  // namespace net
