// The prompt's line editor: keys in, bytes for a VT100 out. Pure: no descriptor, no clock.
//
// A pasted newline stays in the line, which then runs as several. Other control characters are shown as ^X, invalid bytes as
// U+FFFD. The keys are readline's:
//   Left Right, Ctrl-B Ctrl-F     a character            Ctrl-Left Ctrl-Right, Alt-Left Alt-Right, Alt-B Alt-F   a word
//   Home End, Ctrl-A Ctrl-E       the line's ends        Up Down, Ctrl-P Ctrl-N    the history
//   Backspace Ctrl-H, Delete Ctrl-D   erase a character  Ctrl-W, Alt-Backspace, Alt-D    cut a word
//   Ctrl-U Ctrl-K                 cut to an end          Ctrl-Y    put back what was cut
//   Ctrl-T    swap two characters                        Ctrl-R    search the history (Ctrl-G or Esc: back)
//   Ctrl-L    clear the screen                           Tab       complete
//   Ctrl-C    give up the line                           Ctrl-D    on an empty line: end of file
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/history.h"
#include "shell/keys.h"
#include "shell/line_display.h"

namespace shell {

/// What Tab can put in the place of the text from `from` to the cursor.
struct Completion {
  struct Candidate {
    std::string text;   // what it becomes, quoted as the line needs it
    std::string shown;  // in a list of several
    bool final = true;  // a space may follow: it is no folder, not half a word
  };
  std::size_t from = 0;
  std::vector<Candidate> candidates = {};
};

class LineEditor {
 public:
  /// Longest line in bytes; what would make it longer is refused with a bell.
  static constexpr std::size_t longest = 1U << 20;

  explicit LineEditor(History& history) : history_(history) {}

  enum class Event {
    none,
    submit,       // Enter: text() is the line; the cursor stands in the first column below it
    interrupt,    // Ctrl-C: the line is given up; the cursor as after submit
    end_of_file,  // Ctrl-D on an empty line
    complete,     // Tab: the caller looks for candidates for text() at cursor() and calls complete()
  };

  /// Begins an empty line. The cursor must stand in the first column.
  void begin(std::string prompt);
  Event handle(const Key& key);
  /// Puts the candidates' common beginning into the line; when that adds nothing, lists them above it.
  void complete(const Completion& completion);
  /// The terminal's size in characters.
  void set_size(int columns, int rows) { display_.set_size(columns, rows, output_); }
  [[nodiscard]] int columns() const noexcept { return display_.columns(); }
  [[nodiscard]] int rows() const noexcept { return display_.rows(); }
  /// Leaves the line on the screen as it is, the cursor in the first column below it: another program takes the terminal.
  void leave();

  /// Takes the line off the screen, so that other output can have its place; keys still edit it. show() brings it back, the
  /// cursor must stand in the first column then.
  void hide();
  void show() { hidden_ = false; }
  [[nodiscard]] bool shown() const noexcept { return active_ && !hidden_; }

  /// What has to go to the terminal since the last call. Call it once for many keys: it looks at the whole line.
  [[nodiscard]] std::string take_output();

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] std::size_t cursor() const noexcept { return cursor_; }
  /// What stands before the text: begin()'s prompt, or that of a search in the history.
  [[nodiscard]] std::string prompt() const;
  /// True while Ctrl-R looks for a line: Esc ends that and nothing else.
  [[nodiscard]] bool searching() const noexcept { return search_.has_value(); }

 private:
  struct Search {
    std::string pattern;
    std::size_t found;    // index in the history; its size: none
    std::string typed;    // the line before the search
    std::size_t typed_cursor;
    bool failed = false;
  };

  Event edit(const Key& key);
  Event control(char32_t letter);
  void alt(const Key& key);
  bool search(const Key& key);
  void find(std::size_t before);
  void insert(std::string_view text);
  void erase(std::size_t from, std::size_t to);
  void cut(std::size_t from, std::size_t to);
  void recall(std::size_t index);
  void transpose();
  [[nodiscard]] std::size_t next(std::size_t at) const;
  [[nodiscard]] std::size_t previous(std::size_t at) const;
  [[nodiscard]] std::size_t word_end() const;
  [[nodiscard]] std::size_t word_start(bool any_text) const;
  void list(const std::vector<Completion::Candidate>& candidates);
  void bell() { output_ += '\a'; }
  void draw();

  History& history_;
  LineDisplay display_;
  std::string prompt_;
  std::string text_;
  std::size_t cursor_ = 0;
  std::string killed_;                         // what Ctrl-Y puts back
  bool killing_ = false, killed_now_ = false;  // cuts in a row add up
  std::size_t recalled_ = 0;                   // index in the history; its size: the line that is typed
  std::string typed_;                          // that line, while another one is shown
  std::optional<Search> search_;
  bool active_ = false, hidden_ = false;
  std::string output_;
};

}  // namespace shell
