// Questions that a full-screen tool asks in its last row, and lists to choose from. All are awaited; their error is that of
// Screen::key() and ends the tool.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/history.h"
#include "shell/screen.h"
#include "shell/scroll_list.h"

namespace shell {

/// Esc, Ctrl-C or Ctrl-G.
[[nodiscard]] bool gives_up(const Key& key);

/// As many of the rows of a list as there is room for from row `first` on, the selected one among them.
void draw_rows(Canvas& canvas, int first, int height, const std::vector<std::string>& rows, ScrollList& list);

/// A line of text, with the console's own line editor and its keys. `text` is there to begin with. Enter gives it and adds it to
/// the history; Esc, Ctrl-C and Ctrl-G give nothing.
[[nodiscard]] Task<Result<std::optional<std::string>>> ask_line(Screen& screen, std::string label, History& history, std::string text = {});

/// Waits for one of `letters` (lower case; capitals count as the same); 0 for Esc, Ctrl-C or Ctrl-G. Others ring the bell.
[[nodiscard]] Task<Result<char>> ask_letter(Screen& screen, std::string question, std::string letters);

/// "QUESTION (y/n)"; Esc is no.
[[nodiscard]] Task<Result<bool>> ask_yes(Screen& screen, std::string question);

/// A question or a message in the last row: whatever key comes then.
[[nodiscard]] Task<Result<Key>> ask_key(Screen& screen, std::string question);

/// A list to choose from: arrows, pages, Home, End; typing looks for an entry that begins so, then for one that holds it. The index
/// chosen with Enter, nothing with Esc. An empty list chooses nothing.
[[nodiscard]] Task<Result<std::optional<std::size_t>>> choose(Screen& screen, std::string title, std::vector<std::string> entries, std::size_t selected = 0);

}  // namespace shell
