#include "oside_forms.h"

#include <fmt/format.h>

#include <algorithm>

#include "oside_values.h"
#include "proto/json_object.h"
#include "shell/pager.h"

namespace cmds::oside {

using namespace shell;

namespace {

// Rows to go up and down in, with a title, a message and the keys.
struct Form final : View {
  std::string title, keys, message;
  std::vector<std::string> rows;
  ScrollList list;

  void draw(Canvas& canvas) override {
    const bool framed = canvas.rows() > 4;
    const int first = framed ? 1 : 0, height = std::max(1, canvas.rows() - (framed ? 3 : 0));
    canvas.clear();
    if (framed) {
      canvas.bar(0, title, "", {.bold = true, .reverse = true});
      canvas.put(canvas.rows() - 2, 0, message, {.text = Colour::red, .bold = true});
      canvas.bar(canvas.rows() - 1, keys, "", {});
    }
    draw_rows(canvas, first, height, rows, list);
  }
};

// A bit or a number in a form of check boxes.
struct Part {
  std::string name;
  bool is_bit;
  std::uint64_t value, most;
};

std::string row_of(const Part& part) {
  return part.is_bit ? fmt::format("[{}] {}", part.value != 0 ? 'x' : ' ', part.name) : fmt::format("    {}: {}", part.name, part.value);
}

std::vector<Part> parts_of(const proto::Field& field, std::string_view json) {
  std::vector<Part> parts;
  if (field.kind == proto::Kind::group) {
    for (const proto::Field& member : field.group) {
      const bool is_bit = member.kind == proto::Kind::boolean;
      const std::string_view now = proto::json_value(json, member.name);
      std::uint64_t number = now == "true" ? 1 : 0;
      (void)value_number(now, number);
      parts.push_back({std::string(member.name), is_bit, number, (std::uint64_t{1} << member.bits) - 1});
    }
    return parts;
  }
  std::uint64_t number = 0, named = 0;
  (void)value_number(json, number);
  for (const proto::Name& name : field.flags) {
    parts.push_back({std::string(name.text), true, (number & name.value) != 0 ? 1u : 0u, 1});
    named |= name.value;
  }
  const std::uint64_t all = field.bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << field.bits) - 1;
  if ((all & ~named) != 0) parts.push_back({"other bits", false, number & ~named, all & ~named});
  return parts;
}

std::string json_of(const proto::Field& field, const std::vector<Part>& parts) {
  if (field.kind == proto::Kind::group) {
    std::string json = "{";
    for (const Part& part : parts) {
      json.append(json.size() > 1 ? ",\"" : "\"").append(part.name).append("\":");
      json += part.is_bit ? (part.value != 0 ? "true" : "false") : std::to_string(part.value);
    }
    return json + "}";
  }
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) number |= !parts[i].is_bit ? parts[i].value : parts[i].value != 0 ? field.flags[i].value : 0;
  return std::to_string(number);
}

std::string json_list(const std::vector<std::string>& elements) {
  std::string json = "[";
  for (const std::string& element : elements) json.append(json.size() > 1 ? "," : "").append(element);
  return json + "]";
}

// One element, asked for until the layer takes the list or Esc. True: it was taken.
Task<Result<bool>> ask_element(Screen* screen, Form* form, EditedPacket* packet, std::size_t layer, std::size_t field, bool fresh) {
  History history;
  const std::size_t at = fresh ? (form->rows.empty() ? 0 : form->list.selected() + 1) : form->list.selected();
  std::string text = fresh ? std::string() : form->rows[at];
  for (;;) {
    auto typed = co_await ask_line(*screen, fresh ? "New element: " : "Element: ", history, text);
    if (!typed) co_return tl::unexpected(typed.error());
    form->message.clear();
    if (!*typed) co_return false;
    text = **typed;
    std::vector<std::string> rows = form->rows;
    // A bare word is a string.
    std::string json = proto::is_json(text) ? text : proto::json_string(text);
    if (fresh) rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(at), std::move(json));
    else rows[at] = std::move(json);
    const auto set = packet->set(layer, field, json_list(rows));
    if (set) {
      form->rows = std::move(rows);
      form->list.set_count(form->rows.size());
      form->list.select(at);
      co_return true;
    }
    form->message = set.error().what;
    screen->bell();
  }
}

}  // namespace

