#include "proto/check.h"

namespace proto {
namespace {

// A checksum field by its name: both spellings of the specification.
bool is_checksum(const Field& f) noexcept { return f.bits == 16 && (f.name == "chksum" || f.name == "checksum"); }

}  // namespace

std::vector<FieldCheck> Checker::check(const Dissection& packet, bool complete) {
  std::vector<FieldCheck> checks;
  if (!complete || packet.unreadable()) return checks;
  copy_to_draft(packet, draft_);
  want_all(draft_);
  // Selectors are no result of the rest of the packet; and where a fragment begins or follows, nothing is whole.
  for (Placed& placed : draft_.layers) {
    const auto fields = placed.layer->fields();
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (!fields[i].selects.empty() || i >= placed.layer->head_fields()) placed.wanted &= ~(std::uint64_t{1} << i);
  }
  for (std::size_t i = 0; i < draft_.layers.size(); ++i) {
    const auto partial = draft_.layers[i].layer->spec().is_fragment;
    if (partial == nullptr || !partial(packet.header(packet.parts()[i]))) continue;
    for (std::size_t k = i + 1; k < draft_.layers.size(); ++k) draft_.layers[k].wanted = 0;
    break;
  }
  fill_wanted(draft_);
  for (std::size_t i = 0; i < draft_.layers.size(); ++i) {
    const Placed& placed = draft_.layers[i];
    const std::uint8_t* before = packet.packet().data() + packet.parts()[i].at;
    for (std::size_t f = 0; f < placed.layer->head_fields(); ++f) {
      if (!(placed.wanted >> f & 1)) continue;
      const Field& field = placed.layer->fields()[f];
      const unsigned bit = placed.layer->bit_of(f);
      FieldCheck result{i, f, Verdict::good, get_bits(before, bit, field.bits), get_bits(draft_.bytes.data() + placed.at, bit, field.bits)};
      if (result.found != result.expected) {
        result.verdict = Verdict::bad;
        Sum pseudo;
        const Fill fill(draft_, i);
        if (is_checksum(field) && fill.add_pseudo_header(pseudo, fill.whole().size()) && result.found == pseudo.folded())
          result.verdict = Verdict::partial;
        if (is_checksum(field) && result.found == 0 && placed.layer->tag() == "Udp" && i > 0 && draft_.layers[i - 1].layer->tag() == "Ip")
          result.verdict = Verdict::absent;
      }
      checks.push_back(result);
    }
  }
  return checks;
}

}  // namespace proto
