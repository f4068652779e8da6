#include "proto/dissect.h"

#include <algorithm>

#include "proto/registry.h"

namespace proto {

Dissector::Dissector()
    : ether_(Registry::get().find("ether")), raw_(Registry::get().find("raw")), padding_(Registry::get().find("padding")) {}

const Layer* Dissector::first_layer(Bytes packet, LinkType link, Dialect dialect) const noexcept {
  switch (link) {
    case LinkType::ethernet:
      return ether_;
    case LinkType::raw_ip:
    case LinkType::ipv4:
    case LinkType::ipv6:
      return packet.empty() ? nullptr : Registry::get().bound("ip.version", packet[0] >> 4, dialect);
    default: {
      const Layer* known = Registry::get().bound("link", static_cast<std::uint32_t>(link), dialect);
      return known != nullptr ? known : raw_;
    }
  }
}

void Dissector::dissect(Dissection& result, Bytes packet, LinkType link, Dialect dialect) {
  dissect_as(result, packet, first_layer(packet, link, dialect), dialect);
}

// The measured extent, if the layer's JSON form gives back the very same bytes (jsonl.md section 11).
// By construction that is so for all but codecs.
Extent Dissector::accepted(const Layer& layer, const Header& from) {
  const Extent extent = layer.measure(from);
  if (extent.size == Extent::none || !layer.has_codec() || extent.size == layer.head_size()) return extent;
  text_.clear();
  wire_.clear();
  layer.write(text_, {from.data, extent.size, from.dialect});
  JsonIn in(text_.view());
  ReadState state;
  Random random(0);
  std::string_view tag;
  if (!in.take_text(R"({"layertype":)") || !in.string(tag) || !layer.read(in, true, wire_, state, random)) return {};
  return wire_.size() == extent.size && std::equal(wire_.data(), wire_.data() + extent.size, from.data) ? extent : Extent();
}

void Dissector::dissect_as(Dissection& result, Bytes packet, const Layer* first, Dialect dialect) {
  result.packet_ = packet;
  result.dialect_ = dialect;
  result.count_ = 0;
  std::size_t at = 0, end = packet.size();
  const Layer* layer = first;
  Extent extent;
  if (layer != nullptr) extent = accepted(*layer, {packet.data(), packet.size(), dialect});
  result.unreadable_ = extent.size == Extent::none;
  if (result.unreadable_) return;
  for (;;) {
    const std::uint32_t size = extent.size;
    result.parts_[result.count_++] = {layer, static_cast<std::uint32_t>(at), size};
    const Header here{packet.data() + at, end - at, dialect};
    if (extent.limit >= size && extent.limit < here.size) end = at + extent.limit;
    at += size;
    // Two parts are kept for what is left over.
    if (result.count_ + 3 > Dissection::max_parts || extent.opaque) break;
    const Header rest{packet.data() + at, end - at, dialect, size};
    const Layer* next = nullptr;
    extent = Extent();
    for (std::size_t i = 0; i < layer->selectors() && extent.size == Extent::none; ++i) {
      next = layer->select(here, i);
      if (next != nullptr) extent = accepted(*next, rest);
    }
    if (extent.size == Extent::none && layer->spec().next != nullptr) {
      next = layer->spec().next(here, size);
      if (next != nullptr) extent = accepted(*next, rest);
    }
    if (extent.size == Extent::none) break;
    layer = next;
  }
  // In the classic dialect nothing tells padding from payload.
  if (dialect == Dialect::classic) end = packet.size();
  if (at < end) result.parts_[result.count_++] = {raw_, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end - at)};
  if (end < packet.size())
    result.parts_[result.count_++] = {padding_, static_cast<std::uint32_t>(end), static_cast<std::uint32_t>(packet.size() - end)};
}

}  // namespace proto
