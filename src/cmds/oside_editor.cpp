#include "oside_editor.h"

#include <fmt/format.h>

#include <algorithm>

#include "reactor/loop.h"
#include "shell/pager.h"

namespace cmds::oside {

using namespace shell;

namespace {

constexpr reactor::Nanoseconds progress_every{100'000'000};

constexpr std::string_view help_text = R"(Moving
  n p  PageDown PageUp  Home End     next, previous packet; a page; the last, the first one
  g                                  go to a packet by its number
  Up Down                            field by field, through all layers; above the first one: the time stamp
  Left Right                         layer by layer
  /                                  find the next packet: an expression of pcap-filter ("udp port 53"), else a text;
                                     a text that is an expression, too, stands in quotes; Enter alone: the same again
  l                                  list only what matches; an empty line: all

Changing
  e  Enter      edit the field: a line, check boxes, a list, or bytes, as its type is
                numbers: 53, 0x35, 0b110101, names of flags and layers (SYN,ACK; Udp); <auto>: found when it is written
  t             edit the field as text, JSON too, whatever its type is
  a r           add a layer behind this one, remove this layer; numbers that lead to it are set
  f             compute lengths, checksums, and everything that is automatic
  c d           copy the packet behind itself, delete it
  u  Ctrl-Z     undo; Ctrl-R, Ctrl-Y: do it again

  s             save; by another name, .pcap, .pcapng or .jsonl, in another format. What was not touched stays byte for byte.
  i             send the packet as it is shown, on an interface or into a TAP
  q             quit

Red: a length or checksum that does not fit. Yellow: a checksum that was left to the network card, or not sent.
Cyan: automatic, found when the packet is written. A star in the list: changed.
)";

}  // namespace

Editor::Editor(Context& cx, Screen& screen, Source& source, Target target, RecoveryFile& recovery)
    : cx_(cx), screen_(screen), source_(source), target_(std::move(target)), recovery_(recovery), rows_(document_, source, screen) {
  document_.grow(source.count());
  if (recovery.exists()) document_.mark_unsaved();
}

void Editor::grow() {
  document_.grow(source_.count(), source_.likely_count());
  if (source_.ready().is_set()) {
    if (!source_.ending().empty()) say(source_.ending() + "; what is behind it is kept", true);
    else if (source_.bad_lines() == 1) say("One line is no packet; it is kept as it is. " + source_.first_bad_line(), true);
    else if (source_.bad_lines() > 1)
      say(fmt::format("{} lines are no packets; they are kept as they are. {}", source_.bad_lines(), source_.first_bad_line()), true);
  }
  const auto now = reactor::monotonic_now();
  if (!source_.ready().is_set() && now - grown_ < progress_every) return;
  grown_ = now;
  screen_.refresh();
}

void Editor::say(std::string text, bool alarm) {
  message_ = std::move(text);
  alarm_ = alarm;
}

Task<int> Editor::run(std::string greeting) {
  const Screen::Showing showing(screen_, *this);
  reactor::JobScope jobs;
  jobs.spawn("oside rows", rows_.read_all());
  co_await load(0);
  if (source_.ready().is_set()) grow();
  if (!greeting.empty()) say(std::move(greeting));
  int status = 0;
  for (bool ends = false; !ends;) {
    auto key = co_await screen_.key();
    auto acted = Result<bool>(true);
    if (key) acted = co_await act(std::move(*key));
    if (!key || !acted) status = reactor::must_stop() ? 130 : 1;  // stopped, or the terminal has hung up
    ends = !key || !acted || *acted;
  }
  if (status != 0 && document_.modified()) co_await keep();
  else recovery_.remove();
  jobs.request_stop();
  co_await jobs.join();
  co_return status;
}

