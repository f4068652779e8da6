// The packet editor's hex editor: 16 bytes a row, in hex at the left and as text at the right.
#include <fmt/format.h>

#include <algorithm>

#include "oside_forms.h"
#include "proto/buffer.h"
#include "proto/json_in.h"
#include "shell/utf8.h"

namespace cmds::oside {

using namespace shell;

namespace {

constexpr std::size_t row_bytes = 16;
constexpr int hex_column = 8, text_column = hex_column + static_cast<int>(row_bytes) * 3 + 2;
constexpr std::size_t most_bytes = std::size_t{1} << 20;  // the longest packet

class BytesView final : public View {
 public:
  BytesView(std::string title, std::vector<std::uint8_t> bytes, bool fixed) : title_(std::move(title)), bytes_(std::move(bytes)), fixed_(fixed) {}

  void draw(Canvas& canvas) override {
    const bool framed = canvas.rows() > 4;
    const int first = framed ? 1 : 0;
    height_ = std::max(1, canvas.rows() - (framed ? 2 : 0));
    const std::size_t row = cursor_ / row_bytes, height = static_cast<std::size_t>(height_);
    top_ = row < top_ ? row : row >= top_ + height ? row - height + 1 : top_;
    canvas.clear();
    if (framed) {
      canvas.bar(0, title_, fmt::format("{} bytes, at {} ", bytes_.size(), cursor_), {.bold = true, .reverse = true});
      canvas.bar(canvas.rows() - 1, fixed_ ? "hex digits, Tab text  Enter take  Esc back" : inserting_ ? "INSERT: hex digits, Tab text  Ins overwrite  Del  Enter take  Esc back"
                                                                                                       : "hex digits, Tab text  Ins insert  Del  Enter take  Esc back", "", {});
    }
    for (int i = 0; i < height_; ++i) draw_row(canvas, first + i, top_ + static_cast<std::size_t>(i));
    const int column = static_cast<int>(cursor_ % row_bytes);
    const int at = as_text_ ? text_column + column : hex_column + column * 3 + (column >= 8 ? 1 : 0) + (low_ ? 1 : 0);
    canvas.set_cursor(first + static_cast<int>(row - top_), std::min(at, canvas.columns() - 1));
  }

  // False: nothing to do with it.
  bool handle(const Key& key);
  std::vector<std::uint8_t>& bytes() { return bytes_; }

 private:
  void draw_row(Canvas& canvas, int row, std::size_t index) const {
    const std::size_t from = index * row_bytes;
    if (from > bytes_.size() || (from == bytes_.size() && from != 0 && cursor_ < from)) return;
    canvas.put(row, 0, fmt::format("{:06x}", from), {.text = Colour::cyan});
    for (std::size_t i = from; i < std::min(from + row_bytes, bytes_.size()); ++i) {
      const int column = static_cast<int>(i - from);
      const Style style = i == cursor_ ? Style{.reverse = true} : Style();
      canvas.put(row, hex_column + column * 3 + (column >= 8 ? 1 : 0), fmt::format("{:02x}", bytes_[i]), style);
      const char c = bytes_[i] >= 0x20 && bytes_[i] < 0x7f ? static_cast<char>(bytes_[i]) : '.';
      canvas.put(row, text_column + column, std::string_view(&c, 1), style);
    }
  }
  void move(std::ptrdiff_t by) {
    const auto last = static_cast<std::ptrdiff_t>(fixed_ && !bytes_.empty() ? bytes_.size() - 1 : bytes_.size());
    cursor_ = static_cast<std::size_t>(std::clamp(static_cast<std::ptrdiff_t>(cursor_) + by, std::ptrdiff_t{0}, last));
    low_ = false;
  }
  // Makes room for a byte at the cursor; false where there is none.
  bool room() {
    if (cursor_ < bytes_.size() && !inserting_) return true;
    if (fixed_ || bytes_.size() >= most_bytes) return false;
    bytes_.insert(bytes_.begin() + static_cast<std::ptrdiff_t>(cursor_), 0);
    return true;
  }
  bool put_byte(std::uint8_t byte) {
    if (!room()) return false;
    bytes_[cursor_] = byte;
    move(1);
    return true;
  }
  bool put_digit(unsigned digit) {
    if (!low_ && !room()) return false;
    std::uint8_t& byte = bytes_[cursor_];
    byte = static_cast<std::uint8_t>(low_ ? (byte & 0xf0) | digit : (byte & 0x0f) | digit << 4);
    if (low_) move(1);
    else low_ = true;
    return true;
  }
  bool put_text(std::string_view text);

