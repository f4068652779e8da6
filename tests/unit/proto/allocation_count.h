#pragma once
#include <cstddef>

/// What the test program has taken from the heap with `new` so far.
std::size_t allocation_count() noexcept;
