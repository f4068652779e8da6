#include "edit_view.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "shell/utf8.h"

namespace cmds {
namespace {

using namespace shell;

constexpr Style status_style{.reverse = true};
constexpr Style selected_style{.reverse = true};
constexpr Style match_style{.text = Colour::black, .back = Colour::yellow};
constexpr Style number_style{.text = Colour::yellow};
constexpr Style beyond_style{.text = Colour::blue};
constexpr std::string_view keys = "^S save  ^X save+leave  ^Q leave  ^F find  ^R replace  ^G line  ^Z undo  F1 help";

}  // namespace

std::size_t EditView::rows_away(int rows) {
  const TextRows& layout = document_.rows();
  std::size_t row = layout.row_at(document_.cursor());
  if (!column_) column_ = layout.column_of(row, document_.cursor());
  for (; rows > 0; --rows) {
    const auto next = layout.below(row);
    if (!next) break;
    row = *next;
  }
  for (; rows < 0; ++rows) {
    const auto next = layout.above(row);
    if (!next) break;
    row = *next;
  }
  return layout.offset_at(row, *column_);
}

// Scrolls as little as is needed; a cursor that is far away comes to the middle.
void EditView::follow_cursor() {
  const TextRows& layout = document_.rows();
  const std::size_t wanted = layout.row_at(document_.cursor());
  top_ = layout.row_at(std::min(top_, document_.text().size()));
  const auto up = [&layout](std::size_t row, int count) {
    for (; count > 0; --count) {
      const auto above = layout.above(row);
      if (!above) break;
      row = *above;
    }
    return row;
  };
  if (wanted < top_) {
    if (up(top_, height_) <= wanted) top_ = wanted;
    else top_ = up(wanted, height_ / 2);
    return;
  }
  std::size_t row = top_;
  for (int below = 0; below < 2 * height_; ++below) {
    if (row == wanted) {
      if (below >= height_) top_ = up(wanted, height_ - 1);
      return;
    }
    const auto next = layout.below(row);
    if (!next) break;
    row = *next;
  }
  top_ = up(wanted, height_ / 2);
}

void EditView::draw(Canvas& canvas) {
  const int first = canvas.rows() > 1 ? 1 : 0;
  height_ = std::max(1, canvas.rows() - first - (canvas.rows() > 2 ? 1 : 0));
  gutter_ = numbers_ ? static_cast<int>(fmt::formatted_size("{} ", document_.text().newlines() + 1)) : 0;
  if (gutter_ + 10 > canvas.columns()) gutter_ = 0;
  // The last column is the cursor's, behind a row that is full.
  width_ = std::max(1, canvas.columns() - gutter_ - 1);
  document_.rows().set(width_, wrap_);
  follow_cursor();
  draw_text(canvas, first);
  if (first == 1) draw_status(canvas);
  if (canvas.rows() > 2) canvas.put(canvas.rows() - 1, 0, message_.empty() ? keys : std::string_view(message_), {.bold = !message_.empty()});
}

void EditView::draw_text(Canvas& canvas, int first) {
  const TextRows& layout = document_.rows();
  const EditText& text = document_.text();
  const std::size_t cursor_row = layout.row_at(document_.cursor());
  const int cursor_column = layout.column_of(cursor_row, document_.cursor());
  if (wrap_) {
    hidden_ = 0;
  } else if (cursor_column < hidden_ || cursor_column > hidden_ + width_ - 1) {
    hidden_ = std::max(0, cursor_column - width_ / 2);  // half a screen at once: a slow line would have to send it for every key
  }
  std::vector<Highlight> marked;
  if (const auto selected = document_.selection()) marked.push_back({selected->first, selected->second, selected_style});
  else if (match_) marked.push_back({match_->first, match_->second, match_style});
  std::optional<std::size_t> row = top_;
  for (int i = 0; i < height_; ++i) {
    if (!row) {
      canvas.put(first + i, 0, "~", beyond_style);
      continue;
    }
    if (gutter_ > 0 && text.line_start(text.line_at(*row)) == *row) {
      const std::string number = fmt::format("{:>{}} ", text.line_at(*row) + 1, gutter_ - 1);
      canvas.put(first + i, 0, number, number_style);
    }
    layout.draw(canvas, first + i, gutter_, *row, hidden_, marked);
    if (*row == cursor_row) canvas.set_cursor(first + i, std::min(gutter_ + cursor_column - hidden_, canvas.columns() - 1));
    row = layout.below(*row);
  }
}

void EditView::draw_status(Canvas& canvas) const {
  const EditText& text = document_.text();
  const std::size_t line = text.line_at(document_.cursor()), start = text.line_start(line);
  // Columns are those of the text, as other programs count them: characters, with tabs to the next eighth.
  const TextRows& layout = document_.rows();
  int column = 1;
  for (std::size_t row = layout.row_at(start);;) {
    const std::size_t here = layout.row_at(document_.cursor());
    if (row == here || document_.cursor() - start > 32U << 10) {
      column += layout.column_of(here, document_.cursor());
      break;
    }
    column += layout.column_of(row, layout.row_end(row));
    row = layout.below(row).value_or(here);
  }
  const std::string manners = fmt::format("{}{}{}", document_.changed() ? " [+]" : "", read_only_ ? " [read-only]" : "", document_.crlf() ? " [CRLF]" : "");
  const std::string right = fmt::format("line {}/{}  column {} ", line + 1, text.newlines() + 1, column);
  const int room = canvas.columns() - columns_of(right) - 1;
  canvas.fill(0, 0, status_style);
  const int left = room > 8 ? room : canvas.columns();
  // Of a long path the end says more.
  std::size_t from = 0;
  while (from < name_.size() && columns_of(std::string_view(name_).substr(from)) + columns_of(manners) > left) from += utf8_at(name_, from).length;
  canvas.put(0, 0, name_.substr(from) + manners, status_style, left);
  if (room > 8) canvas.put(0, room + 1, right, status_style);
}

}  // namespace cmds
