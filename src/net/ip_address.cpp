#include "net/ip_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_arp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "proto/address.h"

namespace net {

namespace {

tl::unexpected<reactor::Error> wrong(std::string text) { return reactor::failed({}, {}, text); }

}  // namespace

std::size_t IpAddress::size() const noexcept { return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0; }

bool IpAddress::is_zero() const noexcept {
  const Bytes all = bytes();
  return std::all_of(all.begin(), all.end(), [](std::uint8_t b) { return b == 0; });
}

bool IpAddress::is_multicast() const noexcept {
  return family == AF_INET ? (storage[0] & 0xf0) == 0xe0 : family == AF_INET6 && storage[0] == 0xff;
}

bool IpAddress::is_loopback() const noexcept {
  if (family == AF_INET) return storage[0] == 127;
  const Bytes all = bytes();
  return family == AF_INET6 && storage[15] == 1 && std::all_of(all.begin(), all.end() - 1, [](std::uint8_t b) { return b == 0; });
}

bool IpAddress::is_link_local() const noexcept {
  if (family == AF_INET) return storage[0] == 169 && storage[1] == 254;
  return family == AF_INET6 && storage[0] == 0xfe && (storage[1] & 0xc0) == 0x80;
}

std::string IpAddress::text() const {
  char text[proto::ipv6_text_max + 8];
  if (family == AF_INET) return {text, proto::put_ipv4(text, storage.data())};
  if (family == AF_INET6) return {text, proto::put_ipv6(text, storage.data())};
  return {};
}

bool IpPrefix::contains(const IpAddress& other) const noexcept {
  if (other.family != address.family) return false;
  const unsigned whole = length / 8, rest = length % 8;
  if (!std::equal(address.storage.begin(), address.storage.begin() + whole, other.storage.begin())) return false;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
  return ((address.storage[whole] ^ other.storage[whole]) & mask) == 0;
}

std::string IpPrefix::text() const { return fmt::format("{}/{}", address.text(), length); }

IpAddress address_from(Bytes bytes) noexcept {
  IpAddress address;
  if (bytes.size() != 4 && bytes.size() != 16) return address;
  address.family = bytes.size() == 4 ? AF_INET : AF_INET6;
  std::copy(bytes.begin(), bytes.end(), address.storage.begin());
  return address;
}

Result<IpAddress> parse_address(std::string_view text, int family) {
  if (family != AF_INET6) {
    if (const auto v4 = proto::parse_ipv4(text)) return address_from(v4->bytes);
  }
  if (family != AF_INET) {
    if (const auto v6 = proto::parse_ipv6(text)) return address_from(v6->bytes);
  }
  const char* kind = family == AF_INET ? "an IPv4" : family == AF_INET6 ? "an IPv6" : "an IP";
  return wrong(fmt::format("'{}' is not {} address", text, kind));
}

Result<IpPrefix> parse_prefix(std::string_view text, int family) {
  const std::size_t slash = text.find('/');
  TRY(address, parse_address(text.substr(0, slash), family));
  IpPrefix prefix{address, static_cast<std::uint8_t>(address.bits())};
  if (slash == std::string_view::npos) return prefix;
  const std::string_view digits = text.substr(slash + 1);
  if (address.family == AF_INET && digits.find('.') != std::string_view::npos) {
    TRY(mask, parse_address(digits, AF_INET));
    const auto length = netmask_length(mask);
    if (!length) return wrong(fmt::format("'{}' is not a netmask", digits));
    prefix.length = *length;
    return prefix;
  }
  unsigned length = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || length > address.bits())
    return wrong(fmt::format("'{}': the prefix length must be 0 to {}", text, address.bits()));
  prefix.length = static_cast<std::uint8_t>(length);
  return prefix;
}

std::optional<std::uint8_t> netmask_length(const IpAddress& mask) noexcept {
  unsigned length = 0;
  for (const std::uint8_t byte : mask.bytes())
    for (int bit = 7; bit >= 0; --bit, ++length)
      if ((byte >> bit & 1) == 0) {
        if (mask != netmask(mask.family, length)) return std::nullopt;
        return static_cast<std::uint8_t>(length);
      }
  return static_cast<std::uint8_t>(length);
}

IpAddress netmask(int family, unsigned length) noexcept {
  IpAddress mask;
  mask.family = static_cast<std::uint8_t>(family);
  for (unsigned bit = 0; bit < length; ++bit) mask.storage[bit / 8] = static_cast<std::uint8_t>(mask.storage[bit / 8] | 0x80U >> bit % 8);
  return mask;
}

IpAddress broadcast_of(const IpPrefix& prefix) noexcept {
  IpAddress out = prefix.address;
  const IpAddress mask = netmask(prefix.address.family, prefix.length);
  for (std::size_t i = 0; i < out.size(); ++i) out.storage[i] = static_cast<std::uint8_t>(out.storage[i] | ~mask.storage[i]);
  return out;
}

std::string hardware_text(Bytes address, std::uint16_t arp_type) {
  const bool tunnel = arp_type == ARPHRD_TUNNEL || arp_type == ARPHRD_TUNNEL6 || arp_type == ARPHRD_SIT || arp_type == ARPHRD_IPGRE ||
                      arp_type == ARPHRD_IP6GRE;
  if (tunnel && (address.size() == 4 || address.size() == 16)) return address_from(address).text();
  return fmt::format("{:02x}", fmt::join(address, ":"));
}

unsigned make_sockaddr(sockaddr_storage& out, const IpAddress& address, std::uint16_t port, unsigned scope) noexcept {
  out = {};
  if (address.family == AF_INET) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.storage.data(), 4);
    std::memcpy(&out, &v4, sizeof v4);
    return sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_scope_id = scope;
  std::memcpy(&v6.sin6_addr, address.storage.data(), 16);
  std::memcpy(&out, &v6, sizeof v6);
  return sizeof v6;
}

IpAddress address_of(const sockaddr_storage& address) noexcept {
  const Bytes all(reinterpret_cast<const std::uint8_t*>(&address), sizeof address);
  if (address.ss_family == AF_INET) return address_from(all.subspan(offsetof(sockaddr_in, sin_addr), 4));
  if (address.ss_family == AF_INET6) return address_from(all.subspan(offsetof(sockaddr_in6, sin6_addr), 16));
  return {};
}

std::uint16_t port_of(const sockaddr_storage& address) noexcept {
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  return ntohs(leading<sockaddr_in>(Bytes(reinterpret_cast<const std::uint8_t*>(&address), sizeof address)).sin_port);
}

Zoned split_zone(std::string_view text) noexcept {
  const std::size_t percent = text.find('%');
  if (percent == std::string_view::npos) return {text, {}};
  return {text.substr(0, percent), text.substr(percent + 1)};
}

}  // namespace net
