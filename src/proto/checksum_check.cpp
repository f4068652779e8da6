#include "proto/checksum_check.h"

namespace proto {
namespace {

// The field that a layer's fill hook sets to a checksum, or `refused`.
std::size_t checksum_field(const Layer& layer) noexcept {
  const auto fields = layer.fields();
  for (std::size_t i = 0; i < fields.size(); ++i)
    if ((fields[i].name == "chksum" || fields[i].name == "checksum") && fields[i].absent == Absent::computed) return i;
  return refused;
}

}  // namespace

ChecksumFinding ChecksumChecker::check_one(std::size_t part, std::size_t field, FieldPlace place) {
  using State = ChecksumFinding::State;
  Placed& placed = draft_.layers[part];
  Fill fill(draft_, part);
  std::uint8_t* const header = draft_.bytes.data() + placed.at;
  ChecksumFinding finding{.part = part, .field = field, .state = State::good, .found = get_bits(header, place.at, place.bits), .right = 0};
  placed.wanted = std::uint64_t{1} << field;
  placed.layer->spec().fill(fill);
  placed.wanted = 0;
  finding.right = get_bits(header, place.at, place.bits);
  put_bits(header, place.at, place.bits, finding.found);
  if (finding.found == finding.right) return finding;
  Sum pseudo;
  if (finding.found == 0 && placed.layer->tag() == "Udp") finding.state = State::absent;
  else if (fill.add_pseudo_header(pseudo, fill.whole().size()) && pseudo.folded() == finding.found) finding.state = State::partial;
  else finding.state = State::bad;
  return finding;
}

std::span<const ChecksumFinding> ChecksumChecker::check(const Dissection& packet, bool complete) {
  copy_to_draft(packet, draft_);
  return check_draft(complete);
}

std::span<const ChecksumFinding> ChecksumChecker::check(const Draft& packet, bool complete) {
  draft_.clear();
  draft_.bytes.append(packet.bytes.span());
  for (const Placed& placed : packet.layers) draft_.layers.push_back({placed.layer, placed.at, placed.size, 0, 0, ~std::uint64_t{0}});
  split_padding(draft_);
  return check_draft(complete);
}

std::span<const ChecksumFinding> ChecksumChecker::check_draft(bool complete) {
  findings_.clear();
  bool whole = complete;
  for (std::size_t i = 0; i < draft_.layers.size(); ++i) {
    const Layer& layer = *draft_.layers[i].layer;
    const std::size_t field = checksum_field(layer);
    const bool has_header_sum = layer.spec().pseudo_header != nullptr;  // IP: over its header only, which is here
    const Header header{draft_.bytes.data() + draft_.layers[i].at, draft_.layers[i].size, Dialect::full};
    const FieldPlace place = field != refused && layer.spec().fill != nullptr ? layer.place(header, field) : FieldPlace{};
    if (place.bits > 0) {
      findings_.push_back(check_one(i, field, place));
      if (!whole && !has_header_sum) findings_.back().state = ChecksumFinding::State::unknown;
    }
    if (layer.is_fragment(header)) whole = false;
    if (layer.spec().quotes) break;
  }
  return findings_;
}

}  // namespace proto
