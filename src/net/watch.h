// Waiting for a state of the kernel's tables by its own events.
#pragma once

#include <initializer_list>
#include <memory>

#include "net/netlink.h"

namespace net {

/// What is waited for.
class Condition {
 public:
  virtual ~Condition() = default;
  /// Reads the tables and says whether it is so now.
  virtual Task<Result<bool>> holds(Netlink& netlink) = 0;
};

/// Returns when the condition holds: asked at once, and again whenever something has changed in one of the groups (RTNLGRP_…).
[[nodiscard]] Task<Result<void>> wait_until(std::initializer_list<unsigned> groups, std::unique_ptr<Condition> condition);

}  // namespace net
