#pragma once
#include <string>
#include <vector>

#include "proto/error.h"
#include "proto/line_reader.h"
#include "proto/line_writer.h"

namespace proto {

/// The JSON object of a layer that was put together from JSON, with the values that its bytes have; "{}" where they are no such layer
/// (parts were left out that have no standard).
std::string written_layer(const Layer& layer, const Header& header);

/// A layer to be looked at and edited: its JSON object as it stands in a line, with its own order of keys, unknown keys too.
struct PacketLayer {
  const Layer* layer = nullptr;
  std::string json;

  /// The JSON text of a field's value; empty: absent, so computed or standard.
  std::string_view value(std::size_t field) const;
  /// Whether the value is left to the encoder: absent and computed, "<auto>" or "<random>".
  bool automatic(std::size_t field) const;
};

/// A packet as an editor holds it: layers that can be added, removed, moved and changed field by field. Values are text and
/// checked by the same readers that take lines; nothing is computed before `encode`.
class Packet {
public:
  std::vector<PacketLayer> layers;
  std::uint64_t seed = LineReader::fixed_seed;  // what "<random>" values are drawn from

  /// All layers of a packet, in the full dialect (or the classic one). An unreadable one becomes a single raw layer.
  static Packet decode(Bytes bytes, LinkType link, Dialect dialect = Dialect::full);
  static Packet decode(const Dissection& packet);
  /// From a line's `layers`; or from its `data`, as one raw layer.
  static Result<Packet> from_line(std::string_view line);

  /// A layer with the standard values of jsonl.md section 6; null if the tag is unknown.
  static Result<PacketLayer> standard_layer(std::string_view tag);

  /// Sets a field from what a user types: JSON, or bare text where that is a string or a name (`192.0.2.1`, `<auto>`, `true`).
  /// The layer is read back as a check; on an error nothing has changed.
  Result<void> set(std::size_t layer, std::size_t field, std::string_view text);

  /// Puts a layer in front of layer `at` (the number of layers: at the end), or takes one away. The selectors of the layer
  /// below that were given with a value are set to what now follows, where that is bound there; returns their names, as "Udp.dport".
  /// A layer that is not there cannot be taken away: nothing changes.
  Result<std::vector<std::string>> insert(std::size_t at, PacketLayer layer);
  std::vector<std::string> remove(std::size_t at);

  /// The bytes; absent and automatic fields are computed.
  Result<std::vector<std::uint8_t>> encode() const;
  /// The same with the places of all layers: what a view of the packet needs. Layers are those of the packet; `fix` may find one
  /// of padding more. The draft lives in the reader.
  Result<const Draft*> place(LineReader& reader) const;
  /// Computes every computed field anew (the editor's `f`), and puts numbers in the place of "<auto>" and "<random>"; all else
  /// stays as it is.
  Result<void> recompute();

  /// `[{"layertype":…},…]`
  std::string to_json() const;
  /// One line for a layer, e.g. `Ether 02:… -> 02:… type 2048`.
  std::string summary(std::size_t layer) const;

private:
  std::vector<std::string> link(std::size_t below);
};

}  // namespace proto
