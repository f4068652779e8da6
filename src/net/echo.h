// ICMP and ICMPv6 echo over raw sockets (RFC 792, RFC 4443). Each socket has an identifier of its own and a filter for it in
// the kernel, so that any number of them run side by side.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "net/resolve.h"
#include "reactor/fd.h"

namespace net {

struct EchoSettings {
  HostAddress destination;
  IpAddress source;           // none: the kernel's choice
  std::string device;         // SO_BINDTODEVICE; empty: by the routes
  int ttl = 0;                // 0: the kernel's choice
  std::size_t data_bytes = 56;
};

/// What came back.
struct EchoEvent {
  bool reply = false;        // else an error about one of our packets
  IpAddress from;
  std::uint16_t sequence = 0;
  unsigned ttl = 0;
  std::size_t bytes = 0;     // ICMP header and data
  std::chrono::nanoseconds received{0};  // CLOCK_REALTIME, by the kernel
  std::string error;         // in words
};

class EchoSocket {
 public:
  static Result<EchoSocket> open(EchoSettings settings);

  /// Sends a request. Returns the time, CLOCK_REALTIME.
  [[nodiscard]] Task<Result<std::chrono::nanoseconds>> send(std::uint16_t sequence);
  /// The next event that concerns us.
  [[nodiscard]] Task<Result<EchoEvent>> next();
  [[nodiscard]] const EchoSettings& settings() const noexcept { return settings_; }

 private:
  EchoSocket(EchoSettings settings, reactor::Fd fd, std::uint16_t identifier);
  reactor::Fd fd_;
  EchoSettings settings_;
  std::uint16_t identifier_;
  std::vector<std::uint8_t> packet_, buffer_;
};

/// What a received packet means to the socket with this identifier, which sends to `destination`; nullopt: it is not for it.
/// IPv4: with its IP header. `from`, `received` and, for IPv6, `ttl` are not in the bytes.
std::optional<EchoEvent> parse_echo(Bytes packet, const IpAddress& destination, std::uint16_t identifier);

}  // namespace net
