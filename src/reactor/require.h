// A broken invariant of the reactor ends the process, in every build: going on would let the kernel write into freed memory.
#pragma once

namespace reactor {

/// Prints "reactor: what" and aborts (as PID 1: the crash handler reports and powers off).
[[noreturn]] void broken(const char* what, const char* detail = "") noexcept;

inline void require(bool holds, const char* what, const char* detail = "") noexcept {
  if (!holds) [[unlikely]]
    broken(what, detail);
}

}  // namespace reactor
