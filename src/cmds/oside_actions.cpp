// What the packet editor does with the packet that is shown: edit its fields, add and remove layers, save, inject.
#include <fmt/format.h>

#include "oside_editor.h"
#include "oside_forms.h"
#include "oside_inject.h"
#include "oside_save.h"
#include "oside_values.h"
#include "proto/registry.h"
#include "proto/text.h"
#include "shell/text.h"

namespace cmds::oside {

using namespace shell;
using proto::Kind;

namespace {

// What the ancestor's menu had.
constexpr std::string_view common_layers[] = {"ether", "Ip", "Ipv6", "Tcp", "Udp", "Icmp", "Arp", "raw"};

}  // namespace

Task<Editor::Done> Editor::edit(bool as_text) {
  if (!packet_) co_return Done();
  const proto::Field* const edited = field();
  if (layer_ >= 0 && edited == nullptr) {
    say("This layer has no fields", true);
    co_return Done();
  }
  if (edited == nullptr || as_text) {
    auto done = co_await edit_text();
    co_return done;
  }
  EditedPacket changed = *packet_;
  auto taken = co_await edit_in_form(&changed, edited);
  if (!taken) co_return tl::unexpected(taken.error());
  if (*taken == Form::none) {
    auto done = co_await edit_text();
    co_return done;
  }
  if (*taken == Form::changed) take(std::move(changed));
  co_return Done();
}

// The field's form, where its type has one.
Task<Result<Editor::Form>> Editor::edit_in_form(EditedPacket* changed, const proto::Field* edited) {
  const auto layer = static_cast<std::size_t>(layer_);
  const std::string json = view_.layers[layer].fields[field_].json;
  const std::string title = fmt::format("{}.{}", packet_->packet.layers[layer].layer->tag(), edited->name);
  std::string value;
  if (edited->kind == Kind::boolean) {
    value = json == "true" ? "false" : "true";
  } else if (!edited->group.empty() || !edited->flags.empty()) {
    auto flags = co_await edit_flags(screen_, title, *edited, json);
    if (!flags) co_return tl::unexpected(flags.error());
    if (!*flags) co_return Form::kept;
    value = **flags;
  } else if (edited->kind == Kind::name) {
    std::vector<std::string> names;
    std::size_t selected = 0;
    for (const proto::Name& name : edited->names) {
      if (json == fmt::format("\"{}\"", name.text)) selected = names.size();
      names.push_back(fmt::format("{}  {}", name.text, name.value));
    }
    auto chosen = co_await choose(screen_, title + "  (t in the packet: another number)", std::move(names), selected);
    if (!chosen) co_return tl::unexpected(chosen.error());
    if (!*chosen) co_return Form::kept;
    value = std::string(edited->names[**chosen].text);
  } else if (edited->kind == Kind::bytes) {
    proto::Wire bytes;
    proto::JsonIn in(json);
    (void)in.bytes(bytes);
    std::vector<std::uint8_t> before(bytes.data(), bytes.data() + bytes.size());
    auto typed = co_await edit_bytes(screen_, title, std::move(before), edited->bits > 0);
    if (!typed) co_return tl::unexpected(typed.error());
    if (!*typed) co_return Form::kept;
    proto::Text list;
    proto::append_byte_list(list, **typed);
    value = std::string(list.view());
  } else if (edited->kind == Kind::custom && json.starts_with('[')) {
    auto taken = co_await edit_list(screen_, fmt::format("{}: {}", title, edited->codec->form), json, *changed, layer, field_);
    if (!taken) co_return tl::unexpected(taken.error());
    co_return *taken ? Form::changed : Form::kept;
  } else {
    co_return Form::none;
  }
  const auto set = changed->set(layer, field_, value);
  if (!set) say(set.error().what, true);
  const bool same = value == json || changed->packet.layers[layer].json == packet_->packet.layers[layer].json;
  co_return set && !same ? Form::changed : Form::kept;
}

// A line of text, asked for until the layer takes it or Esc.
Task<Editor::Done> Editor::edit_text() {
  const proto::Field* const edited = field();
  std::string text = packet_->time_text(), label = "timestamp_us: ";
  if (edited != nullptr) {
    const std::string_view json = packet_->packet.layers[static_cast<std::size_t>(layer_)].value(field_);
    const bool plain = json.find('\\') == json.npos && (edited->kind == Kind::number || json.starts_with('"'));
    text = plain ? value_text(*edited, json) : std::string(json);
    label = std::string(edited->name) + ": ";
    say(value_help(*edited, json));
  } else if (!packet_->time_ns) {
    text.clear();
  }
  const std::string before = text;
  for (;;) {
    auto typed = co_await ask_line(screen_, label, values_, text);
    if (!typed) co_return tl::unexpected(typed.error());
    if (!*typed || **typed == before) break;
    text = **typed;
    EditedPacket changed = *packet_;
    const auto set = edited == nullptr ? changed.set_time(text, source_.nanoseconds()) : changed.set(static_cast<std::size_t>(layer_), field_, text);
    if (set) {
      take(std::move(changed));
      say({});
      co_return Done();
    }
    say(set.error().what, true);
    screen_.bell();
  }
  say({});
  co_return Done();
}

Task<Editor::Done> Editor::add_layer() {
  if (!packet_) co_return Done();
  std::string question = "Add";
  for (std::size_t i = 0; i < std::size(common_layers); ++i) question += fmt::format(" {} {}", i + 1, common_layers[i]);
  auto letter = co_await ask_letter(screen_, question + " 9 any, Esc back", "123456789");
  if (!letter) co_return tl::unexpected(letter.error());
  if (*letter == '\0') co_return Done();
  std::string tag;
  if (*letter < '9') {
    tag = common_layers[*letter - '1'];
  } else {
    std::vector<std::string> entries;
    const auto layers = proto::Registry::get().layers();
    for (const proto::Layer* layer : layers) entries.push_back(fmt::format("{:28} {}", layer->tag(), layer->spec().help));
    auto chosen = co_await choose(screen_, "Add a layer", std::move(entries));
    if (!chosen) co_return tl::unexpected(chosen.error());
    if (!*chosen) co_return Done();
    tag = layers[**chosen]->tag();
  }
  EditedPacket changed = *packet_;
  const auto linked = changed.add_layer(static_cast<std::size_t>(layer_ + 1), tag);
  if (!linked) {
    say(linked.error().what, true);
    co_return Done();
  }
  ++layer_;
  field_ = 0;
  take(std::move(changed));
  say(linked->empty() ? fmt::format("{} added", tag) : fmt::format("{} added; {} leads to it", tag, join(*linked)));
  co_return Done();
}

void Editor::remove_layer() {
  if (!packet_) return;
  if (layer_ < 0) return say("The time stamp stays", true);
  EditedPacket changed = *packet_;
  const std::string tag(changed.packet.layers[static_cast<std::size_t>(layer_)].layer->tag());
  const auto linked = changed.remove_layer(static_cast<std::size_t>(layer_));
  if (!linked) return say(linked.error().what, true);
  field_ = 0;
  take(std::move(changed));
  say(linked->empty() ? fmt::format("{} removed", tag) : fmt::format("{} removed; {} changed", tag, join(*linked)));
}

// Of lines that are made of records.
proto::Dialect Editor::dialect() const {
  const std::string* const wanted = cx_.shell.variable("JSONL");
  return wanted != nullptr && *wanted == "full" ? proto::Dialect::full : proto::Dialect::classic;
}

// True: saved.
Task<Result<bool>> Editor::save_as() {
  auto typed = co_await ask_line(screen_, "Save as: ", paths_, target_.path().substr(0, target_.path().size() - packed_suffix(target_.path()).size()));
  if (!typed) co_return tl::unexpected(typed.error());
  if (!*typed || (*typed)->empty()) co_return false;
  const std::string path = **typed;
  std::string doubt;
  if (target_.stands_at(path)) doubt = target_.changed_on_disk();
  else if (FileState::at(path).exists()) doubt = path + " exists";
  if (doubt.empty() && source_.altered()) doubt = source_.path() + " has been changed, and packets are still read from it";
  if (!doubt.empty()) {
    auto yes = co_await ask_yes(screen_, doubt + ". Write it all the same?");
    if (!yes) co_return tl::unexpected(yes.error());
    if (!*yes) co_return false;
  }
  if (!source_.ready().is_set()) {
    say("The rest of the file is being read first…");
    auto shown = co_await screen_.show();
    if (!shown) co_return tl::unexpected(shown.error());
    auto waited = co_await source_.ready().wait();
    if (!waited) co_return tl::unexpected(waited.error());
    document_.grow(source_.count());
  }
  say("Saving…");
  (void)co_await screen_.show();
  auto saved = co_await save(document_, source_, target_, path, dialect());
  if (!saved) {
    say("Not saved: " + saved.error().text(), true);
    co_return false;
  }
  document_.mark_saved();
  recovery_.remove();
  say(fmt::format("{} packet{} saved to {}{}{}", saved->packets, saved->packets == 1 ? "" : "s", path, saved->notes.empty() ? "" : "; ", saved->notes), !saved->notes.empty());
  co_return true;
}

// Of an editor that ends without the user's will.
Task<void> Editor::keep() {
  const reactor::Shield shield;
  (void)co_await source_.ready().wait();
  document_.grow(source_.count());
  SaveReport report;
  std::function<Task<Result<void>>(int)> write = [&](int fd) { return write_packets(document_, source_, target_.format(), dialect(), fd, &report); };
  auto kept = co_await recovery_.write(target_.path(), std::move(write));
  if (kept) cx_.err.print("oside: {}: not saved; the packets are in {}\n", target_.path(), *kept);
  else (void)cx_.fail(kept.error());
}

Task<Editor::Done> Editor::inject() {
  if (!packet_) co_return Done();
  auto typed = co_await ask_line(screen_, "Inject on interface: ", interfaces_, interface_);
  if (!typed) co_return tl::unexpected(typed.error());
  if (!*typed || (*typed)->empty()) co_return Done();
  interface_ = **typed;
  auto sent = co_await inject_packet(cx_.shell.service<net::Taps>(), interface_, view_.bytes, packet_->link);
  if (sent) say(*sent);
  else say(sent.error().text(), true);
  co_return Done();
}

}  // namespace cmds::oside
