// One run of `edit`: its keys and questions, between a document, its view and its file.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "edit_file.h"
#include "edit_view.h"
#include "reactor/event.h"
#include "shell/history.h"
#include "shell/pattern.h"
#include "shell/screen.h"

namespace cmds {

/// What one run leaves to the next: a Shell::service.
struct EditMemory {
  std::string clipboard;
  shell::History searches, replacements, names, lines;
};

class EditSession {
 public:
  /// `text` is what was read from the file, or from a stream when the file has no path.
  EditSession(shell::Context& cx, EditFile file, shell::TextBuffer text);

  /// The command's status. When it ends without the user's will and the text was not saved, a recovery file holds it.
  [[nodiscard]] shell::Task<int> run(shell::Screen& screen);
  /// Behind that: as EditText's.
  [[nodiscard]] shell::Task<void> release() { return document_.release(); }

 private:
  using Done = shell::Result<void>;  // the error is the screen's: the session is over
  // edit_session.cpp: its life, saving and leaving
  shell::Task<void> take_keys();
  shell::Task<void> keep_recovery();
  shell::Task<Done> offer_recovery();
  shell::Task<Done> save();
  shell::Task<Done> save_as();
  shell::Task<void> write(std::string path);
  shell::Task<Done> leave();
  shell::Task<Done> save_and_leave();
  // edit_keys.cpp
  shell::Task<Done> take(shell::Key key);
  shell::Task<Done> take_control(char32_t letter);
  bool take_movement(const shell::Key& key);
  bool take_option(const shell::Key& key);
  void move_to(std::size_t offset, bool selecting);
  void cut();
  void copy();
  // edit_search.cpp
  shell::Task<Done> ask_search();
  shell::Task<void> search(bool forward);
  shell::Task<Done> ask_replace();
  shell::Task<Done> replace_each(std::string with);
  shell::Task<std::size_t> replace_between(std::string with, std::size_t from, std::size_t to);
  shell::Task<Done> go_to_line();
  bool set_pattern(const std::string& text);

  shell::Context& cx_;
  EditFile file_;
  EditMemory& memory_;
  EditDocument document_;
  EditView view_;
  shell::Screen* screen_ = nullptr;
  bool left_ = false;           // by the user's will
  bool cutting_ = false;        // the last key cut: the next one adds to it
  std::optional<shell::Error> ended_;
  std::optional<shell::Pattern> pattern_;
  reactor::Event changed_;
};

}  // namespace cmds
