#include "proto/json_object.h"

#include "proto/json_in.h"
#include "proto/text.h"

namespace proto {

bool is_json(std::string_view text) {
  JsonIn in(text);
  return in.skip() && in.finish();
}

std::string json_string(std::string_view text) {
  Text out;
  append_string(out, text);
  return std::string(out.view());
}

Result<std::vector<JsonMember>> json_members(std::string_view object) {
  std::vector<JsonMember> members;
  JsonIn in(object);
  const bool good = in.object([&](std::string_view key) {
    JsonMember member{std::string(key), {}};
    if (!in.skip(member.value)) return false;
    members.push_back(std::move(member));
    return true;
  });
  if (!good || !in.finish()) return fail(in.problem());
  return members;
}

Result<std::vector<std::string_view>> json_elements(std::string_view list) {
  std::vector<std::string_view> elements;
  JsonIn in(list);
  const bool good = in.array([&] {
    return in.skip(elements.emplace_back());
  });
  if (!good || !in.finish()) return fail(in.problem());
  return elements;
}

std::string_view json_value(std::string_view object, std::string_view key) {
  std::string_view found;
  JsonIn in(object);
  (void)in.object([&](std::string_view name) {
    const bool wanted = name == key;
    std::string_view text;
    if (!in.skip(text)) return false;
    if (wanted) found = text;
    return true;
  });
  return found;
}

void set_json_value(std::string& object, std::string_view key, std::string_view value, bool first) {
  const std::string_view old = json_value(object, key);
  if (!old.empty()) {
    object.replace(static_cast<std::size_t>(old.data() - object.data()), old.size(), value);
    return;
  }
  const std::string member = json_string(key).append(":").append(value);
  const std::size_t open = object.find('{'), close = object.rfind('}');
  const bool empty = object.find_first_not_of(" \t\r\n", open + 1) == close;
  if (first)
    object.insert(open + 1, member + (empty ? "" : ","));
  else
    object.insert(close, (empty ? "" : ",") + member);
}

}  // namespace proto
