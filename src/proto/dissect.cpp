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

// The measured length, if the layer's JSON form gives back the very same bytes (jsonl.md section 11).
// By construction that is so for all but codecs.
std::size_t Dissector::accepted_size(const Layer& layer, const Header& from) {
  const std::size_t size = layer.measure(from);
  if (size == refused || !layer.has_codec() || size == layer.head_size()) return size;
  text_.clear();
  wire_.clear();
  layer.write(text_, {from.data, size, from.dialect});
  JsonIn in(text_.view());
  ReadState state;
  Random random(0);
  std::string_view tag;
  if (!in.take_text(R"({"layertype":)") || !in.string(tag) || !layer.read(in, true, wire_, state, random)) return refused;
  return wire_.size() == size && std::equal(wire_.data(), wire_.data() + size, from.data) ? size : refused;
}

void Dissector::dissect_as(Dissection& result, Bytes packet, const Layer* first, Dialect dialect) {
  result.packet_ = packet;
  result.dialect_ = dialect;
  result.count_ = 0;
  std::size_t at = 0, end = packet.size();
  const Layer* layer = first;
  std::size_t size = layer == nullptr ? refused : accepted_size(*layer, {packet.data(), packet.size(), dialect});
  result.unreadable_ = size == refused;
  if (size == refused) return;
  for (;;) {
    result.parts_[result.count_++] = {layer, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(size)};
    const Header here{packet.data() + at, end - at, dialect};
    at += size;
    const Spec& spec = layer->spec();
    if (spec.limit != nullptr) {
      const std::size_t limit = spec.limit(here, size);
      if (limit >= size && limit < here.size) end = at - size + limit;
    }
    // Two parts are kept for what is left over.
    if (result.count_ + 3 > Dissection::max_parts || (spec.opaque != nullptr && spec.opaque(here, size))) break;
    const Header rest{packet.data() + at, end - at, dialect, size};
    const Layer* next = nullptr;
    std::size_t next_size = refused;
    for (std::size_t i = 0; i < layer->selectors() && next_size == refused; ++i) {
      next = layer->select(here, i);
      if (next != nullptr) next_size = accepted_size(*next, rest);
    }
    if (next_size == refused && spec.next != nullptr) {
      next = spec.next(here, size);
      if (next != nullptr) next_size = accepted_size(*next, rest);
    }
    if (next_size == refused) break;
    layer = next;
    size = next_size;
  }
  // In the classic dialect nothing tells padding from payload.
  if (dialect == Dialect::classic) end = packet.size();
  if (at < end) result.parts_[result.count_++] = {raw_, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end - at)};
  if (end < packet.size())
    result.parts_[result.count_++] = {padding_, static_cast<std::uint32_t>(end), static_cast<std::uint32_t>(packet.size() - end)};
}

}  // namespace proto
