#include "oside_view.h"

#include <fmt/format.h>

#include "oside_values.h"
#include "proto/checksum_check.h"
#include "proto/json_object.h"
#include "proto/outline.h"

namespace cmds::oside {

using namespace proto;
using State = FieldView::State;

namespace {

std::string written(const Placed& placed, const Draft& draft) {
  return written_layer(*placed.layer, {draft.bytes.data() + placed.at, placed.size, Dialect::full});
}

void mark(LayerView& layer, std::size_t field, State state, std::string note) {
  layer.fields[field].state = state;
  layer.fields[field].note = std::move(note);
  layer.wrong |= state == State::wrong;
}

void mark_checksums(PacketView& view, const Draft& draft, bool complete) {
  ChecksumChecker checker;
  for (const ChecksumFinding& finding : checker.check(draft, complete)) {
    if (finding.part >= view.layers.size()) continue;
    LayerView& layer = view.layers[finding.part];
    if (layer.fields[finding.field].state == State::automatic) continue;
    switch (finding.state) {
      case ChecksumFinding::State::bad: mark(layer, finding.field, State::wrong, fmt::format("wrong, should be {}", finding.right)); break;
      case ChecksumFinding::State::partial:
        mark(layer, finding.field, State::unfinished, fmt::format("partial: the network card was to finish it, {}", finding.right));
        break;
      case ChecksumFinding::State::absent: mark(layer, finding.field, State::unfinished, "none sent"); break;
      case ChecksumFinding::State::good: layer.fields[finding.field].note = "right"; break;
      case ChecksumFinding::State::unknown: layer.fields[finding.field].note = "cannot be checked"; break;
    }
  }
}

// Lengths and the like are right when they are what `f` would make of them.
void mark_lengths(PacketView& view, const Packet& packet, const Draft& draft) {
  LineReader fixer(LineReader::Mode::fix, packet.seed);
  const auto fixed = packet.place(fixer);
  if (!fixed) return;
  for (std::size_t i = 0; i < view.layers.size(); ++i) {
    const Placed& placed = draft.layers[i];
    const Layer& layer = *placed.layer;
    const std::string right = written((*fixed)->layers[i], **fixed);
    for (std::size_t field = 0; field < layer.fields().size(); ++field) {
      const Field& f = layer.fields()[field];
      FieldView& shown = view.layers[i].fields[field];
      const bool sum = f.name == "chksum" || f.name == "checksum";
      if (f.absent != Absent::computed || !f.selects.empty() || sum || shown.state == State::automatic) continue;
      const std::string_view should = json_value(right, f.name);
      if (!should.empty() && shown.text != value_text(f, should)) mark(view.layers[i], field, State::wrong, fmt::format("wrong, should be {}", should));
    }
    // What follows is a part of a packet, or a copy of one: its lengths are not those of what is here.
    const Header header{draft.bytes.data() + placed.at, placed.size, Dialect::full};
    if (layer.carries_part(header)) break;
  }
}

}  // namespace

Result<PacketView> view_of(const EditedPacket& edited) {
  const Packet& packet = edited.packet;
  LineReader reader(LineReader::Mode::as_given, packet.seed);
  const auto placed = packet.place(reader);
  if (!placed) return tl::unexpected(placed.error());
  const Draft& draft = **placed;
  PacketView view;
  const Bytes bytes = draft.bytes.span();
  view.bytes.assign(bytes.begin(), bytes.end());
  for (std::size_t i = 0; i < packet.layers.size(); ++i) {
    const PacketLayer& layer = packet.layers[i];
    const Placed& here = draft.layers[i];
    const Header header{draft.bytes.data() + here.at, here.size, Dialect::full};
    const std::string values = written(here, draft);
    LayerView shown{.at = here.at, .size = here.size};
    std::vector<OutlineField> outline;
    for (std::size_t field = 0; field < layer.layer->fields().size(); ++field) {
      const Field& f = layer.layer->fields()[field];
      std::string_view value = layer.value(field);
      const bool automatic = layer.automatic(field);
      if (automatic || value.empty()) value = json_value(values, f.name);
      const FieldPlace place = layer.layer->place(header, field);
      shown.fields.push_back({.name = std::string(f.name),
                              .text = value_text(f, value),
                              .note = value_note(f, value),
                              .json = std::string(json_value(values, f.name)),
                              .state = automatic ? State::automatic : State::plain,
                              .at = here.at * 8 + place.at,
                              .bits = place.bits});
      if (shown.fields.back().json.empty()) shown.fields.back().json = value;
      outline.push_back({shown.fields.back().name, shown.fields.back().text});
    }
    shown.summary = outline_summary(*layer.layer, outline);
    view.layers.push_back(std::move(shown));
  }
  mark_checksums(view, draft, edited.missing == 0);
  if (edited.missing == 0) mark_lengths(view, packet, draft);
  return view;
}

std::string packet_summary(const Packet& packet) {
  Packet sent = packet;
  LineReader reader(LineReader::Mode::as_given, packet.seed);
  if (const auto placed = packet.place(reader)) {
    for (std::size_t i = 0; i < sent.layers.size(); ++i)
      if (std::string json = written((*placed)->layers[i], **placed); json != "{}") sent.layers[i].json = std::move(json);
  }
  std::string addresses;
  std::size_t inner = 0;
  bool has_own = false;
  for (std::size_t i = 0; i < sent.layers.size(); ++i) {
    const PacketLayer& layer = sent.layers[i];
    const std::string_view source = json_value(layer.json, "src"), target = json_value(layer.json, "dst");
    if (i == 0 || (layer.layer->tag() != "raw" && layer.layer->tag() != "padding")) {
      inner = i;
      has_own = !source.empty();
    }
    if (source.size() > 2 && target.size() > 2 && source.front() == '"' && target.front() == '"' && layer.layer->tag() != "ether")
      addresses = fmt::format("{} -> {}  ", source.substr(1, source.size() - 2), target.substr(1, target.size() - 2));
  }
  return (has_own ? std::string() : addresses) + sent.summary(inner);
}

}  // namespace cmds::oside
