#include "shell/parser.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

namespace shell {
namespace {

using ast::Chain;
using ast::Piece;
using ast::Pipeline;
using ast::Redirection;
using ast::Simple;
using ast::Word;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_name_start(c) || is_digit(c); }

struct Failure {
  std::size_t at;
  std::string message;
};

class Parser {
 public:
  Parser(std::string_view text, std::size_t from, std::uint32_t line) : text_(text), at_(from), line_(line), line_start_(from) {}

  Parsed parse();

 private:
  // The next character, continuations skipped; '\n' at the end of the line or of the text, and after a failure,
  // so that every rule sees the line end there and returns.
  char peek() { return failure_ ? '\n' : look(); }
  char look();
  char peek_behind(std::size_t count) const { return at_ + count < text_.size() ? text_[at_ + count] : '\n'; }
  bool at_end() { return peek() == '\n'; }
  std::string blanks();
  void fail(std::size_t at, std::string message) {
    if (!failure_) failure_ = Failure{at, std::move(message)};
  }
  ParseError error() const;
  void skip_line();

  ast::Line line();
  Chain chain();
  Pipeline pipeline(Pipeline::Run run);
  Simple simple(bool may_assign);
  bool assignment(Simple& command);
  bool redirection(Simple& command);
  Word word(bool rest_of_line);
  void single_quoted(Word& word);
  void double_quoted(Word& word);
  void variable(Word& word, bool quoted);
  bool ends_word(char c, bool rest_of_line);
  // Fails when nothing that can be run starts here; `before` is the sign that asks for it, at `sign_at`.
  void require_command(std::string_view before, std::size_t sign_at);

