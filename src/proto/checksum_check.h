// Are the checksums of a packet right? For `pcapinfo`, `packet` and the editor.
#pragma once

#include <vector>

#include "proto/dissect.h"
#include "proto/fill.h"

namespace proto {

struct ChecksumFinding {
  enum class State : std::uint8_t {
    good,
    bad,
    partial,  // only the pseudo-header's sum: captured before the network card has put the rest (TX offload)
    absent,   // UDP's zero: none was sent
    unknown,  // the packet is cut, or a fragment
  };
  std::size_t part;   // of the dissection
  std::size_t field;  // of its layer
  State state;
  std::uint64_t found, right;
};

class ChecksumChecker {
 public:
  /// One finding for each layer with a checksum, outermost first; packets quoted in others are left out. `complete`:
  /// the record has all bytes of the wire. The result lives until the next call.
  std::span<const ChecksumFinding> check(const Dissection& packet, bool complete);
  /// The same for a packet as it was put together, whatever its bytes look like to others.
  std::span<const ChecksumFinding> check(const Draft& packet, bool complete);

 private:
  std::span<const ChecksumFinding> check_draft(bool complete);
  ChecksumFinding check_one(std::size_t part, std::size_t field, FieldPlace place);

  Draft draft_;
  std::vector<ChecksumFinding> findings_;
};

}  // namespace proto
