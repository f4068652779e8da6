#pragma once
#include <vector>

#include "proto/fill.h"

namespace proto {

enum class Verdict : std::uint8_t {
  good,
  bad,
  partial,  // the sum of the pseudo-header alone: TX offload, captured before the NIC filled it in
  absent,   // UDP over IPv4 without a checksum
};

/// What a computed field says, against what it should say.
struct FieldCheck {
  std::size_t part;   // index of the layer
  std::size_t field;  // index in its table
  Verdict verdict;
  std::uint64_t found, expected;
};

/// Checks the lengths and checksums of a packet that was dissected in the full dialect. Fields of quoted packets and
/// of fragments are left out, and those of a packet that was cut (`complete` false) too.
class Checker {
public:
  std::vector<FieldCheck> check(const Dissection& packet, bool complete = true);

private:
  Draft draft_;
};

}  // namespace proto
