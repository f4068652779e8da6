#pragma once
#include <array>

#include "proto/layer.h"
#include "proto/record.h"

namespace proto {

/// A layer's place in a packet.
struct Part {
  const Layer* layer = nullptr;
  std::uint32_t at = 0, size = 0;
};

/// A packet cut into layers, outermost first; the parts are adjacent and cover all bytes. The packet's bytes are borrowed.
class Dissection {
public:
  /// Tunnels in tunnels end here; the rest is raw.
  static constexpr std::size_t max_parts = 40;

  std::span<const Part> parts() const noexcept { return {parts_.data(), count_}; }
  Bytes packet() const noexcept { return packet_; }
  Dialect dialect() const noexcept { return dialect_; }
  /// Not even the first layer was readable: jsonl.md section 1, `data` in place of `layers`.
  bool unreadable() const noexcept { return unreadable_; }

  Bytes bytes(const Part& part) const noexcept { return packet_.subspan(part.at, part.size); }
  Header header(const Part& part) const noexcept { return {packet_.data() + part.at, part.size, dialect_}; }

private:
  friend class Dissector;
  std::array<Part, max_parts> parts_;
  std::size_t count_ = 0;
  Bytes packet_;
  Dialect dialect_ = Dialect::classic;
  bool unreadable_ = false;
};

/// Cuts packets. Keeps its scratch memory, so that in the long run it allocates nothing per packet.
class Dissector {
public:
  Dissector();

  /// `link` says what the first layer is; the result borrows `packet`.
  void dissect(Dissection& result, Bytes packet, LinkType link, Dialect dialect);
  /// The same from a layer that the caller knows.
  void dissect_as(Dissection& result, Bytes packet, const Layer* first, Dialect dialect);

private:
  Extent accepted(const Layer& layer, const Header& from);
  const Layer* first_layer(Bytes packet, LinkType link, Dialect dialect) const noexcept;

  const Layer *ether_, *raw_, *padding_;
  Text text_;
  Wire wire_;
};

}  // namespace proto
