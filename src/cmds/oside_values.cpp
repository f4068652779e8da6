#include "oside_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/json_object.h"
#include "proto/registry.h"

namespace cmds::oside {

using namespace proto;

namespace {

constexpr std::size_t most_shown = 400;  // characters of a value in a line

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

// Words between commas, '|', '+' or ';'.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(",|+;"), text.size());
    if (const auto word = trimmed(text.substr(0, end)); !word.empty()) words.push_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string bytes_text(std::string_view json) {
  Wire bytes;
  JsonIn in(json);
  if (!in.bytes(bytes)) return std::string(json);
  std::string text;
  for (std::size_t i = 0; i < bytes.size() && text.size() < most_shown; ++i)
    fmt::format_to(std::back_inserter(text), "{}{:02x}", i > 0 ? " " : "", bytes[i]);
  return bytes.empty() ? "(no bytes)" : text.size() < most_shown ? text : text + "…";
}

std::string group_text(const Field& field, std::string_view json) {
  const auto members = json_members(json);
  if (!members) return std::string(json);
  std::string text;
  for (const JsonMember& member : *members) {
    if (member.value == "false" || member.value == "0") continue;
    text.append(text.empty() ? "" : ", ").append(member.key);
    if (member.value != "true") text.append("=").append(member.value);
  }
  return text.empty() ? (field.group.empty() ? std::string(json) : "none") : text;
}

// The JSON object of a group from its members' names; false if a word is none of them.
bool group_json(const Field& field, std::string_view typed, std::string& json) {
  json = "{";
  for (const std::string_view word : words_of(typed)) {
    if (same_word(word, "none")) continue;
    const std::size_t equals = std::min(word.find('='), word.size());
    const auto member = std::find_if(field.group.begin(), field.group.end(),
                                     [&](const Field& f) { return same_word(f.name, trimmed(word.substr(0, equals))); });
    if (member == field.group.end()) return false;
    std::string value = "true";
    if (equals < word.size()) {
      const auto number = value_json(*member, word.substr(equals + 1));
      if (!number) return false;
      value = *number;
    } else if (member->kind != Kind::boolean) {
      return false;
    }
    json.append(json.size() > 1 ? "," : "").append(json_string(member->name)).append(":").append(value);
  }
  json += '}';
  return true;
}

bool parse_number(std::string_view text, std::uint64_t& number) {
  unsigned base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) base = 16;
  if (text.starts_with("0b") || text.starts_with("0B")) base = 2;
  if (base != 10) text.remove_prefix(2);
  if (text.empty()) return false;
  number = 0;
  for (const char c : text) {
    const unsigned digit = c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                           : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A') + 10 : 99;
    if (digit >= base || __builtin_mul_overflow(number, base, &number) || __builtin_add_overflow(number, digit, &number)) return false;
  }
  return true;
}

// A bit by its name, a layer by its tag, or a number.
bool number_word(const Field& field, std::string_view word, std::uint64_t& number) {
  for (const Name& name : field.flags) {
    if (!same_word(name.text, word)) continue;
    number = name.value;
    return true;
  }
  if (!field.selects.empty()) {
    for (const Layer* layer : Registry::get().layers())
      if (same_word(layer->tag(), word) && Registry::selector_value(*layer, field.selects, number)) return true;
  }
  return parse_number(word, number);
}

Result<std::string> number_json(const Field& field, std::string_view typed) {
  std::uint64_t sum = 0;
  const auto words = field.flags.empty() ? std::vector{typed} : words_of(typed);
  for (const std::string_view word : words) {
    std::uint64_t number = 0;
    if (!number_word(field, word, number)) return fail(fmt::format("'{}' is not a number (decimal, 0x… or 0b…)", word));
    sum |= number;
  }
  const std::uint64_t most = field.bits >= 64 || field.bits == 0 ? ~std::uint64_t{0} : (std::uint64_t{1} << field.bits) - 1;
  if (sum > most) return fail(fmt::format("{} is out of range 0-{}", sum, most));
  return std::to_string(sum);
}

Result<std::string> bytes_json(std::string_view typed) {
  std::string digits;
  for (const char c : typed)
    if (c != ' ' && c != ':' && c != '-' && c != ',') digits += c;
  if (digits.starts_with("0x")) digits.erase(0, 2);
  Wire bytes;
  if (!parse_hex(digits, bytes)) return fail("not pairs of hex digits");
  Text json;
  append_byte_list(json, bytes.span());
  return std::string(json.view());
}

}  // namespace