  std::string title_;
  std::vector<std::uint8_t> bytes_;
  bool fixed_, as_text_ = false, inserting_ = false, low_ = false;  // low_: the high digit of the byte is typed
  std::size_t cursor_ = 0, top_ = 0;
  int height_ = 1;
};

int hex_digit(char32_t c) {
  if (c >= '0' && c <= '9') return static_cast<int>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<int>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<int>(c - 'A') + 10;
  return -1;
}

// What is pasted: as text, or as hex digits with whatever stands between them.
bool BytesView::put_text(std::string_view text) {
  if (as_text_ && !fixed_) {
    const std::size_t size = std::min(text.size(), most_bytes - std::min(most_bytes, bytes_.size()));
    bytes_.insert(bytes_.begin() + static_cast<std::ptrdiff_t>(cursor_), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    move(static_cast<std::ptrdiff_t>(size));
    return size == text.size();
  }
  std::vector<std::uint8_t> fresh;
  int high = -1;
  for (const char c : text) {
    if (as_text_) {
      fresh.push_back(static_cast<std::uint8_t>(c));
      continue;
    }
    const int digit = hex_digit(static_cast<unsigned char>(c));
    if (digit < 0) continue;
    if (high >= 0) fresh.push_back(static_cast<std::uint8_t>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
  const std::size_t room = fixed_ ? bytes_.size() - cursor_ : most_bytes - std::min(most_bytes, bytes_.size());
  const std::size_t size = std::min(fresh.size(), room);
  const auto place = bytes_.begin() + static_cast<std::ptrdiff_t>(cursor_);
  if (fixed_) std::copy_n(fresh.begin(), size, place);
  else bytes_.insert(place, fresh.begin(), fresh.begin() + static_cast<std::ptrdiff_t>(size));
  move(static_cast<std::ptrdiff_t>(size));
  return size == fresh.size();
}

bool BytesView::handle(const Key& key) {
  const auto row = static_cast<std::ptrdiff_t>(row_bytes);
  switch (key.code) {
    case Key::Code::left: return move(-1), true;
    case Key::Code::right: return move(1), true;
    case Key::Code::up: return move(-row), true;
    case Key::Code::down: return move(row), true;
    case Key::Code::page_up: return move(-row * height_), true;
    case Key::Code::page_down: return move(row * height_), true;
    case Key::Code::home: return move(-static_cast<std::ptrdiff_t>(cursor_ % row_bytes)), true;
    case Key::Code::end: return move(row - 1 - static_cast<std::ptrdiff_t>(cursor_ % row_bytes)), true;
    case Key::Code::tab: as_text_ = !as_text_; low_ = false; return true;
    case Key::Code::insert: inserting_ = !inserting_ && !fixed_; return true;
    case Key::Code::resize: return true;
    case Key::Code::paste: return put_text(key.text);
    case Key::Code::backspace:
      if (cursor_ == 0) return false;
      move(-1);
      [[fallthrough]];
    case Key::Code::remove:
      if (fixed_ || cursor_ >= bytes_.size()) return fixed_ && key.code == Key::Code::backspace;
      bytes_.erase(bytes_.begin() + static_cast<std::ptrdiff_t>(cursor_));
      low_ = false;
      return true;
    case Key::Code::character: break;
    default: return false;
  }
  if (key.ctrl || key.alt) return false;
  if (as_text_) {
    std::string text;
    utf8_append(text, key.character);
    for (const char c : text)
      if (!put_byte(static_cast<std::uint8_t>(c))) return false;
    return true;
  }
  const int digit = hex_digit(key.character);
  return digit >= 0 ? put_digit(static_cast<unsigned>(digit)) : key.character == ' ';
}

}  // namespace

Task<Result<std::optional<std::vector<std::uint8_t>>>> edit_bytes(Screen& screen, std::string title, std::vector<std::uint8_t> bytes, bool fixed) {
  BytesView view(std::move(title), std::move(bytes), fixed);
  const Screen::Showing showing(screen, view);
  for (;;) {
    auto key = co_await screen.key();
    if (!key) co_return tl::unexpected(key.error());
    if (gives_up(*key)) co_return std::nullopt;
    if (key->code == Key::Code::enter) co_return std::move(view.bytes());
    if (!view.handle(*key)) screen.bell();
  }
}

}  // namespace cmds::oside
