#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "proto/record.h"

namespace proto {

/// Reads big-endian numbers and parts from bytes and cannot leave them: what is not there reads as zero or
/// empty, and `failed` says so from then on.
class Reader {
public:
  explicit Reader(Bytes bytes) noexcept : bytes_(bytes) {}

  std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() noexcept { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() noexcept { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() noexcept { return number(8); }
  std::uint64_t number(std::size_t bytes) noexcept {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(bytes)) value = value << 8 | byte;
    return value;
  }
  Bytes take(std::size_t count) noexcept {
    if (count > left()) {
      failed_ = true;
      at_ = bytes_.size();
      return {};
    }
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  Bytes rest() noexcept { return take(left()); }

  std::size_t at() const noexcept { return at_; }
  std::size_t left() const noexcept { return bytes_.size() - at_; }
  bool failed() const noexcept { return failed_; }
  /// All was read and nothing was missing.
  bool done() const noexcept { return !failed_ && left() == 0; }

private:
  Bytes bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace proto