  std::string_view text_;
  std::size_t at_;
  std::uint32_t line_;
  std::size_t line_start_;
  bool open_ = false;
  std::optional<Failure> failure_;
};

void add(Word& word, char c, bool quoted) {
  if (word.pieces.empty() || word.pieces.back().kind != Piece::Kind::text || word.pieces.back().quoted != quoted)
    word.pieces.push_back({.kind = Piece::Kind::text, .quoted = quoted, .braced = false, .text = {}});
  word.pieces.back().text.push_back(c);
}

char Parser::look() {
  while (at_ < text_.size() && text_[at_] == '\\') {
    std::size_t newline = at_ + 1;
    if (newline < text_.size() && text_[newline] == '\r') ++newline;
    if (newline >= text_.size()) {
      open_ = true;  // the caller may bring the next line; else the backslash stands for itself
      return '\\';
    }
    if (text_[newline] != '\n') return '\\';
    at_ = newline + 1;
    line_start_ = at_;
    ++line_;
    open_ = at_ == text_.size();
  }
  return at_ < text_.size() ? text_[at_] : '\n';
}

std::string Parser::blanks() {
  std::string skipped;
  for (char c = peek(); is_blank(c); c = peek()) {
    skipped.push_back(c);
    ++at_;
  }
  return skipped;
}

ParseError Parser::error() const {
  const Failure& failure = *failure_;
  ParseError result{.line = line_, .column = 1, .message = failure.message};
  std::size_t start = line_start_;
  if (failure.at < start) {  // the sign stands on an earlier line of a continued one
    start = failure.at;
    while (start > 0 && text_[start - 1] != '\n') --start;
    for (std::size_t i = start; i < line_start_; ++i) result.line -= text_[i] == '\n';
  }
  for (std::size_t i = start; i < failure.at; ++i) result.column += (static_cast<unsigned char>(text_[i]) & 0xc0) != 0x80;
  return result;
}

void Parser::skip_line() {
  for (; at_ < text_.size() && text_[at_] != '\n'; ++at_)
    if (look() == '\n') break;
  if (at_ < text_.size()) {
    ++at_;
    ++line_;
  }
}

Parsed Parser::parse() {
  if (at_ == 0 && text_.starts_with("\xef\xbb\xbf")) line_start_ = at_ = 3;  // the mark some editors put first
  Parsed result;
  result.line = line();
  const bool open = open_;
  if (failure_) {
    result.line = tl::unexpected(error());
    skip_line();
  } else {
    // What is left is a comment: a backslash at its end continues nothing.
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    if (at_ < text_.size()) {
      ++at_;
      ++line_;
    }
  }
  result.next = at_;
  result.next_line = line_;
  result.open = open && at_ == text_.size();
  return result;
}

ast::Line Parser::line() {
  ast::Line result;
  for (;;) {
    blanks();
    if (at_end() || peek() == '#') return result;
    result.chains.push_back(chain());
  }
}

Chain Parser::chain() {
  const std::size_t start = at_;
  Chain result;
  require_command("", at_);
  Pipeline::Run run = Pipeline::Run::always;
  for (;;) {
    result.pipelines.push_back(pipeline(run));
    const char c = peek();
    if ((c != '&' && c != '|') || peek_behind(1) != c) break;
    const std::size_t sign_at = at_;
    at_ += 2;
    blanks();
    require_command(c == '&' ? "&&" : "||", sign_at);
    run = c == '&' ? Pipeline::Run::if_success : Pipeline::Run::if_failure;
  }
  result.text = text_.substr(start, at_ - start);
  while (!result.text.empty() && is_blank(result.text.back())) result.text.pop_back();
  const char c = peek();
  if (c == '&' && peek_behind(1) == '>') fail(at_, "&> is not known; write > FILE 2>&1");
  result.background = c == '&';
  if (c == '&' || c == ';') ++at_;
  return result;
}

Pipeline Parser::pipeline(Pipeline::Run run) {
  Pipeline result{.run = run, .commands = {}};
  for (;;) {
    result.commands.push_back(simple(result.commands.empty()));
    if (peek() != '|' || peek_behind(1) == '|') return result;
    const std::size_t sign_at = at_++;
    blanks();
    require_command("|", sign_at);
  }
}

void Parser::require_command(std::string_view before, std::size_t sign_at) {
  const char c = peek();
  const bool sign = c == ';' || c == '&' || c == '|';
  if (!before.empty() && (sign || c == '\n' || c == '#')) fail(sign_at, fmt::format("no command after {}", before));
  if (sign) fail(at_, fmt::format("no command before {}", (c != ';' && peek_behind(1) == c) ? std::string(2, c) : std::string(1, c)));
}

Simple Parser::simple(bool may_assign) {
  Simple result;
  result.line = line_;
  if (may_assign && assignment(result)) return result;
  bool after_redirection = false;
  for (;;) {
    std::string gap = blanks();
    const char c = peek();
    if (c == '\n' || c == '#' || c == ';' || c == '&' || c == '|') return result;
    if (redirection(result)) {
      after_redirection = true;
      continue;
    }
    result.words.push_back(word(false));
    if (after_redirection) gap = " ";
    result.words.back().gap = std::move(gap);
    after_redirection = false;
  }
}

bool Parser::assignment(Simple& command) {
  if (!is_name_start(peek())) return false;
  std::size_t end = at_;
  while (end < text_.size() && is_name_char(text_[end])) ++end;
  if (end >= text_.size() || text_[end] != '=') return false;
  command.assigned = text_.substr(at_, end - at_);
  at_ = end + 1;
  command.value = word(true);
  auto& pieces = command.value.pieces;
  if (!pieces.empty() && pieces.back().kind == Piece::Kind::text && !pieces.back().quoted) {
    std::string& tail = pieces.back().text;
    while (!tail.empty() && is_blank(tail.back())) tail.pop_back();
  }
  return true;
}

bool Parser::redirection(Simple& command) {
  const std::size_t sign_at = at_;
  std::size_t sign = at_;
  int fd = -1;
  if (is_digit(peek()) && (peek_behind(1) == '<' || peek_behind(1) == '>')) {
    fd = text_[at_] - '0';
    ++sign;
  }
  const char c = sign < text_.size() ? text_[sign] : '\n';
  if (c != '<' && c != '>') return false;
  if (fd > (c == '<' ? 0 : 2) || (c == '>' && fd == 0)) fail(sign_at, fmt::format("{}{}: only 0<, 1> and 2> are known", fd, c));
  at_ = sign + 1;
  Redirection result;
  result.fd = fd >= 0 ? fd : (c == '>' ? 1 : 0);
  result.kind = c == '<' ? Redirection::Kind::read : Redirection::Kind::write;
  if (c == '<' && peek() == '<') fail(sign_at, "<< is not known; write the text to a file");
  if (c == '>' && peek() == '>') {
    ++at_;
    result.kind = Redirection::Kind::append;
  } else if (c == '>' && peek() == '&') {
    ++at_;
    blanks();
    const char from = peek();
    if ((from != '1' && from != '2') || !ends_word(peek_behind(1), false)) {
      fail(sign_at, ">& takes 1 or 2");
      return true;
    }
    ++at_;
    result.kind = Redirection::Kind::duplicate;
    result.from_fd = from - '0';
    command.redirections.push_back(std::move(result));
    return true;
  }
  const std::string_view written = text_.substr(sign_at, sign + (result.kind == Redirection::Kind::append ? 2 : 1) - sign_at);
  blanks();
  if (const char next = peek(); next == '#' || ends_word(next, false)) fail(sign_at, fmt::format("no file name after {}", written));
  result.target = word(false);
  command.redirections.push_back(std::move(result));
  return true;
}

bool Parser::ends_word(char c, bool rest_of_line) {
  if (c == '\n' || c == ';') return true;
  if (rest_of_line) {
    if (c == '&' || c == '|') return peek_behind(1) == c;
    return c == '#' && at_ > 0 && is_blank(text_[at_ - 1]);
  }
  return is_blank(c) || c == '&' || c == '|' || c == '<' || c == '>';
}

Word Parser::word(bool rest_of_line) {
  Word result;
  for (;;) {
    const char c = peek();
    if (ends_word(c, rest_of_line)) return result;
    if (c == '\'') {
      single_quoted(result);
    } else if (c == '"') {
      double_quoted(result);
    } else if (c == '$') {
      variable(result, false);
    } else if (c == '\0') {
      fail(at_, "NUL byte in the line");
    } else if (c == '\\') {
      const bool last = at_ + 1 >= text_.size();
      if (!last && text_[at_ + 1] == '\0') fail(at_ + 1, "NUL byte in the line");
      add(result, last ? '\\' : text_[at_ + 1], true);
      at_ += last ? 1 : 2;
    } else {
      add(result, c, false);
      ++at_;
    }
  }
}

void Parser::single_quoted(Word& word) {
  const std::size_t start = at_++;
  std::size_t end = at_;
  while (end < text_.size() && text_[end] != '\'' && text_[end] != '\n' && text_[end] != '\0') ++end;
  if (end < text_.size() && text_[end] == '\0') return fail(end, "NUL byte in the line");
  if (end >= text_.size() || text_[end] == '\n') return fail(start, "unclosed quote '");
  word.pieces.push_back({.kind = Piece::Kind::text, .quoted = true, .braced = false, .text = std::string(text_.substr(at_, end - at_))});
  at_ = end + 1;
}

void Parser::double_quoted(Word& word) {
  const std::size_t start = at_++;
  // An own piece even when empty: "" is an argument.
  word.pieces.push_back({.kind = Piece::Kind::text, .quoted = true, .braced = false, .text = {}});
  for (;;) {
    const char c = peek();
    if (c == '\n') return fail(start, "unclosed quote \"");
    if (c == '\0') return fail(at_, "NUL byte in the line");
    if (c == '"') break;
    if (c == '$') {
      variable(word, true);
      continue;
    }
    const char next = peek_behind(1);
    const bool escape = c == '\\' && (next == '\\' || next == '"' || next == '$');
    add(word, escape ? next : c, true);
    at_ += escape ? 2 : 1;
  }
  ++at_;
}

void Parser::variable(Word& word, bool quoted) {
  ++at_;
  Piece piece{.kind = Piece::Kind::variable, .quoted = quoted, .braced = false, .text = {}};
  const char c = peek();
  if (is_name_start(c)) {
    while (is_name_char(peek())) piece.text.push_back(text_[at_++]);
  } else if (is_digit(c) || c == '?' || c == '#' || c == '@' || c == '*') {
    piece.text = c;
    ++at_;
  } else if (c == '{') {
    // Without a } the rest of the line is the name; it comes back with one when nothing is known by it.
    piece.braced = true;
    ++at_;
    for (char next = peek(); next != '\n' && next != '}'; next = peek()) {
      if (next == '\0') fail(at_, "NUL byte in the line");
      piece.text.push_back(next);
      ++at_;
    }
    if (peek() == '}') ++at_;
  } else {
    add(word, '$', quoted);
    return;
  }
  word.pieces.push_back(std::move(piece));
}

}  // namespace

Parsed parse_line(std::string_view text, std::size_t from, std::uint32_t line) { return Parser(text, from, line).parse(); }

bool is_name(std::string_view text) {
  if (text.empty() || !is_name_start(text.front())) return false;
  for (const char c : text)
    if (!is_name_char(c)) return false;
  return true;
}

}  // namespace shell
