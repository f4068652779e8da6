// The kernel's log, record by record, from /dev/kmsg (Documentation/ABI/testing/dev-kmsg).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reactor/error.h"
#include "reactor/fd.h"
#include "reactor/task.h"

namespace net {

struct KernelMessage {
  unsigned level = 0;     // 0 emergency … 7 debug
  unsigned facility = 0;  // 0: the kernel itself
  std::uint64_t sequence = 0;
  std::chrono::microseconds time{0};  // since boot
  std::string text;                   // may have several lines; dictionary left out, escapes undone
};

/// One record: `PRI,SEQ,USEC,FLAGS[,…];TEXT\n DICTIONARY`. nullopt when it is none.
[[nodiscard]] std::optional<KernelMessage> parse_kernel_message(std::string_view record);

class KernelLog {
 public:
  enum class From { first, now };
  /// At the oldest record that is kept (since `dmesg -C`), or after the newest. Makes the node /dev/kmsg when it is missing.
  [[nodiscard]] static reactor::Result<KernelLog> open(From from);

  /// The next record, nullopt when there is none yet. Records that were overwritten before they could be read are left out
  /// and counted in lost().
  [[nodiscard]] reactor::Result<std::optional<KernelMessage>> next();
  /// Until there is one.
  [[nodiscard]] reactor::Task<reactor::Result<void>> wait();
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

 private:
  explicit KernelLog(reactor::Fd fd) : fd_(std::move(fd)) {}
  reactor::Fd fd_;
  std::optional<std::uint64_t> last_;
  std::uint64_t lost_ = 0;
};

}  // namespace net