bool value_number(std::string_view json, std::uint64_t& number) {
  if (json.size() > 2 && json.front() == '"') json = json.substr(1, json.size() - 2);
  return parse_decimal(json, number, ~std::uint64_t{0});
}

std::string value_text(const Field& field, std::string_view json) {
  if (json.empty()) return {};
  if (json.front() == '"') return std::string(json.substr(1, json.size() - 2));
  if (field.kind == Kind::bytes) return bytes_text(json);
  if (field.kind == Kind::group) return group_text(field, json);
  return json.size() <= most_shown ? std::string(json) : std::string(json.substr(0, most_shown)) + "…";
}

std::string value_note(const Field& field, std::string_view json) {
  std::uint64_t number = 0;
  if (field.kind != Kind::number || !value_number(json, number)) return {};
  if (!field.selects.empty()) {
    const Layer* const next = Registry::get().bound(field.selects, static_cast<std::uint32_t>(number), Dialect::full);
    if (next != nullptr) return std::string(next->tag());
  }
  std::string names;
  for (const Name& name : field.flags)
    if ((number & name.value) == name.value) names.append(names.empty() ? "" : ", ").append(name.text);
  if (!names.empty()) return names;
  return number > 9 && field.bits > 8 ? fmt::format("0x{:0{}x}", number, (field.bits + 3) / 4) : std::string();
}

std::string value_help(const Field& field, std::string_view json) {
  std::uint64_t number = 0;
  if (field.kind == Kind::number && value_number(json, number)) {
    std::string binary = fmt::format("{:0{}b}", number, field.bits);
    for (std::size_t at = binary.size(); at > 4; at -= 4) binary.insert(at - 4, 1, ' ');
    return fmt::format("decimal {}, hex 0x{:0{}x}, binary {}", number, number, (field.bits + 3) / 4, binary);
  }
  switch (field.kind) {
    case Kind::number: return fmt::format("a number of {} bits: decimal, 0x… or 0b…, or <auto>", field.bits);
    case Kind::boolean: return "true or false";
    case Kind::mac: return "a MAC address, 02:00:00:00:00:01";
    case Kind::ipv4: return "an IPv4 address";
    case Kind::ipv6: return "an IPv6 address";
    case Kind::bytes: return field.bits > 0 ? fmt::format("{} bytes in hex", field.bits / 8) : "bytes in hex";
    case Kind::group: return "names separated by commas, numbers as name=N";
    case Kind::custom: return std::string(field.codec->form);
    case Kind::name: break;
  }
  std::string names;
  for (const Name& name : field.names) names.append(names.empty() ? "" : ", ").append(name.text);
  return names;
}

Result<std::string> value_json(const Field& field, std::string_view typed) {
  typed = trimmed(typed);
  if (typed == "<auto>" || typed == "<random>") return json_string(typed);
  if (!typed.empty() && (typed.front() == '[' || typed.front() == '{' || typed.front() == '"')) {
    if (!is_json(typed)) return fail("not valid JSON");
    return std::string(typed);
  }
  switch (field.kind) {
    case Kind::number: return number_json(field, typed);
    case Kind::bytes: return bytes_json(typed);
    case Kind::boolean:
      for (const std::string_view yes : {"true", "yes", "on", "1"})
        if (same_word(typed, yes)) return std::string("true");
      for (const std::string_view no : {"false", "no", "off", "0"})
        if (same_word(typed, no)) return std::string("false");
      return fail("neither true nor false");
    case Kind::group: {
      std::string json;
      if (group_json(field, typed, json)) return json;
      if (field.read_text == nullptr) return fail(fmt::format("'{}' has other parts than {}", typed, field.name));
      return json_string(typed);
    }
    case Kind::name: {
      std::uint64_t number = 0;
      if (parse_number(typed, number)) return std::to_string(number);
      return json_string(typed);
    }
    case Kind::custom:
      if (is_json(typed)) return std::string(typed);
      break;
    default: break;
  }
  return json_string(typed);
}

}  // namespace cmds::oside
