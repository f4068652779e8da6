#include "proto/packet.h"

#include "proto/registry.h"

namespace proto {
namespace {

// Cuts a layer's JSON object into its values.
bool split(JsonIn& in, PacketLayer& layer) {
  layer.values.assign(layer.layer->fields().size(), {});
  return in.object([&](std::string_view key) {
    std::size_t field = refused;
    for (std::size_t i = 0; i < layer.layer->fields().size(); ++i)
      if (layer.layer->fields()[i].name == key) field = i;
    const char* start = in.mark();
    if (!in.skip()) return false;
    if (field != refused) layer.values[field].assign(start, in.position());
    return true;
  });
}

// Without quotes where the value is a string, for people.
std::string plain(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"') return std::string(value.substr(1, value.size() - 2));
  constexpr std::size_t shown = 60;
  return value.size() > shown ? std::string(value.substr(0, shown)) + "…" : std::string(value);
}

bool is_json(std::string_view text) {
  JsonIn in(text);
  return in.skip() && in.finish();
}

std::string tag_of_object(std::string_view object) {
  JsonIn in(object);
  std::string tag;
  in.object([&](std::string_view key) {
    std::string_view value;
    if (key != "layertype" || in.peek() != '"') return in.skip();
    if (!in.string(value)) return false;
    tag = value;
    return true;
  });
  return tag;
}

}  // namespace

std::string to_json(const PacketLayer& layer) {
  std::string json = R"({"layertype":")" + std::string(layer.layer->tag()) + '"';
  for (std::size_t i = 0; i < layer.values.size(); ++i) {
    if (layer.values[i].empty()) continue;
    json.append(",\"").append(layer.layer->fields()[i].name).append("\":").append(layer.values[i]);
  }
  return json + "}";
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
  Text text;
  for (const Part& part : parts.parts()) {
    text.clear();
    part.layer->write(text, parts.header(part));
    JsonIn in(text.view());
    packet.layers.push_back({part.layer, {}});
    split(in, packet.layers.back());
  }
  return packet;
}

Result<Packet> Packet::from_line(std::string_view line) {
  Packet packet;
  Wire data;
  bool has_layers = false, has_data = false;
  JsonIn in(line);
  const bool good = in.object([&](std::string_view key) {
    std::string_view text;
    if (key == "data" && in.peek() == '"') {
      data.clear();
      has_data = in.string(text) && parse_hex(text, data);
      return has_data || in.fail("data: not an even number of hex digits");
    }
    if (key != "layers") return in.skip();
    has_layers = true;
    packet.layers.clear();
    return in.array([&] {
      const char* start = in.mark();
      if (!in.skip()) return false;
      const std::string_view object(start, static_cast<std::size_t>(in.position() - start));
      // Read it as a line's layer first: that checks it and knows its last tag.
      JsonIn check(object);
      Draft draft;
      Random random(0);
      if (!LineReader::read_layer(check, draft, random))
        return in.fail("layer " + std::to_string(packet.layers.size()) + ": " + check.problem());
      packet.layers.push_back({Registry::get().find(tag_of_object(object)), {}});
      JsonIn values(object);
      return split(values, packet.layers.back());
    });
  });
  if (!good || !in.finish()) return fail(in.problem());
  if (has_layers) return packet;
  if (!has_data) return fail("neither layers nor data");
  Dissector dissector;
  Dissection parts;
  dissector.dissect_as(parts, data.span(), Registry::get().find("raw"), Dialect::full);
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
  Text text;
  layer->write(text, {draft.bytes.data(), draft.bytes.size(), Dialect::full});
  PacketLayer result{layer, {}};
  JsonIn written(text.view());
  split(written, result);
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    if (layer->fields()[i].absent == Absent::computed) result.values[i] = R"("<auto>")";
    if (layer->fields()[i].absent == Absent::random) result.values[i] = R"("<random>")";
  }
  return result;
}

Result<void> Packet::set(std::size_t layer, std::size_t field, std::string_view text) {
  if (layer >= layers.size() || field >= layers[layer].values.size()) return fail("no such field");
  auto attempt = [&](std::string value) -> Result<void> {
    PacketLayer changed = layers[layer];
    changed.values[field] = std::move(value);
    const std::string json = proto::to_json(changed);
    JsonIn in(json);
    Draft draft;
    Random random(0);
    if (!LineReader::read_layer(in, draft, random)) return fail(in.problem());
    layers[layer] = std::move(changed);
    return {};
  };
  if (is_json(text)) {
    const auto done = attempt(std::string(text));
    if (done || text.front() == '"') return done;
  }
  Text quoted;
  append_string(quoted, text);
  return attempt(std::string(quoted.view()));
}

std::string Packet::to_json() const {
  std::string json = "[";
  for (const PacketLayer& layer : layers) {
    if (json.size() > 1) json += ',';
    json += proto::to_json(layer);
  }
  return json + "]";
}

Result<std::vector<std::uint8_t>> Packet::encoded(LineReader::Mode mode) const {
  LineReader reader(mode);
  const auto line = reader.read(R"({"layers":)" + to_json() + "}");
  if (!line) return fail(line.error().what);
  return std::vector<std::uint8_t>(line->packet.begin(), line->packet.end());
}

Result<void> Packet::recompute() {
  LineReader reader(LineReader::Mode::fix);
  const auto line = reader.read(R"({"layers":)" + to_json() + "}");
  if (!line) return fail(line.error().what);
  // Layer by layer from where the reader put them: the same layers, whatever the bytes may look like to others.
  Packet fixed;
  Text text;
  for (const Placed& placed : reader.draft().layers) {
    text.clear();
    placed.layer->write(text, {reader.draft().bytes.data() + placed.at, placed.size, Dialect::full});
    JsonIn in(text.view());
    fixed.layers.push_back({placed.layer, {}});
    split(in, fixed.layers.back());
  }
  *this = std::move(fixed);
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
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    for (std::size_t i = 0; i < here.values.size(); ++i)
      if (here.layer->fields()[i].name == name) line += plain(here.values[i]);
    rest.remove_prefix(close + 1);
  }
  return line;
}

}  // namespace proto
