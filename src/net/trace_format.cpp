#include "net/trace_format.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace net {

namespace {

using reactor::failed;

/// A record has 27 bits for its length; nothing in a page can lie further out.
constexpr std::uint32_t kFarthest = 1U << 27;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::optional<std::uint64_t> number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The value of `key:` in "field:TYPE NAME;	offset:8;	size:4;	signed:0;".
std::optional<std::string_view> part(std::string_view line, std::string_view key) {
  while (!line.empty()) {
    const auto end = std::min(line.find(';'), line.size());
    const auto piece = trimmed(line.substr(0, end));
    if (piece.starts_with(key)) return trimmed(piece.substr(key.size()));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return std::nullopt;
}

std::optional<TraceField> parse_field(std::string_view line) {
  const auto declaration = part(line, "field:");
  const auto offset_text = part(line, "offset:");
  const auto size_text = part(line, "size:");
  if (!declaration || !offset_text || !size_text) return std::nullopt;
  const auto offset = number(*offset_text);
  const auto size = number(*size_text);
  if (!offset || !size || *offset >= kFarthest || *size >= kFarthest) return std::nullopt;
  TraceField field;
  // "unsigned long caller[8]", "__data_loc char[] name", "void * skbaddr": the last word, without an array's length.
  const auto name_begin = declaration->find_last_of(" \t*");
  if (name_begin == std::string_view::npos) return std::nullopt;
  const auto name = declaration->substr(name_begin + 1);
  field.name = std::string(name.substr(0, name.find('[')));
  if (field.name.empty()) return std::nullopt;
  field.offset = static_cast<std::uint32_t>(*offset);
  field.size = static_cast<std::uint32_t>(*size);
  field.is_signed = part(line, "signed:") == "1";
  field.data_loc = declaration->starts_with("__data_loc ");
  return field;
}

}  // namespace

const TraceField* TraceFormat::field(std::string_view field_name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const TraceField& f) { return f.name == field_name; });
  return found == fields.end() ? nullptr : &*found;
}

std::map<std::uint64_t, std::string> TraceFormat::symbols(std::string_view field_name) const {
  std::map<std::uint64_t, std::string> table;
  const auto call = print.find("__print_symbolic(REC->" + std::string(field_name) + ",");
  if (call == std::string::npos) return table;
  // { 2, "NO_SOCKET" }, { 3, "PKT_TOO_SMALL" }, … )
  std::string_view rest = std::string_view(print).substr(call);
  rest.remove_prefix(rest.find(',') + 1);
  for (;;) {
    rest = trimmed(rest);
    if (!rest.starts_with('{')) return table;
    const auto comma = rest.find(',');
    const auto open = rest.find('"');
    if (comma == std::string_view::npos || open == std::string_view::npos || comma > open) return table;
    const auto close = rest.find('"', open + 1);
    if (close == std::string_view::npos) return table;
    // A value that the kernel left as an expression cannot be named; the others still can.
    if (const auto value = number(trimmed(rest.substr(1, comma - 1))))
      table.emplace(*value, rest.substr(open + 1, close - open - 1));
    const auto brace = rest.find('}', close);
    if (brace == std::string_view::npos) return table;
    rest = trimmed(rest.substr(brace + 1));
    if (!rest.starts_with(',')) return table;
    rest.remove_prefix(1);
  }
}

Result<TraceFormat> parse_trace_format(std::string_view text) {
  TraceFormat format;
  bool has_id = false;
  while (!text.empty()) {
    const auto line = trimmed(take_line(text));
    if (line.starts_with("name:")) {
      format.name = std::string(trimmed(line.substr(5)));
    } else if (line.starts_with("ID:")) {
      const auto id = number(trimmed(line.substr(3)));
      if (!id || *id > UINT16_MAX) return failed("read", "event format", "bad line '" + std::string(line) + "'");
      format.id = static_cast<std::uint16_t>(*id);
      has_id = true;
    } else if (line.starts_with("field:")) {
      auto field = parse_field(line);
      if (!field) return failed("read", "event format", "bad line '" + std::string(line) + "'");
      format.fields.push_back(std::move(*field));
    } else if (line.starts_with("print fmt:")) {
      format.print = std::string(trimmed(line.substr(10)));
    }
  }
  if (!has_id || format.fields.empty()) return failed("read", "event format", "no ID or no fields");
  return format;
}

Result<TracePageLayout> parse_trace_header_page(std::string_view text) {
  TracePageLayout layout;
  bool time = false;
  while (!text.empty()) {
    const auto field = parse_field(trimmed(take_line(text)));
    if (!field) continue;
    if (field->name == "timestamp" && field->size == 8) {
      layout.time = field->offset;
      time = true;
    } else if (field->name == "commit") {
      layout.commit = field->offset;
      layout.commit_size = field->size;
    } else if (field->name == "data") {
      layout.data = field->offset;
      layout.data_size = field->size;
    }
  }
  const bool commit = layout.commit_size == 4 || layout.commit_size == 8;
  if (!time || !commit || layout.data_size == 0 || layout.data < layout.time + 8 || layout.data < layout.commit + layout.commit_size)
    return failed("read", "header_page", "unknown layout of the trace ring");
  return layout;
}

Result<void> check_trace_header_event(std::string_view text) {
  const auto says = [text](std::string_view key, std::string_view value) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto line = trimmed(take_line(rest));
      const auto colon = line.find(':');
      if (colon != std::string_view::npos && trimmed(line.substr(0, colon)) == key) return trimmed(line.substr(colon + 1)) == value;
    }
    return false;
  };
  const bool known = says("type_len", "5 bits") && says("time_delta", "27 bits") && says("array", "32 bits") &&
                     says("padding", "type == 29") && says("time_extend", "type == 30") &&
                     text.find("data max type_len  == 28") != std::string_view::npos;
  if (!known) return failed("read", "header_event", "unknown layout of the trace ring's records");
  return {};
}

}  // namespace net
