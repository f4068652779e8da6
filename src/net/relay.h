// Copies between a socket and a pair of streams, both ways at once, as netcat does.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "net/dial.h"
#include "reactor/stream.h"

namespace net {

struct RelaySettings {
  bool datagrams = false;
  /// Datagrams go to whoever sent last; else the socket is connected.
  bool answer_last_sender = false;
  /// Once the peer has ended its side, our input goes on only while it has something ready. Else it goes on to its end.
  bool end_with_peer = false;
  /// Nothing in either direction for so long ends it; 0: no limit.
  std::chrono::nanoseconds idle{0};
  /// Datagrams have no end: how long to wait for answers after the end of the input. nullopt: for ever.
  std::optional<std::chrono::nanoseconds> linger;
  /// Told of every sender that is another one than the last; datagrams without a connection only.
  std::function<void(const Endpoint&)> on_sender;
};

struct RelayCounts {
  std::uint64_t sent_bytes = 0, received_bytes = 0;
  bool timed_out = false;  // by `idle`
};

/// Runs to the end of both directions. The end of the input ends the sending half of the connection, and the other way round.
[[nodiscard]] Task<Result<RelayCounts>> relay(int socket, reactor::In& in, reactor::Out& out, RelaySettings settings);

}  // namespace net