Task<Result<std::optional<std::string>>> edit_flags(Screen& screen, std::string title, const proto::Field& field, std::string json) {
  std::vector<Part> parts = parts_of(field, json);
  Form form;
  form.title = std::move(title);
  form.keys = "Space set or clear, number  Enter take  Esc back";
  const auto refresh = [&form, &parts] {
    form.rows.clear();
    for (const Part& part : parts) form.rows.push_back(row_of(part));
  };
  refresh();
  History history;
  const Screen::Showing showing(screen, form);
  for (;;) {
    auto key = co_await screen.key();
    if (!key) co_return tl::unexpected(key.error());
    if (gives_up(*key)) co_return std::nullopt;
    if (key->code == Key::Code::enter) co_return json_of(field, parts);
    if (form.list.handle(*key) || parts.empty()) continue;
    Part& part = parts[form.list.selected()];
    if (!key->is(' ') && !key->is('x') && !key->is('e')) continue;
    if (part.is_bit) {
      part.value = part.value == 0 ? 1 : 0;
      refresh();
      continue;
    }
    auto typed = co_await ask_line(screen, part.name + ": ", history, std::to_string(part.value));
    if (!typed) co_return tl::unexpected(typed.error());
    form.message.clear();
    if (!*typed) continue;
    const auto number = value_json(proto::number(part.name, 64), **typed);
    std::uint64_t value = 0;
    if (!number || !value_number(*number, value)) form.message = number ? "not a number" : number.error().what;
    else if ((value & ~part.most) != 0) form.message = fmt::format("{} has bits outside of 0x{:x}", value, part.most);
    else part.value = value;
    refresh();
  }
}

Task<Result<bool>> edit_list(Screen& screen, std::string title, std::string list, EditedPacket& packet, std::size_t layer, std::size_t field) {
  const EditedPacket before = packet;
  Form form;
  form.title = std::move(title);
  form.keys = "e edit  a add behind  r remove  ? names  Enter take  Esc back";
  if (const auto elements = proto::json_elements(list); elements)
    for (const std::string_view element : *elements) form.rows.emplace_back(element);
  form.list.set_count(form.rows.size());
  bool changed = false;
  const Screen::Showing showing(screen, form);
  for (;;) {
    auto key = co_await screen.key();
    if (!key) co_return tl::unexpected(key.error());
    if (gives_up(*key)) {
      packet = before;
      co_return false;
    }
    if (key->code == Key::Code::enter) co_return changed;
    if (form.list.handle(*key)) continue;
    form.message.clear();
    const bool some = !form.rows.empty();
    if (key->is('a') || (key->is('e') && some)) {
      auto taken = co_await ask_element(&screen, &form, &packet, layer, field, key->is('a'));
      if (!taken) co_return tl::unexpected(taken.error());
      changed |= *taken;
    } else if (key->is('?') || (key->code == Key::Code::function && key->number == 1)) {
      // What is no element's name is answered with those that are.
      const auto set = EditedPacket(packet).set(layer, field, R"(["?"])");
      std::string text = set ? "any text" : set.error().what;
      std::replace(text.begin() + static_cast<std::ptrdiff_t>(std::min(text.find("known:"), text.size())), text.end(), ' ', '\n');
      auto shown = co_await show_text(screen, form.title, std::move(text));
      if (!shown) co_return tl::unexpected(shown.error());
    } else if ((key->is('r') || key->is('d')) && some) {
      std::vector<std::string> rows = form.rows;
      rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(form.list.selected()));
      const auto set = packet.set(layer, field, json_list(rows));
      if (set) form.rows = std::move(rows);
      else form.message = set.error().what;
      changed |= set.has_value();
    }
  }
}

}  // namespace cmds::oside
