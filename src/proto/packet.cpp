#include "proto/packet.h"

#include "proto/json_object.h"
#include "proto/registry.h"

namespace proto {
namespace {

// Without quotes where the value is a string, for people.
std::string plain(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"') return std::string(value.substr(1, value.size() - 2));
  constexpr std::size_t shown = 60;
  return value.size() > shown ? std::string(value.substr(0, shown)) + "…" : std::string(value);
}

std::string tag_of_object(std::string_view object) {
  JsonIn in(json_value(object, "layertype"));
  std::string_view tag;
  return in.string(tag) ? std::string(tag) : std::string();
}

// Of a dissection: what was accepted there.
std::string written_part(const Dissection& parts, const Part& part) {
  Text text;
  part.layer->write(text, parts.header(part));
  return std::string(text.view());
}

// Reads it as a line's layer: that is the check of every value.
Result<void> check_layer(std::string_view json, Draft& draft) {
  JsonIn in(json);
  Random random(0);
  if (!LineReader::read_layer(in, draft, random)) return fail(in.problem());
  return {};
}

Result<void> check_layer(std::string_view json) {
  Draft draft;
  return check_layer(json, draft);
}

}  // namespace

std::string written_layer(const Layer& layer, const Header& header) {
  if (layer.measure(header).size != header.size) return "{}";
  Text text;
  layer.write(text, header);
  return std::string(text.view());
}

std::string_view PacketLayer::value(std::size_t field) const { return json_value(json, layer->fields()[field].name); }

bool PacketLayer::automatic(std::size_t field) const {
  const std::string_view text = value(field);
  return text.empty() ? layer->fields()[field].absent == Absent::computed : text == R"("<auto>")" || text == R"("<random>")";
}

Packet Packet::decode(Bytes bytes, LinkType link, Dialect dialect) {
  Dissector dissector;
  Dissection parts;
  dissector.dissect(parts, bytes, link, dialect);
  if (parts.unreadable()) dissector.dissect_as(parts, bytes, Registry::get().find("raw"), dialect);
  return decode(parts);
}

Packet Packet::decode(const Dissection& parts) {
  Packet packet;
  for (const Part& part : parts.parts()) packet.layers.push_back({part.layer, written_part(parts, part)});
  return packet;
}

Result<Packet> Packet::from_line(std::string_view line) {
  Packet packet;
  std::string_view data;
  bool has_layers = false, has_data = false;
  JsonIn in(line);
  const bool good = in.object([&](std::string_view key) {
    if (key == "data") {
      has_data = true;
      return in.skip(data);
    }
    if (key != "layers") return in.skip();
    has_layers = true;
    packet.layers.clear();
    return in.array([&] {
      std::string_view json;
      if (!in.skip(json)) return false;
      std::string object(json);
      if (const auto good = check_layer(object); !good)
        return in.fail("layer " + std::to_string(packet.layers.size()) + ": " + good.error().what);
      const Layer* const layer = Registry::get().find(tag_of_object(object));
      packet.layers.push_back({layer, std::move(object)});
      return true;
    });
  });
  if (!good || !in.finish()) return fail(in.problem());
  if (has_layers) return packet;
  if (!has_data) return fail("neither layers nor data");
  Wire bytes;
  if (!LineReader::read_data(data, bytes)) return fail(LineReader::data_problem);
  Dissector dissector;
  Dissection parts;
  dissector.dissect_as(parts, bytes.span(), Registry::get().find("raw"), Dialect::full);
  return decode(parts);
}

Result<PacketLayer> Packet::standard_layer(std::string_view tag) {
  const Layer* layer = Registry::get().find(tag);
  if (layer == nullptr) return fail("no layer is called '" + std::string(tag) + "'");
  // What an empty object reads as, written out; computed fields stay automatic.
  Draft draft;
  Random random(0);
  const std::string empty = R"({"layertype":")" + std::string(tag) + "\"}";
  JsonIn in(empty);
  if (!LineReader::read_layer(in, draft, random)) return fail(in.problem());
  // What has a form only with some bytes in it (a message of DHCPv6) gets zeros.
  constexpr std::size_t most_zeros = 64;
  const std::size_t size = draft.bytes.size();
  while (layer->measure({draft.bytes.data(), draft.bytes.size(), Dialect::full}).size == Extent::none && draft.bytes.size() < size + most_zeros)
    draft.bytes.push(0);
  PacketLayer result{layer, written_layer(*layer, {draft.bytes.data(), draft.bytes.size(), Dialect::full})};
  if (json_value(result.json, "layertype").empty() || !check_layer(result.json)) result.json = empty;
  for (const Field& field : layer->fields()) {
    if (field.absent == Absent::computed) set_json_value(result.json, field.name, R"("<auto>")");
    if (field.absent == Absent::random) set_json_value(result.json, field.name, R"("<random>")");
  }
  return result;
}

