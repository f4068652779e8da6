// Host names through c-ares, whose sockets the loop waits for: /etc/hosts, then the servers of /etc/resolv.conf.
#pragma once

#include <string>
#include <vector>

#include "net/ip_address.h"
#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

using reactor::Task;

/// An address with the interface that its zone ("%tap1") named; 0: none.
struct HostAddress {
  IpAddress address;
  unsigned scope = 0;
};

/// Addresses of a name, best first (RFC 6724); of an address text, with or without a zone, that one. `family` AF_UNSPEC: both.
/// Never empty. Errors: `host: reason`.
[[nodiscard]] Task<Result<std::vector<HostAddress>>> resolve(std::string host, int family = 0);

}  // namespace net
