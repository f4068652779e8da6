// Long texts for the pager and the editor: bytes of any kind, found by offset and by line.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/task.h"

namespace shell {

/// What the pager and the editor show. Offsets are bytes; lines count from 0, and the text behind the last newline is a line too.
class Text {
 public:
  virtual ~Text() = default;
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  /// Bytes [from, to).
  [[nodiscard]] virtual std::string copy(std::size_t from, std::size_t to) const = 0;
  /// The line that holds an offset: the number of newlines before it.
  [[nodiscard]] virtual std::size_t line_at(std::size_t offset) const = 0;
  /// Where a line begins; size() when there are not so many.
  [[nodiscard]] virtual std::size_t line_start(std::size_t line) const = 0;
  /// Behind a line's last byte, without its newline.
  [[nodiscard]] std::size_t line_end(std::size_t line) const;
};

/// A text that only grows. It is kept in pieces, so that growing copies nothing, with the number of newlines before each block, so
/// that an offset's line costs a search in one block.
class TextBuffer final : public Text {
 public:
  [[nodiscard]] std::size_t size() const noexcept override { return size_; }
  [[nodiscard]] std::string copy(std::size_t from, std::size_t to) const override;
  [[nodiscard]] std::size_t line_at(std::size_t offset) const override;
  [[nodiscard]] std::size_t line_start(std::size_t line) const override;
  [[nodiscard]] std::size_t newlines() const noexcept { return newlines_; }

  void append(std::string_view bytes);
  /// Where the next bytes can be read to, never empty; added() says how many came.
  [[nodiscard]] std::span<char> room();
  void added(std::size_t bytes);

  /// Empties it, in turns with others: to give back the memory of a long text takes a while.
  [[nodiscard]] reactor::Task<void> release();

  /// The bytes from an offset on that lie side by side; empty at the end.
  [[nodiscard]] std::string_view piece(std::size_t from) const noexcept;

 private:
  static constexpr std::size_t kPiece = 1U << 20, kBlock = 4096;
  std::vector<std::unique_ptr<char[]>> pieces_;
  std::size_t size_ = 0, newlines_ = 0;
  std::vector<std::size_t> before_;  // newlines before each block that has been begun
};

}  // namespace shell
