// Fragments of IP datagrams put together again (RFC 791 section 3.2, RFC 8200 section 4.5), with bounded memory.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "proto/record.h"
#include "reactor/timer.h"

namespace net {

class Reassembly {
 public:
  /// Source, destination, identification, protocol.
  struct Key {
    std::array<std::uint8_t, 16> source{}, destination{};
    std::uint32_t id = 0;
    std::uint8_t protocol = 0;
    auto operator<=>(const Key&) const = default;
  };

  /// Takes a fragment: its payload, where it lies in the datagram, and whether others follow. The whole payload when it is
  /// complete (valid until the next call); nullopt when parts are missing, or when it was no fragment of a datagram: overlapping
  /// ones end theirs (RFC 5722), as do too long ones, those of more than 1,024 parts, and odd lengths of any but the last.
  std::optional<proto::Bytes> add(const Key& key, proto::Bytes payload, std::uint32_t offset, bool more, reactor::Nanoseconds now);

 private:
  struct Datagram {
    std::vector<std::uint8_t> bytes;
    std::map<std::uint32_t, std::uint32_t> parts;  // begin -> end
    std::uint32_t received = 0, total = 0;         // total 0: the last one has not come
    reactor::Nanoseconds since{0};
  };

  void expire(reactor::Nanoseconds now);

  std::map<Key, Datagram> datagrams_;
  std::vector<std::uint8_t> complete_;
};

}  // namespace net
