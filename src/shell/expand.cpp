#include "shell/expand.h"

#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "shell/glob.h"
#include "shell/parser.h"

namespace shell {
namespace {

using ast::Piece;
using ast::Word;

constexpr std::string_view blanks = " \t\r\n\v\f";

std::string_view argument(const Values& values, std::size_t n) {
  if (n == 0) return values.name;
  return n <= values.arguments.size() ? std::string_view(values.arguments[n - 1]) : std::string_view();
}

bool is_all_arguments(const Piece& piece) { return piece.kind == Piece::Kind::variable && (piece.text == "@" || piece.text == "*"); }

std::string value_of(const Piece& piece, const Values& values) {
  const std::string& name = piece.text;
  if (values.variables != nullptr)
    if (const auto found = values.variables->find(name); found != values.variables->end()) return found->second;
  if (name == "?") return std::to_string(values.status);
  if (name == "#") return std::to_string(values.arguments.size());
  if (is_all_arguments(piece)) return fmt::format("{}", fmt::join(values.arguments, " "));
  if (!name.empty() && name.find_first_not_of("0123456789") == std::string::npos) {
    std::size_t n = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), n);
    return parsed.ec == std::errc() ? std::string(argument(values, n)) : std::string();
  }
  return piece.braced ? "${" + name + "}" : "$" + name;
}

// Collects the words that one written word becomes.
class Builder {
 public:
  Builder(std::vector<Field>& words, std::string_view gap) : words_(words), gap_(gap) {}

  void literal(std::string_view text, bool quoted) {
    open();
    for (const char c : text) {
      if (c == '*' || c == '?' || c == '[') glob_ = glob_ || !quoted;
      if (c == '\\' || (quoted && (c == '*' || c == '?' || c == '[' || c == ']' || c == '-' || c == '!' || c == '^'))) pattern_.push_back('\\');
      pattern_.push_back(c);
    }
    words_.back().text += text;
  }

  void split(std::string_view value) {
    while (!value.empty()) {
      const std::size_t word = std::min(value.find_first_not_of(blanks), value.size());
      if (word > 0) {
        close();
        gap_ += value.substr(0, word);
        value.remove_prefix(word);
        continue;
      }
      const std::size_t end = std::min(value.find_first_of(blanks), value.size());
      literal(value.substr(0, end), false);
      value.remove_prefix(end);
    }
  }

  // Ends the current word.
  void close() {
    if (!open_) return;
    if (glob_) words_.back().pattern = std::move(pattern_);
    pattern_.clear();
    open_ = glob_ = false;
  }

  void next_word() {
    close();
    gap_ = " ";
  }

 private:
  void open() {
    if (open_) return;
    words_.push_back({.text = {}, .pattern = {}, .gap = std::move(gap_)});
    gap_.clear();
    open_ = true;
  }

  std::vector<Field>& words_;
  std::string gap_;
  std::string pattern_;
  bool open_ = false;
  bool glob_ = false;
};

void expand_word(const Word& word, const Values& values, Fields& fields) {
  Builder builder(fields.words, word.gap);
  for (const Piece& piece : word.pieces) {
    fields.plain = fields.plain && !piece.quoted;
    if (piece.kind == Piece::Kind::text) {
      builder.literal(piece.text, piece.quoted);
    } else if (is_all_arguments(piece) && (piece.text == "@" || !piece.quoted)) {
      bool first = true;
      for (const std::string& each : values.arguments) {
        if (!first) builder.next_word();
        if (piece.quoted) builder.literal(each, true);
        else builder.split(each);
        first = false;
      }
    } else if (piece.quoted) {
      builder.literal(value_of(piece, values), true);
    } else {
      builder.split(value_of(piece, values));
    }
  }
  builder.close();
}

}  // namespace

std::string expand_text(const Word& word, const Values& values) {
  std::string result;
  for (const Piece& piece : word.pieces) result += piece.kind == Piece::Kind::text ? piece.text : value_of(piece, values);
  return result;
}

Fields expand_words(const ast::Simple& command, const Values& values) {
  Fields result;
  for (const Word& word : command.words) expand_word(word, values, result);
  return result;
}

std::string quoted(std::string_view text) {
  constexpr std::string_view special = " \t\r\v\f;&|<>'\"\\$*?[#";
  if (!text.empty() && text.find_first_of(special) == std::string_view::npos) return std::string(text);
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += "'\\''";
    else result.push_back(c);
  }
  return result + "'";
}

}  // namespace shell
