// Signals as something to await, through a signalfd.
#pragma once

#include <signal.h>

#include <initializer_list>

#include "reactor/fd.h"
#include "reactor/task.h"
#include "reactor/error.h"

namespace reactor {

class Signals {
 public:
  /// Blocks them for the process and collects them; they stay blocked afterwards, so that none is lost between two of these.
  explicit Signals(std::initializer_list<int> signals);
  /// The next one.
  [[nodiscard]] Task<Result<int>> next();

 private:
  Fd fd_;
};

}  // namespace reactor
