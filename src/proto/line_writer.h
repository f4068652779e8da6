#pragma once
#include "proto/dissect.h"

namespace proto {

struct LineOptions {
  Dialect dialect = Dialect::classic;
  bool hex = false;        // the bytes of raw and padding layers as a hex string
  bool direction = true;   // the "direction" key; oside saves without
};

/// Records to JSONL lines (jsonl.md section 1, capture's key order).
class LineWriter {
public:
  explicit LineWriter(LineOptions options) : options_(options) {}

  /// Appends one line with its LF. A record whose first layer cannot be read becomes `data` in hex.
  void append(Text& out, const Record& record);
  /// Appends only the list `[{"layertype":…},…]` of a packet that is cut into layers already.
  void append_layers(Text& out, const Dissection& packet) const;

private:
  LineOptions options_;
  Dissector dissector_;
  Dissection packet_;
};

}  // namespace proto