// True: the editor ends.
Task<Result<bool>> Editor::act(Key key) {
  using Code = Key::Code;
  if (key.code == Code::resize) co_return false;
  say({});
  if (move_field(key)) co_return false;
  auto moved = co_await move_packet(key);
  if (moved) co_return false;
  auto done = Done();
  if (key.code == Code::enter) {
    done = co_await edit(false);
  } else if ((key.code == Code::function && key.number == 1) || key.is('?')) {
    done = co_await show_text(screen_, "oside", std::string(help_text));
  } else if (key.is_ctrl('z') || key.is('u')) {
    co_await step_back(true);
  } else if (key.is_ctrl('r') || key.is_ctrl('y')) {
    co_await step_back(false);
  } else if (key.is('q') || key.is_ctrl('c')) {
    auto ends = co_await quit();
    co_return ends;
  } else if (key.is('s')) {
    auto saved = co_await save_as();
    if (!saved) co_return tl::unexpected(saved.error());
  } else if (key.code == Code::character && !key.ctrl && !key.alt) {
    done = co_await change(key.character);
  } else if (key.code != Code::escape) {
    screen_.bell();
  }
  if (!done) co_return tl::unexpected(done.error());
  co_return false;
}

// The letters that need nothing but a packet.
Task<Editor::Done> Editor::change(char32_t letter) {
  auto done = Done();
  switch (letter) {
    case '/': done = co_await find(); break;
    case 'l': done = co_await list_only(); break;
    case 'g': done = co_await jump(); break;
    case 'e': done = co_await edit(false); break;
    case 't': done = co_await edit(true); break;
    case 'a': done = co_await add_layer(); break;
    case 'i': done = co_await inject(); break;
    case 'r': remove_layer(); break;
    case 'f':
      if (!packet_) break;
      if (EditedPacket changed = *packet_; auto computed = changed.recompute()) {
        take(std::move(changed));
        say("Lengths, checksums and automatic fields are computed");
      } else {
        say(computed.error().what, true);
      }
      break;
    case 'c':
      document_.copy(at_);
      shift_list(at_ + 1, 1);
      co_await load(at_ + 1);
      say("This is the copy");
      break;
    case 'd': co_await delete_packet(); break;
    default: screen_.bell();
  }
  co_return done;
}

Task<void> Editor::delete_packet() {
  if (document_.size() == 1) {
    say("The last packet stays: a file has at least one", true);
    co_return;
  }
  document_.erase(at_);
  shift_list(at_, -1);
  auto emptied = co_await load_behind(at_);
  say(emptied ? "Deleted, the last one of the list: all are listed; u brings it back" : "Deleted; u brings it back");
}

Task<void> Editor::step_back(bool undo) {
  const auto done = undo ? document_.undo() : document_.redo();
  if (!done) {
    say(undo ? "Nothing to undo" : "Nothing to do again", true);
    co_return;
  }
  if (done->shift != 0) shift_list(done->at, done->shift);
  if (done->shift < 0) (void)co_await load_behind(done->at);
  else co_await load(done->at);
  say(fmt::format("{}: {}", undo ? "Undone" : "Done again", done->what));
}

bool Editor::move_field(const Key& key) {
  const int layers = static_cast<int>(view_.layers.size());
  const auto fields = [this](int layer) { return layer < 0 ? std::size_t{0} : view_.layers[static_cast<std::size_t>(layer)].fields.size(); };
  switch (key.code) {
    case Key::Code::down:
      if (layer_ >= 0 && field_ + 1 < fields(layer_)) ++field_;
      else if (layer_ + 1 < layers) ++layer_, field_ = 0;
      return true;
    case Key::Code::up:
      if (layer_ >= 0 && field_ > 0) --field_;
      else if (layer_ >= 0) --layer_, field_ = fields(layer_) == 0 ? 0 : fields(layer_) - 1;
      return true;
    case Key::Code::right:
      if (layer_ + 1 < layers) ++layer_, field_ = 0;
      return true;
    case Key::Code::left:
      if (layer_ >= 0) --layer_, field_ = 0;
      return true;
    default: return false;
  }
}

