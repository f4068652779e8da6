#include "edit_text.h"

#include <algorithm>

namespace cmds {

// A node's own piece stands between its two trees. The root of a join is chosen by chance, weighted by size, which keeps the depth
// logarithmic without storing anything for it.
struct EditText::Node {
  Tree left, right;
  Piece piece;
  std::size_t length, newlines, pieces;  // of the whole tree
};

namespace {

template <class T>
std::size_t length_of(const T& tree) {
  return tree ? tree->length : 0;
}

}  // namespace

EditText::EditText(shell::TextBuffer original) : original_(std::move(original)) {
  if (original_.size() > 0) tree_ = node({}, {.start = 0, .length = original_.size(), .newlines = original_.newlines()}, {});
}

EditText::Tree EditText::node(Tree left, const Piece& piece, Tree right) {
  auto made = std::make_shared<Node>(Node{.left = std::move(left), .right = std::move(right), .piece = piece, .length = piece.length, .newlines = piece.newlines, .pieces = 1});
  for (const Tree* side : {&made->left, &made->right}) {
    if (!*side) continue;
    made->length += (*side)->length;
    made->newlines += (*side)->newlines;
    made->pieces += (*side)->pieces;
  }
  return made;
}

EditText::Piece EditText::part(const Piece& piece, std::size_t from, std::size_t to) const {
  const shell::TextBuffer& text = source(piece);
  const std::size_t start = piece.start + from, end = piece.start + to;
  return {.typed = piece.typed, .start = start, .length = to - from, .newlines = text.line_at(end) - text.line_at(start)};
}

std::pair<EditText::Tree, EditText::Tree> EditText::split(const Tree& tree, std::size_t at) const {
  if (!tree) return {};
  const std::size_t before = length_of(tree->left), behind = before + tree->piece.length;
  if (at <= before) {
    auto [left, right] = split(tree->left, at);
    return {std::move(left), node(std::move(right), tree->piece, tree->right)};
  }
  if (at >= behind) {
    auto [left, right] = split(tree->right, at - behind);
    return {node(tree->left, tree->piece, std::move(left)), std::move(right)};
  }
  const Piece first = part(tree->piece, 0, at - before), second = part(tree->piece, at - before, tree->piece.length);
  return {node(tree->left, first, {}), node({}, second, tree->right)};
}

EditText::Tree EditText::join(const Tree& left, const Tree& right) {
  if (!left) return right;
  if (!right) return left;
  random_ ^= random_ << 13, random_ ^= random_ >> 7, random_ ^= random_ << 17;
  if (random_ % (left->pieces + right->pieces) < left->pieces) return node(left->left, left->piece, join(left->right, right));
  return node(join(left, right->left), right->piece, right->right);
}

// When what was typed last goes on where it ended; nothing otherwise.
EditText::Tree EditText::with_last_longer(const Tree& tree, const Piece& more) const {
  if (!tree) return {};
  if (tree->right) {
    Tree right = with_last_longer(tree->right, more);
    return right ? node(tree->left, tree->piece, std::move(right)) : Tree();
  }
  Piece piece = tree->piece;
  if (!piece.typed || piece.start + piece.length != more.start) return {};
  piece.length += more.length;
  piece.newlines += more.newlines;
  return node(tree->left, piece, {});
}

reactor::Task<void> EditText::release() {
  co_await typed_.release();
  co_await original_.release();
}

void EditText::replace(std::size_t from, std::size_t to, std::string_view with) {
  from = std::min(from, size());
  to = std::clamp(to, from, size());
  auto [left, rest] = split(tree_, from);
  Tree right = split(rest, to - from).second;
  if (!with.empty()) {
    Piece added{.typed = true, .start = typed_.size(), .length = with.size()};
    const std::size_t newlines = typed_.newlines();
    typed_.append(with);
    added.newlines = typed_.newlines() - newlines;
    Tree longer = with_last_longer(left, added);
    left = longer ? std::move(longer) : join(left, node({}, added, {}));
  }
  tree_ = join(left, right);
}

std::size_t EditText::size() const noexcept { return length_of(tree_); }
std::size_t EditText::newlines() const noexcept { return tree_ ? tree_->newlines : 0; }
std::size_t EditText::size(const Version& version) const noexcept { return length_of(version.tree_); }

void EditText::collect(const Node* tree, std::size_t from, std::size_t to, std::string& into) const {
  while (tree != nullptr && from < to) {
    const std::size_t before = length_of(tree->left), behind = before + tree->piece.length;
    if (from < before) collect(tree->left.get(), from, std::min(to, before), into);
    const std::size_t first = std::max(from, before), last = std::min(to, behind);
    if (first < last) into += source(tree->piece).copy(tree->piece.start + first - before, tree->piece.start + last - before);
    if (to <= behind) return;
    from = from > behind ? from - behind : 0;
    to -= behind;
    tree = tree->right.get();
  }
}

std::string EditText::copy(std::size_t from, std::size_t to) const { return copy(version(), from, to); }

std::string EditText::copy(const Version& version, std::size_t from, std::size_t to) const {
  std::string result;
  to = std::min(to, size(version));
  if (from >= to) return result;
  result.reserve(to - from);
  collect(version.tree_.get(), from, to, result);
  return result;
}

std::size_t EditText::line_at(std::size_t offset) const {
  std::size_t line = 0;
  for (const Node* tree = tree_.get(); tree != nullptr;) {
    const std::size_t before = length_of(tree->left);
    if (offset <= before) {
      tree = tree->left.get();
      continue;
    }
    line += tree->left ? tree->left->newlines : 0;
    const Piece& piece = tree->piece;
    if (offset < before + piece.length) return line + part(piece, 0, offset - before).newlines;
    line += piece.newlines;
    offset -= before + piece.length;
    tree = tree->right.get();
  }
  return line;
}

std::size_t EditText::line_start(std::size_t line) const {
  if (line == 0) return 0;
  if (line > newlines()) return size();
  std::size_t offset = 0;
  for (const Node* tree = tree_.get(); tree != nullptr;) {
    const std::size_t before = tree->left ? tree->left->newlines : 0;
    if (line <= before) {
      tree = tree->left.get();
      continue;
    }
    line -= before;
    offset += length_of(tree->left);
    const Piece& piece = tree->piece;
    if (line <= piece.newlines) {
      const shell::TextBuffer& text = source(piece);
      return offset + text.line_start(text.line_at(piece.start) + line) - piece.start;
    }
    line -= piece.newlines;
    offset += piece.length;
    tree = tree->right.get();
  }
  return offset;
}

}  // namespace cmds
