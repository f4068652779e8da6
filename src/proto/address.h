#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Link and network addresses and their text, once for the whole project.
// Bytes are in network order. Text: MAC upper case with ':' (02:00:00:AB:CD:EF), IPv4 dotted, IPv6 as in RFC 5952.
namespace proto {

struct Mac {
  std::array<std::uint8_t, 6> bytes{};
  auto operator<=>(const Mac&) const = default;
};

struct Ipv4 {
  std::array<std::uint8_t, 4> bytes{};
  auto operator<=>(const Ipv4&) const = default;
};

struct Ipv6 {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Ipv6&) const = default;
};

/// The longest text of each; put_… may touch 8 bytes past the end that it returns, within max + 8.
inline constexpr std::size_t mac_text_max = 17, ipv4_text_max = 15, ipv6_text_max = 39;

/// Each writes the text of the address at `bytes` to `out` and returns its end; no terminator.
char* put_mac(char* out, const std::uint8_t* bytes) noexcept;
char* put_ipv4(char* out, const std::uint8_t* bytes) noexcept;
char* put_ipv6(char* out, const std::uint8_t* bytes) noexcept;

std::string to_text(const Mac& address);
std::string to_text(const Ipv4& address);
std::string to_text(const Ipv6& address);

/// 17 characters with ':' or '-', any case, or 12 hex digits.
std::optional<Mac> parse_mac(std::string_view text) noexcept;
/// Four decimal numbers without leading zeros.
std::optional<Ipv4> parse_ipv4(std::string_view text) noexcept;
/// Any form of RFC 4291 section 2.2, without a zone.
std::optional<Ipv6> parse_ipv6(std::string_view text) noexcept;

/// Each reads a quoted address at `in` in the form that put_… writes (any, for IPv6) and returns its end; null if it is another.
/// The longest text with its quotes must be there.
const char* take_mac(const char* in, std::uint8_t* to) noexcept;
const char* take_ipv4(const char* in, std::uint8_t* to) noexcept;
const char* take_ipv6(const char* in, std::uint8_t* to) noexcept;

}  // namespace proto
