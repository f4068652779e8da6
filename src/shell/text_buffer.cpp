#include "shell/text_buffer.h"

#include <algorithm>
#include <cstring>

#include "reactor/loop.h"

namespace shell {

std::size_t Text::line_end(std::size_t line) const {
  const std::size_t next = line_start(line + 1);
  return line_at(next) > line ? next - 1 : next;
}

std::string_view TextBuffer::piece(std::size_t from) const noexcept {
  if (from >= size_) return {};
  const std::size_t at = from % kPiece;
  return {&pieces_[from / kPiece][at], std::min(kPiece - at, size_ - from)};
}

std::string TextBuffer::copy(std::size_t from, std::size_t to) const {
  to = std::min(to, size_);
  std::string result;
  while (from < to) {
    const std::string_view part = piece(from).substr(0, to - from);
    result += part;
    from += part.size();
  }
  return result;
}

std::span<char> TextBuffer::room() {
  if (size_ == pieces_.size() * kPiece) pieces_.push_back(std::make_unique_for_overwrite<char[]>(kPiece));
  return std::span(pieces_.back().get(), kPiece).subspan(size_ % kPiece);
}

void TextBuffer::added(std::size_t bytes) {
  for (const std::size_t end = size_ + bytes; size_ < end;) {
    if (size_ % kBlock == 0) before_.push_back(newlines_);
    const std::size_t part = std::min(kBlock - size_ % kBlock, end - size_);
    const char* from = &pieces_[size_ / kPiece][size_ % kPiece];
    newlines_ += static_cast<std::size_t>(std::count(from, from + part, '\n'));
    size_ += part;
  }
}

void TextBuffer::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> free = room();
    const std::size_t part = std::min(free.size(), bytes.size());
    std::memcpy(free.data(), bytes.data(), part);
    added(part);
    bytes.remove_prefix(part);
  }
}

reactor::Task<void> TextBuffer::release() {
  size_ = newlines_ = 0;
  before_ = {};
  while (!pieces_.empty()) {
    pieces_.pop_back();
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
}

std::size_t TextBuffer::line_at(std::size_t offset) const {
  if (offset >= size_) return newlines_;
  const std::size_t block = offset / kBlock;
  const char* from = piece(block * kBlock).data();
  return before_[block] + static_cast<std::size_t>(std::count(from, from + offset % kBlock, '\n'));
}

std::size_t TextBuffer::line_start(std::size_t line) const {
  if (line == 0) return 0;
  if (line > newlines_) return size_;
  // The block with the newline before that line: the last one with fewer newlines before it.
  const auto block = std::lower_bound(before_.begin(), before_.end(), line) - before_.begin() - 1;
  std::size_t at = static_cast<std::size_t>(block) * kBlock;
  const char* from = piece(at).data();
  for (std::size_t left = line - before_[static_cast<std::size_t>(block)];;) {
    const auto* newline = static_cast<const char*>(std::memchr(from, '\n', size_ - at));
    at += static_cast<std::size_t>(newline - from) + 1;
    if (--left == 0) return at;
    from = newline + 1;
  }
}

}  // namespace shell
