// Text to read, a screen at a time: `less`, help pages, long outputs. The text is read while it is shown, and no further than is
// needed: an endless input is no trouble.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reactor/event.h"
#include "reactor/stream.h"
#include "shell/history.h"
#include "shell/pattern.h"
#include "shell/screen.h"
#include "shell/text_rows.h"

namespace shell {

class Pager final : public View {
 public:
  /// `in` outlives it. The title stands in the last row.
  Pager(Screen& screen, std::string title, In& in);

  /// Until q. The error is that of Screen::key().
  [[nodiscard]] Task<Result<void>> run();
  /// What went wrong in reading; it also stands in the last row.
  [[nodiscard]] const std::optional<Error>& failure() const noexcept { return failure_; }

  void draw(Canvas& canvas) override;

 private:
  Task<void> read_all();
  Task<void> take_keys();
  Task<bool> take(Key key);
  Task<Result<void>> begin_search(bool forward);
  Task<void> search(bool forward, std::size_t from);
  Task<void> stop_search();
  void search_on(bool same_way);

  void move(int rows);
  void to_line(std::size_t line);
  void shift(int columns);
  [[nodiscard]] int page() const;
  [[nodiscard]] std::size_t last_row() const;
  [[nodiscard]] std::vector<Highlight> matches(std::size_t from, std::size_t to) const;
  void draw_status(Canvas& canvas, std::size_t end) const;

  Screen& screen_;
  std::string title_;
  In& in_;
  TextBuffer text_;
  TextRows rows_{text_};
  std::size_t top_ = 0;           // offset of the first row shown
  int hidden_ = 0;                // columns to the left of the screen, without wrapping
  bool wrap_ = true, at_end_ = false;

  reactor::JobScope* jobs_ = nullptr;
  std::size_t wanted_ = 0, search_wants_ = 0;  // text to have read, in bytes: for the screen, for a search
  bool ended_ = false;
  reactor::Event more_, grown_;
  std::optional<Error> failure_;  // of reading
  std::optional<Error> broken_;   // of the screen

  std::optional<Pattern> pattern_;
  bool forward_ = true;
  std::optional<std::size_t> found_;  // where the last match is
  std::shared_ptr<reactor::Job> searching_;
  std::string message_, number_;
};

/// A help page, until q or Esc. The error is that of Screen::key().
[[nodiscard]] Task<Result<void>> show_text(Screen& screen, std::string title, std::string text);

/// Prints a text on the command's output; through the pager, when a person has typed the line and the text has more rows than
/// his terminal.
[[nodiscard]] Task<Result<void>> print_paged(Context& cx, std::string title, std::string text);

}  // namespace shell
