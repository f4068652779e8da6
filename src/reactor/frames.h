// Memory for coroutine frames: one free list per size class, since a frame is made and freed per await.
#pragma once

#include <cstddef>

namespace reactor::frames {

void* allocate(std::size_t bytes);
void release(void* frame, std::size_t bytes) noexcept;

/// For tests of lifetimes: while on, released frames are filled with a pattern and kept. AddressSanitizer does not see the
/// kernel's writes; a changed pattern does.
void quarantine(bool on);
/// Number of quarantined frames whose pattern was changed after their release. Frees them all.
std::size_t damaged_in_quarantine();

}  // namespace reactor::frames