Result<void> Packet::set(std::size_t layer, std::size_t field, std::string_view text) {
  if (layer >= layers.size() || field >= layers[layer].layer->fields().size()) return fail("no such field");
  auto attempt = [&](std::string_view value) -> Result<void> {
    std::string changed = layers[layer].json;
    set_json_value(changed, layers[layer].layer->fields()[field].name, value);
    const auto good = check_layer(changed);
    if (good) layers[layer].json = std::move(changed);
    return good;
  };
  if (is_json(text)) {
    const auto done = attempt(text);
    if (done || text.find_first_of("\"[{") == 0) return done;
  }
  return attempt(json_string(text));
}

// After a change behind layer `below`.
std::vector<std::string> Packet::link(std::size_t below) {
  std::vector<std::string> changed;
  if (below + 1 >= layers.size()) return changed;
  PacketLayer& here = layers[below];
  const Layer& next = *layers[below + 1].layer;
  const auto fields = here.layer->fields();
  LineReader reader;
  const auto draft = place(reader);
  if (!draft) return changed;
  const Placed& placed = (*draft)->layers[below];
  const Header header{(*draft)->bytes.data() + placed.at, placed.size, Dialect::full};
  if (here.layer->leads_to(header, next)) return changed;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::uint64_t value = 0;
    if (!(here.layer->selector_fields() >> i & 1) || fields[i].absent != Absent::computed || here.automatic(i)) continue;
    if (!Registry::selector_value(next, fields[i].selects, value)) continue;
    set_json_value(here.json, fields[i].name, std::to_string(value));
    changed.push_back(std::string(here.layer->tag()) + "." + std::string(fields[i].name));
  }
  return changed;
}

Result<std::vector<std::string>> Packet::insert(std::size_t at, PacketLayer layer) {
  if (at > layers.size()) return fail("no such layer");
  layers.insert(layers.begin() + static_cast<std::ptrdiff_t>(at), std::move(layer));
  return at == 0 ? std::vector<std::string>() : link(at - 1);
}

std::vector<std::string> Packet::remove(std::size_t at) {
  if (at >= layers.size()) return {};
  layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(at));
  return at == 0 ? std::vector<std::string>() : link(at - 1);
}

std::string Packet::to_json() const {
  std::string json = "[";
  for (const PacketLayer& layer : layers) {
    if (json.size() > 1) json += ',';
    json += layer.json;
  }
  return json + "]";
}

Result<std::vector<std::uint8_t>> Packet::encode() const {
  LineReader reader(LineReader::Mode::as_given, seed);
  const auto draft = place(reader);
  if (!draft) return fail(draft.error().what);
  const Bytes bytes = (*draft)->bytes.span();
  return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

Result<const Draft*> Packet::place(LineReader& reader) const {
  const auto line = reader.read(R"({"layers":)" + to_json() + "}");
  if (!line) return fail(line.error().what);
  return &reader.draft();
}

Result<void> Packet::recompute() {
  LineReader reader(LineReader::Mode::fix, seed);
  const auto fixed = place(reader);
  if (!fixed) return fail(fixed.error().what);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    // From where the reader put it, whatever the bytes may look like to others.
    const Placed& placed = (*fixed)->layers[i];
    const std::string values = written_layer(*placed.layer, {(*fixed)->bytes.data() + placed.at, placed.size, Dialect::full});
    const auto fields = layers[i].layer->fields();
    for (std::size_t field = 0; field < fields.size(); ++field) {
      const bool computed = placed.wanted >> field & 1;
      const std::string_view now = json_value(values, fields[field].name), before = layers[i].value(field);
      if (now.empty() || before.empty() || now == before || !(computed || layers[i].automatic(field))) continue;
      set_json_value(layers[i].json, fields[field].name, now);
    }
  }
  return {};
}

std::string Packet::summary(std::size_t layer) const {
  if (layer >= layers.size()) return {};
  const PacketLayer& here = layers[layer];
  std::string line;
  for (std::string_view rest = here.layer->spec().summary; !rest.empty();) {
    const std::size_t open = rest.find('{'), close = rest.find('}', open);
    line += rest.substr(0, open);
    if (close == rest.npos) break;
    line += plain(json_value(here.json, rest.substr(open + 1, close - open - 1)));
    rest.remove_prefix(close + 1);
  }
  return line;
}

}  // namespace proto