std::size_t Editor::row_of(std::size_t at) const {
  if (!listed_) return at;
  return static_cast<std::size_t>(std::lower_bound(listed_->begin(), listed_->end(), at) - listed_->begin());
}

Task<bool> Editor::move_packet(Key key) {
  const std::size_t count = listed_count(), page = static_cast<std::size_t>(std::max(1, list_height_));
  std::size_t row = row_of(at_);
  const bool on_it = row < count && listed(row) == at_;
  if (key.is('n')) row += on_it ? 1 : 0;
  else if (key.is('p')) row = row == 0 ? count : row - 1;
  else if (key.code == Key::Code::page_down) row = std::min(row + page, std::max<std::size_t>(count, 1) - 1);
  else if (key.code == Key::Code::page_up) row -= std::min(row, page);
  else if (key.code == Key::Code::home) row = 0;
  else if (key.code == Key::Code::end) row = std::max<std::size_t>(count, 1) - 1;
  else co_return false;
  if (row >= count) {
    say(key.is('p') ? "This is the first packet" : source_.ready().is_set() ? "This is the last packet" : "The next packets are still being read", true);
    co_return true;
  }
  layer_ = 0;
  field_ = 0;
  co_await load(listed(row));
  co_return true;
}

Task<Result<bool>> Editor::quit() {
  if (!document_.modified()) co_return true;
  // A second q out of habit must not throw anything away: only the capital one does.
  auto key = co_await ask_key(screen_, "Unsaved changes: s save and quit, Q quit without saving, Esc back");
  if (!key) co_return tl::unexpected(key.error());
  if (key->is('Q')) co_return true;
  if (!key->is('s')) co_return false;
  auto saved = co_await save_as();
  co_return saved;
}

Task<void> Editor::load(std::size_t at) {
  at_ = at;
  packet_.reset();
  view_ = {};
  const Document::Slot slot = document_.slot(at);
  if (const EditedPacket* const edited = document_.edited(slot)) {
    packet_ = *edited;
  } else {
    auto raw = co_await source_.raw(slot.source);
    if (!raw) {
      say(raw.error().text(), true);
      co_return;
    }
    auto packet = source_.packet(slot.source, *raw);
    if (packet) packet_ = std::move(*packet);
    else say(packet.error().what, true);
  }
  show_packet();
}

// After a packet has gone from there: the next one of the list, or the last. True: none was left in the list, and all are listed.
Task<bool> Editor::load_behind(std::size_t at) {
  const bool emptied = listed_ && listed_->empty();
  if (emptied) {
    listed_.reset();
    listed_by_.clear();
  }
  co_await load(listed(std::min(row_of(at), listed_count() - 1)));
  co_return emptied;
}

void Editor::show_packet() {
  if (!packet_) return;
  auto view = view_of(*packet_);
  if (view) view_ = std::move(*view);
  else say(view.error().what, true);
  layer_ = std::min(layer_, static_cast<int>(view_.layers.size()) - 1);
  if (layer_ >= 0) field_ = std::min(field_, std::max<std::size_t>(view_.layers[static_cast<std::size_t>(layer_)].fields.size(), 1) - 1);
}

void Editor::take(EditedPacket changed) {
  document_.replace(at_, changed);
  packet_ = std::move(changed);
  show_packet();
}

const proto::Field* Editor::field() const {
  if (!packet_ || layer_ < 0 || static_cast<std::size_t>(layer_) >= packet_->packet.layers.size()) return nullptr;
  const auto fields = packet_->packet.layers[static_cast<std::size_t>(layer_)].layer->fields();
  return field_ < fields.size() ? &fields[field_] : nullptr;
}

// The packet at `at` came (1) or has gone (-1).
void Editor::shift_list(std::size_t at, int by) {
  if (!listed_) return;
  auto row = std::lower_bound(listed_->begin(), listed_->end(), at);
  if (by < 0 && row != listed_->end() && *row == at) row = listed_->erase(row);
  else if (by > 0) row = listed_->insert(row, static_cast<std::uint32_t>(at)) + 1;
  for (; row != listed_->end(); ++row) *row += static_cast<std::uint32_t>(by);
}

