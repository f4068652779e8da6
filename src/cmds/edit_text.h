// The text that `edit` changes: a tree of pieces of two texts that never change, the file as it was read and all that was typed.
//
// The tree is persistent: a change makes new nodes and leaves the old ones to whoever holds them. So a version of the text is one
// pointer; undo keeps many of them, and a file is saved from one while the next is typed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "shell/text_buffer.h"

namespace cmds {

class EditText final : public shell::Text {
  struct Node;
  using Tree = std::shared_ptr<const Node>;

 public:
  EditText() : EditText(shell::TextBuffer()) {}
  explicit EditText(shell::TextBuffer original);

  [[nodiscard]] std::size_t size() const noexcept override;
  [[nodiscard]] std::string copy(std::size_t from, std::size_t to) const override;
  [[nodiscard]] std::size_t line_at(std::size_t offset) const override;
  [[nodiscard]] std::size_t line_start(std::size_t line) const override;
  [[nodiscard]] std::size_t newlines() const noexcept;

  /// Puts `with` into the place of bytes [from, to).
  void replace(std::size_t from, std::size_t to, std::string_view with);

  /// The memory of what was typed and of the original is given back in turns with others. No version is of any use then.
  [[nodiscard]] reactor::Task<void> release();

  /// The text as it is at one moment.
  class Version {
   public:
    Version() = default;
    bool operator==(const Version&) const = default;

   private:
    friend class EditText;
    explicit Version(Tree tree) : tree_(std::move(tree)) {}
    Tree tree_;
  };
  [[nodiscard]] Version version() const { return Version(tree_); }
  void restore(Version version) { tree_ = std::move(version.tree_); }
  [[nodiscard]] std::size_t size(const Version& version) const noexcept;
  [[nodiscard]] std::string copy(const Version& version, std::size_t from, std::size_t to) const;

 private:
  struct Piece {
    bool typed = false;  // of typed_; else of original_
    std::size_t start = 0, length = 0, newlines = 0;
  };
  [[nodiscard]] const shell::TextBuffer& source(const Piece& piece) const noexcept { return piece.typed ? typed_ : original_; }
  [[nodiscard]] Piece part(const Piece& piece, std::size_t from, std::size_t to) const;
  static Tree node(Tree left, const Piece& piece, Tree right);
  [[nodiscard]] std::pair<Tree, Tree> split(const Tree& tree, std::size_t at) const;
  Tree join(const Tree& left, const Tree& right);
  [[nodiscard]] Tree with_last_longer(const Tree& tree, const Piece& more) const;
  void collect(const Node* tree, std::size_t from, std::size_t to, std::string& into) const;

  shell::TextBuffer original_, typed_;
  Tree tree_;
  std::uint64_t random_ = 0x9e3779b97f4a7c15;  // for the tree's balance only
};

}  // namespace cmds
