#include "shell/dialogs.h"

#include <algorithm>
#include <cctype>

#include "shell/utf8.h"

namespace shell {
namespace {

constexpr Style question_style{.bold = true};

// The label, and as much of the text as leaves the cursor on the screen.
class LineView final : public View {
 public:
  explicit LineView(const LineEditor& editor) : editor_(editor) {}

  void draw(Canvas& canvas) override {
    const int row = canvas.rows() - 1;
    canvas.fill(row, 0, {});
    const int label = canvas.put(row, 0, editor_.prompt(), question_style, canvas.columns() / 2);
    const std::string_view text = editor_.text();
    const int room = std::max(1, canvas.columns() - label);
    // Back from the cursor, as far as there is room: the line may be a megabyte of paste.
    std::size_t from = editor_.cursor();
    int before = 0;
    while (from > 0) {
      const std::size_t start = utf8_before(text, from);
      const int width = columns_of(text.substr(start, from - start));
      if (before + width > room - 1) break;
      before += width;
      from = start;
    }
    canvas.put(row, label, text.substr(from));
    canvas.set_cursor(row, label + before);
  }

 private:
  const LineEditor& editor_;
};

// Rows of at most so many columns, cut at spaces where there are some.
std::vector<std::string_view> wrapped(std::string_view text, int columns) {
  std::vector<std::string_view> rows;
  while (columns_of(text) > columns) {
    std::size_t end = 0;
    for (int used = 0; end < text.size();) {
      const std::size_t length = std::max<std::size_t>(utf8_at(text, end).length, 1);
      used += columns_of(text.substr(end, length));
      if (used > columns) break;
      end += length;
    }
    if (const std::size_t space = text.substr(0, end + 1).rfind(' '); space != std::string_view::npos && space > 0) end = space;
    end = std::max<std::size_t>(end, 1);
    rows.push_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  rows.push_back(text);
  return rows;
}

class QuestionView final : public View {
 public:
  explicit QuestionView(std::string_view question) : question_(question) {}

  void draw(Canvas& canvas) override {
    // The answers stand at its end: it takes as many rows as it needs, and the last ones are shown where there are too few.
    const std::vector<std::string_view> rows = wrapped(question_, canvas.columns());
    const int shown = std::min(static_cast<int>(rows.size()), canvas.rows());
    int behind = 0;
    for (int i = 0; i < shown; ++i) {
      const int row = canvas.rows() - shown + i;
      canvas.fill(row, 0, {});
      behind = canvas.put(row, 0, rows[rows.size() - static_cast<std::size_t>(shown - i)], question_style);
    }
    canvas.set_cursor(canvas.rows() - 1, std::min(behind + 1, canvas.columns() - 1));
  }

 private:
  std::string_view question_;
};

class ListView final : public View {
 public:
  ListView(std::string_view title, const std::vector<std::string>& entries, ScrollList& list) : title_(title), entries_(entries), list_(list) {}

  void draw(Canvas& canvas) override {
    // A title, the entries, what the keys do; the entries alone where there is no room.
    const bool framed = canvas.rows() > 3;
    const int first = framed ? 1 : 0, height = canvas.rows() - (framed ? 2 : 0);
    canvas.clear();
    if (framed) {
      canvas.bar(0, title_, "", {.bold = true, .reverse = true});
      canvas.bar(canvas.rows() - 1, "Enter choose  Esc back", "", {});
    }
    draw_rows(canvas, first, height, entries_, list_);
  }

 private:
  std::string_view title_;
  const std::vector<std::string>& entries_;
  ScrollList& list_;
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// The entry that begins with what was typed, else the first that holds it.
std::optional<std::size_t> entry_for(const std::vector<std::string>& entries, std::string_view typed) {
  const std::string wanted = lower(typed);
  std::optional<std::size_t> holds;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::size_t at = lower(entries[i]).find(wanted);
    if (at == 0) return i;
    if (at != std::string::npos && !holds) holds = i;
  }
  return holds;
}

}  // namespace

bool gives_up(const Key& key) { return key.code == Key::Code::escape || key.is_ctrl('c') || key.is_ctrl('g'); }

void draw_rows(Canvas& canvas, int first, int height, const std::vector<std::string>& rows, ScrollList& list) {
  list.set_count(rows.size());
  list.set_height(height);
  for (int row = 0; row < height; ++row) {
    const std::size_t entry = list.top() + static_cast<std::size_t>(row);
    if (entry >= rows.size()) break;
    canvas.bar(first + row, " " + rows[entry], "", {.reverse = entry == list.selected()});
    if (entry == list.selected()) canvas.set_cursor(first + row, 0);
  }
}

Task<Result<std::optional<std::string>>> ask_line(Screen& screen, std::string label, History& history, std::string text) {
  LineEditor editor(history);
  editor.begin(std::move(label));
  editor.hide();  // it edits, and we draw
  if (!text.empty()) (void)editor.handle({.code = Key::Code::paste, .text = std::move(text)});
  LineView view(editor);
  const Screen::Showing showing(screen, view);
  for (;;) {
    auto key = co_await screen.key();
    if (!key) co_return tl::unexpected(key.error());
    if (!editor.searching() && gives_up(*key)) co_return std::nullopt;
    const LineEditor::Event event = editor.handle(*key);
    if (editor.take_output().find('\a') != std::string::npos) screen.bell();
    if (event == LineEditor::Event::interrupt) co_return std::nullopt;
    if (event != LineEditor::Event::submit) continue;
    (void)history.add(editor.text());
    co_return editor.text();
  }
}

Task<Result<char>> ask_letter(Screen& screen, std::string question, std::string letters) {
  QuestionView view(question);
  const Screen::Showing showing(screen, view);
  for (;;) {
    auto key = co_await screen.key();
    if (!key) co_return tl::unexpected(key.error());
    if (gives_up(*key)) co_return '\0';
    if (key->code == Key::Code::resize) continue;
    if (key->code == Key::Code::character && key->character < 0x80 && !key->ctrl) {
      const char letter = static_cast<char>(std::tolower(static_cast<int>(key->character)));
      if (letters.find(letter) != std::string::npos) co_return letter;
    }
    screen.bell();
  }
}

Task<Result<bool>> ask_yes(Screen& screen, std::string question) {
  auto letter = co_await ask_letter(screen, std::move(question) + " (y/n)", "yn");
  if (!letter) co_return tl::unexpected(letter.error());
  co_return *letter == 'y';
}

Task<Result<Key>> ask_key(Screen& screen, std::string question) {
  QuestionView view(question);
  const Screen::Showing showing(screen, view);
  for (;;) {
    auto key = co_await screen.key();
    if (!key || key->code != Key::Code::resize) co_return key;
  }
}

Task<Result<std::optional<std::size_t>>> choose(Screen& screen, std::string title, std::vector<std::string> entries, std::size_t selected) {
  ScrollList list;
  list.set_count(entries.size());
  list.select(selected);
  std::string typed;
  ListView view(title, entries, list);
  const Screen::Showing showing(screen, view);
  for (;;) {
    auto key = co_await screen.key();
    if (!key) co_return tl::unexpected(key.error());
    if (gives_up(*key)) co_return std::nullopt;
    if (list.handle(*key)) {
      typed.clear();
    } else if (key->code == Key::Code::enter) {
      if (entries.empty()) co_return std::nullopt;
      co_return list.selected();
    } else if (key->code == Key::Code::backspace) {
      if (!typed.empty()) typed.resize(utf8_before(typed, typed.size()));
    } else if (key->code == Key::Code::character && !key->ctrl && !key->alt) {
      std::string longer = typed;
      utf8_append(longer, key->character);
      if (const auto found = entry_for(entries, longer)) {
        typed = std::move(longer);
        list.select(*found);
      } else {
        screen.bell();
      }
    }
  }
}

}  // namespace shell