Task<bool> Editor::pause(std::size_t done) {
  sought_ = done;
  const auto now = reactor::monotonic_now();
  if (now - told_ > progress_every) {
    told_ = now;
    auto shown = co_await screen_.show();
    if (!shown) co_return false;
  }
  stopped_ = reactor::must_stop();
  if (!screen_.has_key()) co_return !stopped_;
  auto key = co_await screen_.key();
  stopped_ = !key || key->code == Key::Code::escape || key->is_ctrl('c');
  co_return !stopped_;
}

// The packets that match, from `first` on and then from the start; only the first one where `one`. That there are some is said; an error is
// for the caller to say.
Task<Result<std::vector<std::uint32_t>>> Editor::look_for(std::string wanted, std::size_t first, bool one) {
  Matcher matcher(wanted, packet_ ? packet_->link : proto::LinkType::ethernet);
  std::vector<std::uint32_t> found;
  to_seek_ = document_.size();
  told_ = reactor::monotonic_now();
  const auto visit = [&found, one](std::size_t at, bool matches) {
    if (matches) found.push_back(static_cast<std::uint32_t>(at));
    return !matches || !one;
  };
  const auto pause_here = [this](std::size_t seen) { return pause(seen); };
  stopped_ = false;
  auto done = co_await search(document_, source_, matcher, first, to_seek_, visit, pause_here);
  to_seek_ = 0;
  if (!done) co_return tl::unexpected(done.error());
  const char* const how = matcher.by_filter() ? "the expression" : "the text";
  if (stopped_) co_return reactor::failed({}, {}, std::string_view("Stopped"));
  if (found.empty()) co_return reactor::failed({}, {}, fmt::format("Nothing matches {} {}", how, wanted));
  say(fmt::format("Matches {} {}", how, wanted));
  co_return std::move(found);
}

Task<Editor::Done> Editor::find() {
  auto typed = co_await ask_line(screen_, "Find: ", expressions_, wanted_);
  if (!typed) co_return tl::unexpected(typed.error());
  if (!*typed || (*typed)->empty()) co_return Done();
  wanted_ = **typed;
  const std::size_t from = at_;
  auto found = co_await look_for(wanted_, (at_ + 1) % document_.size(), true);
  if (!found) {
    say(found.error().text(), true);
    co_return Done();
  }
  layer_ = 0;
  field_ = 0;
  co_await load(found->front());
  if (found->front() <= from) message_ += "; the search went on from the start";
  co_return Done();
}

Task<Editor::Done> Editor::list_only() {
  auto typed = co_await ask_line(screen_, "List only: ", expressions_, listed_by_);
  if (!typed) co_return tl::unexpected(typed.error());
  if (!*typed) co_return Done();
  listed_.reset();
  listed_by_ = **typed;
  if (listed_by_.empty()) co_return Done();
  auto found = co_await look_for(listed_by_, 0, false);
  if (!found) {
    say(found.error().text(), true);
    listed_by_.clear();
    co_return Done();
  }
  listed_ = std::move(*found);
  say({});
  if (const std::size_t row = row_of(at_); row >= listed_->size() || (*listed_)[row] != at_) co_await load((*listed_)[std::min(row, listed_->size() - 1)]);
  co_return Done();
}

Task<Editor::Done> Editor::jump() {
  auto typed = co_await ask_line(screen_, fmt::format("Packet 1-{}: ", document_.size()), numbers_);
  if (!typed) co_return tl::unexpected(typed.error());
  if (!*typed) co_return Done();
  const auto number = parse_number(**typed, "packet", 1, static_cast<std::int64_t>(document_.size()));
  if (!number) {
    say(number.error().text(), true);
    co_return Done();
  }
  layer_ = 0;
  field_ = 0;
  co_await load(static_cast<std::size_t>(*number) - 1);
  co_return Done();
}

}  // namespace cmds::oside
