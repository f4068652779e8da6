#pragma once
#include <string>
#include <vector>

#include "proto/error.h"
#include "proto/line_reader.h"
#include "proto/line_writer.h"

namespace proto {

/// A layer to be looked at and edited: each field's value is its JSON text, as it stands in a line.
struct PacketLayer {
  const Layer* layer = nullptr;
  std::vector<std::string> values;  // one for each of the layer's fields; empty: absent, so computed or standard
};

/// A packet as an editor holds it: layers that can be added, removed, moved and changed field by field. Values are text and
/// checked by the same readers that take lines; nothing is computed before `encode`.
class Packet {
public:
  std::vector<PacketLayer> layers;

  /// All layers of a packet, in the full dialect (or the classic one). An unreadable one becomes a single raw layer.
  static Packet decode(Bytes bytes, LinkType link, Dialect dialect = Dialect::full);
  static Packet decode(const Dissection& packet);
  /// From a line's `layers`.
  static Result<Packet> from_line(std::string_view line);

  /// A layer with the standard values of jsonl.md section 6; null if the tag is unknown.
  static Result<PacketLayer> standard_layer(std::string_view tag);

  /// Sets a field from what a user types: JSON, or bare text where that is a string or a name (`192.0.2.1`, `<auto>`, `true`).
  /// The layer is read back as a check; on an error nothing has changed.
  Result<void> set(std::size_t layer, std::size_t field, std::string_view text);

  /// The bytes; absent and automatic fields are computed.
  Result<std::vector<std::uint8_t>> encode() const { return encoded(LineReader::Mode::as_given); }
  /// Computes every computed field anew (the editor's `f`); layers stay as they are.
  Result<void> recompute();

  /// `[{"layertype":…},…]`
  std::string to_json() const;
  /// One line for a layer, e.g. `Ether 02:… -> 02:… type 2048`.
  std::string summary(std::size_t layer) const;

private:
  Result<std::vector<std::uint8_t>> encoded(LineReader::Mode mode) const;
};

/// The JSON object of one layer.
std::string to_json(const PacketLayer& layer);

}  // namespace proto
