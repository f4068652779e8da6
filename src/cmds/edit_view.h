// What `edit` shows: a status row, the text around the cursor, and a row of help or messages.
#pragma once

#include <optional>
#include <string>

#include "edit_document.h"
#include "shell/screen.h"

namespace cmds {

class EditView final : public shell::View {
 public:
  EditView(EditDocument& document, std::string name) : document_(document), name_(std::move(name)) {}

  void draw(shell::Canvas& canvas) override;

  void set_name(std::string name) { name_ = std::move(name); }
  void set_read_only(bool on) noexcept { read_only_ = on; }
  /// In the last row until the next key.
  void say(std::string message) { message_ = std::move(message); }
  /// A match of a search, until the next key.
  void mark_match(std::optional<std::pair<std::size_t, std::size_t>> match) { match_ = match; }

  void toggle_numbers() noexcept { numbers_ = !numbers_; }
  bool toggle_wrap() noexcept { return wrap_ = !wrap_; }

  /// Where the cursor comes to when it goes down (or, negative, up) so many rows; it keeps to its column.
  [[nodiscard]] std::size_t rows_away(int rows);
  /// The cursor was moved in another way: its column is the new one.
  void forget_column() noexcept { column_.reset(); }
  /// Rows of text on the screen.
  [[nodiscard]] int height() const noexcept { return height_; }

 private:
  void follow_cursor();
  void draw_text(shell::Canvas& canvas, int first);
  void draw_status(shell::Canvas& canvas) const;

  EditDocument& document_;
  std::string name_, message_;
  std::optional<std::pair<std::size_t, std::size_t>> match_;
  bool read_only_ = false, numbers_ = false, wrap_ = true;
  std::size_t top_ = 0;         // offset of the first row shown
  int hidden_ = 0;              // columns to the left of the screen
  int height_ = 22;
  int width_ = 80, gutter_ = 0; // columns for the text, and before it
  std::optional<int> column_;   // that up and down keep to
};

}  // namespace cmds
