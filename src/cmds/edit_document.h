// A text under a cursor: what the keys of `edit` do to it, and undo. It knows nothing of files and screens.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edit_text.h"
#include "shell/text_rows.h"

namespace cmds {

class EditDocument {
 public:
  explicit EditDocument(shell::TextBuffer original);
  EditDocument(const EditDocument&) = delete;
  EditDocument& operator=(const EditDocument&) = delete;

  [[nodiscard]] const EditText& text() const noexcept { return text_; }
  /// How it is broken into rows; the width is the view's.
  [[nodiscard]] shell::TextRows& rows() noexcept { return rows_; }
  [[nodiscard]] const shell::TextRows& rows() const noexcept { return rows_; }

  // ---- cursor and selection ----
  [[nodiscard]] std::size_t cursor() const noexcept { return cursor_; }
  /// With `selecting`, what lies between becomes (or stays) selected; without, nothing is.
  void move_to(std::size_t offset, bool selecting);
  /// Selects from here on, whatever moves the cursor; a second time: no more.
  void toggle_mark();
  void drop_selection();
  /// Bytes [first, second); nothing when none are selected.
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> selection() const;
  [[nodiscard]] std::size_t line_start() const { return text_.line_start(text_.line_at(cursor_)); }
  /// Before the newline.
  [[nodiscard]] std::size_t line_end() const;
  [[nodiscard]] std::size_t word_left() const;
  [[nodiscard]] std::size_t word_right() const;

  // ---- changes; each is a step of undo, but typing is one until it is interrupted ----
  /// Takes the place of the selection, if there is one. Newlines are taken as they are.
  void type(std::string_view text);
  /// The same, as a step of its own.
  void insert(std::string_view text);
  /// Text from outside, in pieces: its line ends become the file's.
  void paste(std::string_view text);
  /// A line end, and the blanks that this line begins with.
  void new_line();
  /// The selected lines are moved by a step; without a selection, a tab (or its blanks) is typed, or taken from the line's start.
  void indent();
  void unindent();
  void erase_back();
  void erase_forward();
  void erase_word_back();
  /// Takes out the selection, or what is left of the line, or at its end the newline; gives it back.
  std::string cut();
  [[nodiscard]] std::string selected_text() const;
  /// Replacements of a search: those behind one begin_step() are undone together.
  void begin_step() { begin(Kind::other); }
  void replace(std::size_t from, std::size_t to, std::string_view with) { change(from, to, with); }
  bool undo();
  bool redo();

  /// As EditText's.
  [[nodiscard]] reactor::Task<void> release() { return text_.release(); }

  // ---- the file's own manners ----
  [[nodiscard]] bool changed() const { return never_saved_ || !(text_.version() == saved_); }
  void set_saved(const EditText::Version& version) {
    saved_ = version;
    never_saved_ = false;
  }
  /// It came from a stream: no file holds it.
  void set_unsaved() { never_saved_ = true; }
  /// Lines end in CR LF.
  [[nodiscard]] bool crlf() const noexcept { return crlf_; }
  [[nodiscard]] bool uses_tabs() const noexcept { return tabs_; }
  void set_tabs(bool on) noexcept { tabs_ = on; }

 private:
  enum class Kind : unsigned char { none, typing, pasting, erasing, other };
  struct Step {
    EditText::Version text;
    std::size_t cursor;
    std::optional<std::size_t> mark;
  };

  void begin(Kind kind);
  void change(std::size_t from, std::size_t to, std::string_view with);
  bool erase_selection();
  void go_back(std::vector<Step>& from, std::vector<Step>& to);
  [[nodiscard]] std::string newline() const { return crlf_ ? "\r\n" : "\n"; }
  [[nodiscard]] std::string step_of_indent() const { return tabs_ ? "\t" : "    "; }
  void change_lines(bool further);

  EditText text_;
  shell::TextRows rows_{text_};
  std::size_t cursor_ = 0;
  std::optional<std::size_t> mark_;  // the other end of the selection
  bool marking_ = false;             // every move selects
  std::vector<Step> undo_, redo_;
  Kind kind_ = Kind::none;           // of the step that may go on
  std::size_t kind_cursor_ = 0;      // where it goes on
  EditText::Version saved_;
  bool never_saved_ = false, crlf_ = false, tabs_ = false;
  bool pasted_return_ = false;       // the paste's last piece ended in a carriage return
};

}  // namespace cmds
