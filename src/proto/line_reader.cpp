#include "proto/line_reader.h"

#include <algorithm>

#include "proto/registry.h"

namespace proto {
namespace {

// Tags of the ancestor that are refused with a reason of their own (jsonl.md section 10).
std::string refusal(std::string_view tag) {
  struct Family { std::string_view prefix, name; };
  static constexpr Family families[] = {{"Dot11", "802.11"}, {"Radiotap", "802.11"}, {"SnmpV3", "SNMPv3"}, {"PVTI", "PVTI"}};
  for (const Family& family : families)
    if (tag.starts_with(family.prefix)) return "'" + std::string(tag) + "': " + std::string(family.name) + " layers are not supported";
  return "no layer is called '" + std::string(tag) + "'";
}

// The value of "layertype" in the object whose '{' is taken; comes back to where it was.
bool find_tag(JsonIn& in, std::string& tag) {
  const char* start = in.mark();
  bool found = false;
  if (in.peek() != '}') {
    do {
      std::string_view key, value;
      if (!in.string(key)) return false;
      const bool is_tag = key == "layertype";
      if (!in.expect(':')) return false;
      if (is_tag) {
        if (!in.string(value)) return in.blame("layertype");
        tag = value;
        found = true;
      } else if (!in.skip()) {
        return false;
      }
    } while (in.take(','));
  }
  if (!found) return in.fail("no layertype");
  in.go_back(start);
  return true;
}

}  // namespace

std::optional<LinkType> link_of(const Layer& layer) {
  for (const Binding& b : layer.spec().bindings) {
    if (b.table == "link") return static_cast<LinkType>(b.value);
    if (b.table == "ip.version") return LinkType::raw_ip;
  }
  return std::nullopt;
}

bool LineReader::read_layer(JsonIn& in, Draft& draft, Random& random, const Layer* guess) {
  if (!in.expect('{')) return false;
  const char* start = in.mark();
  const Layer* layer = nullptr;
  bool tag_first = true;
  std::string_view tag;
  std::string kept;  // a tag that did not come first
  if (guess != nullptr && in.take_text(R"("layertype":")") && in.take_text(guess->tag()) && in.take_text("\"")) {
    layer = guess;
  } else {
    in.go_back(start);
    tag_first = in.take_text(R"("layertype":)");
    if (!(tag_first ? in.string(tag) || in.blame("layertype") : find_tag(in, kept))) return false;
    if (!tag_first) tag = kept;
  }
  for (;;) {
    if (layer == nullptr) layer = Registry::get().find(tag);
    if (layer == nullptr) return in.fail(refusal(tag));
    const std::size_t at = draft.bytes.size();
    ReadState state;
    if (!layer->read(in, tag_first, draft.bytes, state, random)) return in.blame(layer->tag());
    if (state.other_tag.empty()) {
      const std::uint64_t wanted = layer->computed_fields() & (~state.given | state.automatic);
      draft.layers.push_back({layer, at, draft.bytes.size() - at, wanted, state.automatic, state.given & ~state.automatic, draft.bytes.notes, true});
      return true;
    }
    // The last "layertype" counts, as with every key that is repeated.
    kept = std::move(state.other_tag);
    tag = kept;
    layer = nullptr;
    tag_first = false;
    draft.bytes.cut(at);
    in.go_back(start);
  }
}

bool LineReader::read_data(std::string_view value, Wire& out) {
  JsonIn in(value);
  std::string_view text;
  out.clear();
  return in.peek() == '"' && in.string(text) && parse_hex(text, out);
}

bool LineReader::read_layers(JsonIn& in) {
  draft_.clear();
  return in.array([&] {
    const std::size_t i = draft_.layers.size();
    if (!read_layer(in, draft_, random_, i < guesses_.size() ? guesses_[i] : nullptr)) return in.blame("layer " + std::to_string(i));
    if (i == guesses_.size()) guesses_.push_back(nullptr);
    guesses_[i] = draft_.layers[i].layer;
    return true;
  });
}

Result<PacketLine> LineReader::read(std::string_view line) {
  JsonIn in(line);
  PacketLine result;
  bool has_layers = false, has_data = false;
  std::string_view data;
  draft_.clear();
  const bool good = in.object([&](std::string_view key) {
    if (key == "layers") {
      has_layers = true;
      return read_layers(in);
    }
    std::string_view text;
    if (key == "timestamp_us") {
      result.time_us.reset();
      std::uint64_t value = 0;
      if (in.take_number(value)) {
        result.time_us = value;
        return true;
      }
      if (!in.skip(text)) return false;
      if (parse_decimal(text, value, ~std::uint64_t{0})) result.time_us = value;
      return true;
    }
    if (key == "direction" && in.peek() == '"') {
      if (!in.string(text)) return false;
      result.direction = text == "tx" ? Direction::tx : Direction::rx;
      return true;
    }
    if (key != "data") return in.skip();
    has_data = true;
    return in.skip(data);
  });
  if (!good || !in.finish()) return fail(in.problem());
  if (!has_layers && !has_data) return fail("neither layers nor data");
  if (!has_layers) {
    if (!read_data(data, data_)) return fail(data_problem);
    result.packet = data_.span();
    return result;
  }
  bool has_padding = false;
  if (mode_ == Mode::fix) {
    split_padding(draft_);
    want_all(draft_);
  } else {
    const auto wants = [](const Placed& placed) { return placed.wanted != 0; };
    has_padding = std::any_of(draft_.layers.begin(), draft_.layers.end(), wants) && split_padding(draft_, true);
  }
  fill_wanted(draft_);
  if (has_padding) join_padding(draft_);
  if (!draft_.problem.empty()) return fail(draft_.problem);
  if (!draft_.layers.empty()) result.link = link_of(*draft_.layers[0].layer);
  result.packet = draft_.bytes.span();
  result.length_notice = draft_.length_notice;
  return result;
}

}  // namespace proto
