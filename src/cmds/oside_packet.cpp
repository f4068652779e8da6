#include "oside_packet.h"

#include <fmt/format.h>

#include <algorithm>

#include "oside_values.h"
#include "proto/capture_format.h"
#include "proto/json_object.h"

namespace cmds::oside {

using namespace proto;

namespace {

constexpr std::uint64_t most_us = std::numeric_limits<std::int64_t>::max() / 1000;

// `[{"layertype":…},…]` as a writer of that dialect makes it; empty if not even the first layer can be read.
std::string written_layers(Bytes bytes, LinkType link, Dialect dialect) {
  Dissector dissector;
  Dissection parts;
  dissector.dissect(parts, bytes, link, dialect);
  if (parts.unreadable()) return {};
  Text text;
  LineWriter({.dialect = dialect}).append_layers(text, parts);
  return std::string(text.view());
}

// A dissection of the bytes says the same as the layers do: no value is left to be found, no layer is there against the tables.
bool told_by_bytes(const Packet& packet, Bytes bytes, LinkType link) {
  const Packet decoded = Packet::decode(bytes, link);
  if (decoded.layers.size() != packet.layers.size()) return false;
  for (std::size_t i = 0; i < packet.layers.size(); ++i) {
    if (decoded.layers[i].layer != packet.layers[i].layer) return false;
    for (std::size_t field = 0; field < packet.layers[i].layer->fields().size(); ++field)
      if (packet.layers[i].automatic(field)) return false;
  }
  return true;
}

std::string hex_string(Bytes bytes) {
  Text text;
  text.push('"');
  text.end(put_hex(text.need(bytes.size() * 2), bytes));
  text.push('"');
  return std::string(text.view());
}

}  // namespace

EditedPacket EditedPacket::from_record(const Record& record) {
  EditedPacket packet;
  packet.packet = Packet::decode(record.data, record.link);
  packet.time_ns = record.time_ns;
  packet.link = record.link;
  packet.direction = record.direction;
  packet.interface = record.interface;
  packet.missing = record.original_length - static_cast<std::uint32_t>(record.data.size());
  packet.comment = record.comment;
  return packet;
}

Result<EditedPacket> EditedPacket::from_line(std::string_view line, LinkType link) {
  LineReader reader;
  const auto read = reader.read(line);
  if (!read) return tl::unexpected(read.error());
  if (read->time_us.value_or(0) > most_us) return fail("timestamp_us: beyond the year 2262");
  EditedPacket packet;
  packet.line = line;
  packet.link = read->link.value_or(link);
  packet.direction = read->direction;
  if (read->time_us) packet.time_ns = static_cast<std::int64_t>(*read->time_us) * 1000;
  const std::string_view layers = json_value(line, "layers");
  if (layers.empty()) packet.form = Form::data;
  else if (layers == written_layers(read->packet, packet.link, Dialect::classic)) packet.form = Form::classic;
  else if (layers == written_layers(read->packet, packet.link, Dialect::full)) packet.form = Form::full;
  else packet.form = Form::own;
  if (packet.form != Form::own) {
    packet.packet = Packet::decode(read->packet, packet.link);
    return packet;
  }
  auto own = Packet::from_line(line);
  if (!own) return tl::unexpected(own.error());
  packet.packet = std::move(*own);
  return packet;
}

Result<void> EditedPacket::accept(EditedPacket changed) {
  const auto bytes = changed.packet.encode();
  if (!bytes) return tl::unexpected(bytes.error());
  if (bytes->size() > largest_packet_bytes) return fail("the packet would be longer than 1 MiB");
  *this = std::move(changed);
  return {};
}

Result<void> EditedPacket::set(std::size_t layer, std::size_t field, std::string_view typed) {
  if (layer >= packet.layers.size() || field >= packet.layers[layer].layer->fields().size()) return fail("no such field");
  auto json = value_json(packet.layers[layer].layer->fields()[field], typed);
  if (!json) return tl::unexpected(json.error());
  EditedPacket changed = *this;
  auto set = changed.packet.set(layer, field, *json);
  if (!set) return set;
  return accept(std::move(changed));
}

Result<void> EditedPacket::set_time(std::string_view typed, bool nanoseconds) {
  const std::size_t point = std::min(typed.find('.'), typed.size());
  std::uint64_t us = 0, fraction = 0;
  if (typed.empty() || typed.front() == '+' || !parse_decimal(typed.substr(0, point), us, most_us))
    return fail("the time is a whole number of microseconds since 1970, up to the year 2262");
  std::string decimals(typed.substr(std::min(point + 1, typed.size())));
  if (!decimals.empty()) {
    if (!nanoseconds) return fail("this file holds microseconds only");
    decimals.resize(std::max<std::size_t>(decimals.size(), 3), '0');
    if (decimals.size() > 3 || !parse_decimal(decimals, fraction, 999)) return fail("a microsecond has up to three decimals");
  }
  const std::int64_t whole = static_cast<std::int64_t>(us) * 1000;
  if (whole > std::numeric_limits<std::int64_t>::max() - static_cast<std::int64_t>(fraction)) return fail("the time is beyond the year 2262");
  time_ns = whole + static_cast<std::int64_t>(fraction);
  return {};
}

std::string EditedPacket::time_text() const {
  if (!time_ns) return "none";
  if (*time_ns % 1000 == 0) return std::to_string(*time_ns / 1000);
  if (*time_ns < 0) return fmt::format("{} ns", *time_ns);
  return fmt::format("{}.{:03}", *time_ns / 1000, *time_ns % 1000);
}

Result<std::vector<std::string>> EditedPacket::add_layer(std::size_t at, std::string_view tag) {
  auto layer = Packet::standard_layer(tag);
  if (!layer) return tl::unexpected(layer.error());
  EditedPacket changed = *this;
  auto linked = changed.packet.insert(at, std::move(*layer));
  if (!linked) return linked;
  if (auto good = accept(std::move(changed)); !good) return tl::unexpected(good.error());
  return linked;
}

Result<std::vector<std::string>> EditedPacket::remove_layer(std::size_t at) {
  if (at >= packet.layers.size()) return fail("no such layer");
  if (packet.layers.size() == 1) return fail("a packet has at least one layer");
  EditedPacket changed = *this;
  auto linked = changed.packet.remove(at);
  if (auto good = accept(std::move(changed)); !good) return tl::unexpected(good.error());
  return linked;
}

Result<void> EditedPacket::recompute() {
  EditedPacket changed = *this;
  auto done = changed.packet.recompute();
  if (!done) return done;
  return accept(std::move(changed));
}

Result<Record> EditedPacket::record(std::vector<std::uint8_t>& bytes) const {
  auto encoded = packet.encode();
  if (!encoded) return tl::unexpected(encoded.error());
  bytes = std::move(*encoded);
  Record record;
  record.time_ns = time_ns.value_or(0);
  record.link = link;
  record.direction = direction;
  record.interface = interface;
  record.original_length = static_cast<std::uint32_t>(bytes.size()) + missing;
  record.data = bytes;
  record.comment = comment;
  return record;
}

Result<std::string> EditedPacket::to_line(Dialect dialect) const {
  std::vector<std::uint8_t> bytes;
  const auto record = this->record(bytes);
  if (!record) return tl::unexpected(record.error());
  std::string text = line;
  if (!has_line()) text = fmt::format(R"({{"timestamp_us":0,"direction":"{}"}})", direction == Direction::tx ? "tx" : "rx");
  std::uint64_t us = 0;
  const bool timed = parse_decimal(json_value(text, "timestamp_us"), us, most_us);
  if (time_ns && (!timed || static_cast<std::int64_t>(us) != *time_ns / 1000))
    set_json_value(text, "timestamp_us", std::to_string(std::max<std::int64_t>(*time_ns, 0) / 1000), true);
  if (form == Form::data) {
    set_json_value(text, "data", hex_string(bytes));
    return text;
  }
  if (form == Form::classic) dialect = Dialect::classic;
  if (form == Form::full) dialect = Dialect::full;
  std::string layers;
  if (form != Form::own && told_by_bytes(packet, bytes, link)) layers = written_layers(bytes, link, dialect);
  if (!layers.empty()) set_json_value(text, "layers", layers);
  else if (form != Form::own && written_layers(bytes, link, dialect).empty() && packet.layers.size() == 1) set_json_value(text, "data", hex_string(bytes));
  else set_json_value(text, "layers", packet.to_json());
  return text;
}

}  // namespace cmds::oside
