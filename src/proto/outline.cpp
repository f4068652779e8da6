#include "proto/outline.h"

#include <fmt/format.h>

#include <ctime>

namespace proto {
namespace {

// A list of numbers up to 255, as hex; other values as they are.
std::string bytes_as_hex(std::string_view list) {
  std::string text;
  JsonIn in(list);
  const bool bytes = in.array([&] {
    std::uint64_t byte = 0;
    if (!in.number(byte, 255)) return false;
    fmt::format_to(std::back_inserter(text), "{}{:02x}", text.empty() ? "" : " ", byte);
    return true;
  });
  return bytes && !text.empty() ? text : std::string(list);
}

}  // namespace

std::vector<OutlineField> outline_fields(const Dissection& packet, const Part& part) {
  Text text;
  part.layer->write(text, packet.header(part));
  std::vector<OutlineField> fields;
  JsonIn in(text.view());
  (void)in.object([&](std::string_view key) {
    std::string name(key);
    const char* const start = in.mark();
    if (!in.skip()) return false;
    std::string value(start, in.position());
    if (name == "layertype") return true;
    const std::size_t place = [&] {
      const auto table = part.layer->fields();
      std::size_t i = 0;
      while (i < table.size() && table[i].name != name) ++i;
      return i;
    }();
    const bool is_bytes = place < part.layer->fields().size() && part.layer->fields()[place].kind == Kind::bytes;
    if (is_bytes) value = bytes_as_hex(value);
    else if (value.size() >= 2 && value.front() == '"' && value.find('\\') == value.npos) value = value.substr(1, value.size() - 2);
    fields.push_back({std::move(name), std::move(value)});
    return true;
  });
  return fields;
}

std::string outline_summary(const Layer& layer, std::span<const OutlineField> fields) {
  constexpr std::size_t most_value = 60;  // columns: a summary is one line
  std::string line;
  std::string_view rest = layer.spec().summary;
  while (!rest.empty()) {
    const std::size_t open = std::min(rest.find('{'), rest.size());
    line += rest.substr(0, open);
    rest.remove_prefix(open);
    if (rest.empty()) break;
    const std::size_t close = std::min(rest.find('}'), rest.size());
    const std::string_view name = rest.substr(1, close - 1);
    rest.remove_prefix(std::min(close + 1, rest.size()));
    for (const OutlineField& field : fields) {
      if (field.name != name) continue;
      line += field.value.size() <= most_value ? field.value : field.value.substr(0, most_value) + "…";
    }
  }
  return line;
}

std::string hex_dump(Bytes bytes) {
  constexpr std::size_t width = 16;
  std::string text;
  auto out = std::back_inserter(text);
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    const Bytes row = bytes.subspan(at, std::min(width, bytes.size() - at));
    fmt::format_to(out, "{:04x} ", at);
    for (std::size_t i = 0; i < width; ++i) {
      if (i == width / 2) text += ' ';
      if (i < row.size()) fmt::format_to(out, " {:02x}", row[i]);
      else text += "   ";
    }
    text += "  ";
    for (const std::uint8_t byte : row) text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    text += '\n';
  }
  return text;
}

std::string utc_text(std::int64_t time_ns) {
  std::int64_t fraction = time_ns % second_ns;
  if (fraction < 0) fraction += second_ns;
  const std::time_t seconds = (time_ns - fraction) / second_ns;
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec, fraction);
}

std::string link_text(LinkType link) {
  switch (link) {
    case LinkType::null: return "BSD loopback";
    case LinkType::ethernet: return "Ethernet";
    case LinkType::raw_ip: return "raw IP";
    case LinkType::loop: return "OpenBSD loopback";
    case LinkType::linux_sll: return "Linux cooked";
    case LinkType::ipv4: return "raw IPv4";
    case LinkType::ipv6: return "raw IPv6";
    case LinkType::linux_sll2: return "Linux cooked v2";
  }
  return fmt::format("link type {}", static_cast<std::uint32_t>(link));
}

}  // namespace proto
