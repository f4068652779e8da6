// What the packet editor shows. From above: title, list of packets, layers and fields, bytes, message, keys; on a small terminal
// first the bytes and then the list are left out.
#include <fmt/format.h>

#include <algorithm>

#include "oside_editor.h"
#include "proto/outline.h"

namespace cmds::oside {

using namespace shell;

namespace {

// What fits is shown; the first ones are needed most.
constexpr std::string_view keys[] = {"e edit", "s save", "n p packet", "u undo", "f compute", "a r layer", "c d packet", "/ find", "l list", "g go to", "i inject"};
constexpr std::string_view last_keys = "  ? help  q quit";
constexpr int rows_for_list = 16, rows_for_bytes = 13;  // terminals with fewer have none
constexpr int name_width = 18;

// The first row of a pane that keeps row `cursor` in sight.
std::size_t follow(std::size_t top, std::size_t cursor, std::size_t count, int height) {
  const auto rows = static_cast<std::size_t>(std::max(1, height));
  if (cursor < top) top = cursor;
  if (cursor >= top + rows) top = cursor - rows + 1;
  return std::min(top, count > rows ? count - rows : 0);
}

Style style_of(const FieldView& field) {
  switch (field.state) {
    case FieldView::State::wrong: return {.text = Colour::red, .bold = true};
    case FieldView::State::unfinished: return {.text = Colour::yellow};
    case FieldView::State::automatic: return {.text = Colour::cyan};
    case FieldView::State::plain: break;
  }
  return {};
}

}  // namespace

std::string Editor::time_row() const {
  std::string text = "time " + packet_->time_text();
  if (packet_->time_ns) text += "  " + proto::utc_text(*packet_->time_ns);
  if (packet_->direction != proto::Direction::unknown) text += packet_->direction == proto::Direction::tx ? ", sent" : ", received";
  const auto interfaces = source_.interfaces();
  if (packet_->interface < interfaces.size() && !interfaces[packet_->interface].name.empty()) text += " on " + interfaces[packet_->interface].name;
  if (packet_->missing > 0) text += fmt::format(", {} bytes were not captured", packet_->missing);
  return packet_->comment.empty() ? text : text + ", comment: " + packet_->comment;
}

std::vector<Editor::TreeRow> Editor::tree() const {
  std::vector<TreeRow> rows;
  if (!packet_) return rows;
  rows.push_back({time_row(), {}, {}, layer_ < 0});
  for (std::size_t i = 0; i < view_.layers.size(); ++i) {
    const LayerView& layer = view_.layers[i];
    const bool here = layer_ == static_cast<int>(i);
    Style style{.bold = here};
    if (layer.wrong) style.text = Colour::red;
    rows.push_back({fmt::format("[{}] {}", i, layer.summary), {}, style, here && layer.fields.empty()});
    if (!here) continue;
    for (std::size_t field = 0; field < layer.fields.size(); ++field) {
      const FieldView& shown = layer.fields[field];
      std::string note = shown.note;
      if (shown.state == FieldView::State::automatic) note = note.empty() ? "automatic" : "automatic, " + note;
      rows.push_back({fmt::format("    {:{}} {}", shown.name, name_width, shown.text), std::move(note), style_of(shown), field == field_});
    }
  }
  return rows;
}

void Editor::draw_list(Canvas& canvas, int row, int height) {
  list_height_ = height;
  const std::size_t count = listed_count(), here = row_of(at_);
  list_top_ = follow(list_top_, std::min(here, count == 0 ? 0 : count - 1), count, height);
  for (int i = 0; i < height; ++i) {
    const std::size_t entry = list_top_ + static_cast<std::size_t>(i);
    if (entry >= count) break;
    const std::size_t at = listed(entry);
    const Document::Slot slot = document_.slot(at);
    const std::string& text = rows_.of(slot);
    const bool current = at == at_;
    // Little is sent when another one is the current one.
    const int behind = canvas.put(row + i, 0, fmt::format("{}{:7}", current ? '>' : ' ', at + 1), {.bold = current});
    canvas.put(row + i, behind, fmt::format("{} {}", slot.version != 0 ? '*' : ' ', text.empty() ? "…" : text));
  }
}

void Editor::draw_tree(Canvas& canvas, int row, int height) {
  const std::vector<TreeRow> rows = tree();
  if (rows.empty()) {
    canvas.put(row, 0, "This packet cannot be read.", {.text = Colour::red});
    return;
  }
  const auto cursor = static_cast<std::size_t>(std::find_if(rows.begin(), rows.end(), [](const TreeRow& r) { return r.cursor; }) - rows.begin());
  tree_top_ = follow(tree_top_, std::min(cursor, rows.size() - 1), rows.size(), height);
  for (int i = 0; i < height; ++i) {
    const std::size_t at = tree_top_ + static_cast<std::size_t>(i);
    if (at >= rows.size()) break;
    const TreeRow& shown = rows[at];
    Style style = shown.style;
    style.reverse = shown.cursor;
    canvas.put(row + i, 0, shown.cursor ? ">" : " ", style);
    const int behind = canvas.put(row + i, 1, shown.text, style);
    if (!shown.note.empty()) canvas.put(row + i, std::max(behind + 2, 1 + 4 + name_width + 1 + 18), shown.note, shown.style);
    if (shown.cursor) canvas.set_cursor(row + i, 0);
  }
}

// The bytes of the layer are bold, those of the field reversed.
void Editor::draw_bytes(Canvas& canvas, int row, int height) {
  const std::size_t width = canvas.columns() >= 76 ? 16 : 8, count = (view_.bytes.size() + width - 1) / width;
  std::size_t layer_from = 0, layer_to = 0, from = 0, to = 0;
  if (layer_ >= 0 && static_cast<std::size_t>(layer_) < view_.layers.size()) {
    const LayerView& layer = view_.layers[static_cast<std::size_t>(layer_)];
    layer_from = layer.at;
    layer_to = layer.at + layer.size;
    if (field_ < layer.fields.size() && layer.fields[field_].bits > 0) {
      from = layer.fields[field_].at / 8;
      to = (layer.fields[field_].at + layer.fields[field_].bits + 7) / 8;
    }
  }
  bytes_top_ = follow(bytes_top_, (to > from ? to - 1 : layer_from) / width, count, height);
  bytes_top_ = follow(bytes_top_, (to > from ? from : layer_from) / width, count, height);
  const int hex = 6, text = hex + static_cast<int>(width) * 3 + 2;
  for (int i = 0; i < height; ++i) {
    const std::size_t start = (bytes_top_ + static_cast<std::size_t>(i)) * width;
    if (start >= view_.bytes.size()) break;
    canvas.put(row + i, 0, fmt::format("{:04x}", start), {.text = Colour::cyan});
    for (std::size_t k = start; k < std::min(start + width, view_.bytes.size()); ++k) {
      const int column = static_cast<int>(k - start);
      const Style style{.bold = k >= layer_from && k < layer_to, .reverse = k >= from && k < to};
      canvas.put(row + i, hex + column * 3 + (column >= 8 ? 1 : 0), fmt::format("{:02x}", view_.bytes[k]), style);
      const char c = view_.bytes[k] >= 0x20 && view_.bytes[k] < 0x7f ? static_cast<char>(view_.bytes[k]) : '.';
      canvas.put(row + i, text + column, std::string_view(&c, 1), style);
    }
  }
}

void Editor::draw(Canvas& canvas) {
  canvas.clear();
  const int rows = canvas.rows();
  std::string title = fmt::format("oside {}{}  packet {}/{}", target_.path(), document_.modified() ? " [+]" : "", at_ + 1, document_.size());
  std::string right;
  if (listed_) right = fmt::format("{} listed: {} ", listed_->size(), listed_by_);
  if (!source_.ready().is_set()) right = fmt::format("reading {}% ", source_.percent());
  if (to_seek_ > 0) right = fmt::format("looking {}% (Esc stops) ", sought_ * 100 / to_seek_);
  canvas.bar(0, title, right, {.bold = true, .reverse = true});
  const int below = rows >= 6 ? 2 : rows >= 3 ? 1 : 0;
  const int room = rows - 1 - below;
  const int list = rows >= rows_for_list ? std::max(3, room / 4) : 0;
  const int bytes = rows >= rows_for_bytes ? std::clamp(room / 4, 3, 12) : 0;
  const int tree = room - list - bytes - (list > 0 ? 1 : 0) - (bytes > 0 ? 1 : 0);
  int row = 1;
  const auto rule = [&] {
    std::string line;
    for (int i = 0; i < canvas.columns(); ++i) line += "─";
    canvas.put(row++, 0, line, {.text = Colour::blue});
  };
  if (list > 0) {
    draw_list(canvas, row, list);
    row += list;
    rule();
  }
  draw_tree(canvas, row, std::max(0, tree));
  row += tree;
  if (bytes > 0) {
    rule();
    draw_bytes(canvas, row, bytes);
  }
  if (below > 0) canvas.put(rows - below, 0, message_, {.text = alarm_ ? Colour::red : Colour::normal, .bold = alarm_});
  if (below < 2) return;
  std::string shown;
  for (const std::string_view key : keys) {
    const std::string more = shown.empty() ? std::string(key) : fmt::format("{}  {}", shown, key);
    if (columns_of(more) + columns_of(last_keys) > canvas.columns()) break;
    shown = more;
  }
  canvas.put(rows - 1, 0, shown.append(last_keys));
}

}  // namespace cmds::oside
