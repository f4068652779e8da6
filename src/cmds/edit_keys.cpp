// What each key of `edit` does.
#include <string_view>

#include "edit_session.h"
#include "shell/pager.h"
#include "shell/utf8.h"

namespace cmds {
namespace {

using namespace shell;
using Code = Key::Code;

constexpr std::string_view help =
    "Ctrl-S save                          Ctrl-O save under another name\n"
    "Ctrl-X save if changed, and leave    Ctrl-Q leave\n"
    "\n"
    "Arrows, PageUp, PageDown             with Shift they select\n"
    "Home Ctrl-A, End Ctrl-E              the line's ends\n"
    "Ctrl-Home, Ctrl-End                  the text's ends\n"
    "Ctrl-Left, Ctrl-Right                a word (Alt-Left, Alt-Right too)\n"
    "Ctrl-G LINE or LINE:COLUMN           go there\n"
    "\n"
    "Ctrl-F find, Ctrl-N F3 the next, Ctrl-P Shift-F3 the one before\n"
    "    a regular expression; upper and lower case matter when it has capitals\n"
    "Ctrl-R replace                       \\1 … \\9 are what the brackets matched, \\0 all, \\n \\t \\\\\n"
    "\n"
    "Ctrl-Space or Alt-A                  select from here on, where a terminal has no Shift with arrows\n"
    "Ctrl-K cut                           the selection, or the rest of the line; several in a row add up\n"
    "Ctrl-C copy, Ctrl-V Ctrl-U paste     Esc: select nothing\n"
    "Ctrl-Z undo, Ctrl-Y redo\n"
    "\n"
    "Backspace, Delete Ctrl-D, Ctrl-W     erase a character back or forward, or a word back\n"
    "Tab, Shift-Tab                       indent the selected lines, or back; without a selection four blanks, or\n"
    "                                     a tab where the file has tabs (F5 changes that)\n"
    "F2 Alt-N line numbers                F4 Alt-W wrap long lines, or shift sideways\n"
    "Ctrl-L draw anew\n";

}  // namespace

void EditSession::move_to(std::size_t offset, bool selecting) {
  document_.move_to(offset, selecting);
  view_.forget_column();
}

void EditSession::cut() {
  const bool adds = cutting_ && !document_.selection();
  const std::string taken = document_.cut();
  if (taken.empty()) return screen_->bell();
  if (!adds) memory_.clipboard.clear();
  memory_.clipboard += taken;
}

void EditSession::copy() {
  if (!document_.selection()) return screen_->bell();
  memory_.clipboard = document_.selected_text();
  document_.drop_selection();
}

bool EditSession::take_movement(const Key& key) {
  const bool word = key.ctrl || key.alt;
  const TextRows& rows = document_.rows();
  const std::size_t cursor = document_.cursor();
  switch (key.code) {
    case Code::left: move_to(word ? document_.word_left() : rows.previous(cursor), key.shift); return true;
    case Code::right: move_to(word ? document_.word_right() : rows.next(cursor), key.shift); return true;
    case Code::up: document_.move_to(view_.rows_away(-1), key.shift); return true;
    case Code::down: document_.move_to(view_.rows_away(1), key.shift); return true;
    case Code::page_up: document_.move_to(view_.rows_away(-std::max(1, view_.height() - 1)), key.shift); return true;
    case Code::page_down: document_.move_to(view_.rows_away(std::max(1, view_.height() - 1)), key.shift); return true;
    case Code::home: move_to(key.ctrl ? 0 : document_.line_start(), key.shift); return true;
    case Code::end: move_to(key.ctrl ? document_.text().size() : document_.line_end(), key.shift); return true;
    default: return false;
  }
}

// Keys that change how things are shown or typed.
bool EditSession::take_option(const Key& key) {
  const auto is = [&key](int function, char32_t letter) {
    return (key.code == Code::function && key.number == function && !key.shift) || (key.code == Code::character && key.alt && key.character == letter);
  };
  if (is(2, 'n')) {
    view_.toggle_numbers();
  } else if (is(4, 'w')) {
    view_.say(view_.toggle_wrap() ? "long lines are wrapped" : "long lines are shifted sideways");
  } else if (is(5, 't')) {
    document_.set_tabs(!document_.uses_tabs());
    view_.say(document_.uses_tabs() ? "Tab types a tab" : "Tab types four blanks");
  } else if (is(0, 'a')) {
    document_.toggle_mark();
  } else {
    return false;
  }
  return true;
}

Task<EditSession::Done> EditSession::take(Key key) {
  if (key.code == Code::resize) co_return Done();
  view_.say({});
  view_.mark_match(std::nullopt);
  if (take_movement(key) || take_option(key)) {
    cutting_ = false;
    co_return Done();
  }
  const bool cuts = key.is_ctrl('k');
  Done done;
  if (key.code == Code::character && key.ctrl) {
    done = co_await take_control(key.character);
  } else if (key.code == Code::function && key.number == 1) {
    done = co_await show_text(*screen_, "edit", std::string(help));
  } else if (key.code == Code::function && key.number == 3) {
    co_await search(!key.shift);
  } else if (key.code == Code::escape) {
    document_.drop_selection();
  } else {
    view_.forget_column();
    switch (key.code) {
      case Code::character: {
        if (key.alt) {
          screen_->bell();
          break;
        }
        std::string bytes;
        utf8_append(bytes, key.character);
        document_.type(bytes);
        break;
      }
      case Code::paste: document_.paste(key.text); break;
      case Code::enter: document_.new_line(); break;
      case Code::tab: key.shift ? document_.unindent() : document_.indent(); break;
      case Code::backspace: key.alt ? document_.erase_word_back() : document_.erase_back(); break;
      case Code::remove: document_.erase_forward(); break;
      default: screen_->bell();
    }
  }
  cutting_ = cuts;
  co_return done;
}

Task<EditSession::Done> EditSession::take_control(char32_t letter) {
  Done done;
  if (letter != 'n' && letter != 'p') view_.forget_column();
  switch (letter) {
    case 'a': move_to(document_.line_start(), false); break;
    case 'e': move_to(document_.line_end(), false); break;
    case 'd': document_.erase_forward(); break;
    case 'w': document_.erase_word_back(); break;
    case 'k': cut(); break;
    case 'c': copy(); break;
    case 'u': case 'v': memory_.clipboard.empty() ? screen_->bell() : document_.insert(memory_.clipboard); break;
    case 'z':
      if (!document_.undo()) view_.say("nothing to undo");
      break;
    case 'y':
      if (!document_.redo()) view_.say("nothing to redo");
      break;
    case ' ': document_.toggle_mark(); break;
    case 's': done = co_await save(); break;
    case 'o': done = co_await save_as(); break;
    case 'x': done = co_await save_and_leave(); break;
    case 'q': done = co_await leave(); break;
    case 'f': done = co_await ask_search(); break;
    case 'n': co_await search(true); break;
    case 'p': co_await search(false); break;
    case 'r': done = co_await ask_replace(); break;
    case 'g': done = co_await go_to_line(); break;
    default: screen_->bell();
  }
  co_return done;
}

}  // namespace cmds
