// test, [: compares strings and integers, looks at files. Status 0 true, 1 false, 2 for what is no expression.
// Grammar of test(1): ! ( ) -a -o, and with up to four words what POSIX says of their number.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "shell/command.h"

namespace {
using namespace shell;

using Words = std::span<const std::string>;
using Truth = Result<bool>;

constexpr std::string_view unary[] = {"-b", "-c", "-d", "-e", "-f", "-g", "-h", "-k", "-L", "-n", "-p",
                                      "-r", "-S", "-s", "-t", "-u", "-w", "-x", "-z", "-O", "-G"};
constexpr std::string_view binary[] = {"=", "==", "!=", "<", ">", "-eq", "-ne", "-gt", "-ge", "-lt", "-le", "-nt", "-ot", "-ef"};

template <std::size_t N>
bool one_of(const std::string_view (&list)[N], std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

Truth wrong(std::string_view what) { return reactor::failed({}, {}, what); }

Truth test_unary(const std::string& op, const std::string& operand) {
  const char kind = op[1];
  if (kind == 'n') return !operand.empty();
  if (kind == 'z') return operand.empty();
  if (kind == 't') {
    TRY(fd, parse_number(operand, operand, 0, INT32_MAX));
    return ::isatty(static_cast<int>(fd)) == 1;
  }
  if (kind == 'r' || kind == 'w' || kind == 'x')
    return ::access(operand.c_str(), kind == 'r' ? R_OK : kind == 'w' ? W_OK : X_OK) == 0;
  struct stat s {};
  const bool link = kind == 'h' || kind == 'L';
  if ((link ? ::lstat(operand.c_str(), &s) : ::stat(operand.c_str(), &s)) < 0) return false;
  switch (kind) {
    case 'b': return S_ISBLK(s.st_mode);
    case 'c': return S_ISCHR(s.st_mode);
    case 'd': return S_ISDIR(s.st_mode);
    case 'f': return S_ISREG(s.st_mode);
    case 'p': return S_ISFIFO(s.st_mode);
    case 'S': return S_ISSOCK(s.st_mode);
    case 'h': case 'L': return S_ISLNK(s.st_mode);
    case 's': return s.st_size > 0;
    case 'g': return (s.st_mode & S_ISGID) != 0;
    case 'u': return (s.st_mode & S_ISUID) != 0;
    case 'k': return (s.st_mode & S_ISVTX) != 0;
    case 'O': return s.st_uid == ::geteuid();
    case 'G': return s.st_gid == ::getegid();
    default: return true;  // -e
  }
}

Result<std::int64_t> integer(const std::string& text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t end = text.find_last_not_of(" \t") + 1;
  std::string digits = text.substr(begin, end - std::min(begin, end));
  if (digits.starts_with('+')) digits.erase(0, 1);
  auto value = parse_number(digits, digits);
  if (!value || digits.starts_with("0x") || digits.starts_with("-0x"))
    return reactor::failed({}, {}, "'" + text + "' is not an integer");
  return value;
}

Truth test_binary(const std::string& left, const std::string& op, const std::string& right) {
  if (op == "=" || op == "==") return left == right;
  if (op == "!=") return left != right;
  if (op == "<") return left < right;
  if (op == ">") return left > right;
  if (op == "-nt" || op == "-ot" || op == "-ef") {
    struct stat a {}, b {};
    const bool has_a = ::stat(left.c_str(), &a) == 0, has_b = ::stat(right.c_str(), &b) == 0;
    if (op == "-ef") return has_a && has_b && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
    const auto newer = [](const struct stat& s, const struct stat& t) {
      return s.st_mtim.tv_sec != t.st_mtim.tv_sec ? s.st_mtim.tv_sec > t.st_mtim.tv_sec : s.st_mtim.tv_nsec > t.st_mtim.tv_nsec;
    };
    if (op == "-nt") return has_a && (!has_b || newer(a, b));
    return has_b && (!has_a || newer(b, a));
  }
  TRY(a, integer(left));
  TRY(b, integer(right));
  if (op == "-eq") return a == b;
  if (op == "-ne") return a != b;
  if (op == "-gt") return a > b;
  if (op == "-ge") return a >= b;
  if (op == "-lt") return a < b;
  return a <= b;
}

// More than four words: or := and [-o or], and := not [-a and], not := ! not | primary.
class Expression {
 public:
  explicit Expression(Words words) : words_(words) {}
  Truth whole() {
    TRY(value, either());
    if (at_ < words_.size()) return wrong("'" + words_[at_] + "' is not expected here");
    return value;
  }

 private:
  // Deep brackets or 1,000 times ! must not use up the stack.
  static constexpr std::size_t kDepth = 200;

  [[nodiscard]] bool is(std::size_t ahead, std::string_view word) const {
    return at_ + ahead < words_.size() && words_[at_ + ahead] == word;
  }
  [[nodiscard]] bool has(std::size_t ahead) const { return at_ + ahead < words_.size(); }

  Truth either() {
    TRY(first, both());
    bool value = first;
    while (is(0, "-o")) {
      ++at_;
      TRY(next, both());
      value = value || next;
    }
    return value;
  }
  Truth both() {
    TRY(first, negated());
    bool value = first;
    while (is(0, "-a")) {
      ++at_;
      TRY(next, negated());
      value = value && next;
    }
    return value;
  }
  Truth negated() {
    bool value_if_true = true;
    while (is(0, "!") && has(1) && !(has(2) && one_of(binary, words_[at_ + 1]))) {
      ++at_;
      value_if_true = !value_if_true;
    }
    TRY(value, primary());
    return value == value_if_true;
  }
  Truth primary() {
    if (!has(0)) return wrong("an argument is missing");
    if (has(2) && one_of(binary, words_[at_ + 1])) {
      at_ += 3;
      return test_binary(words_[at_ - 3], words_[at_ - 2], words_[at_ - 1]);
    }
    if (is(0, "(")) {
      if (++depth_ > kDepth) return wrong("brackets are nested too deep");
      ++at_;
      TRY(value, either());
      if (!is(0, ")")) return wrong("')' is missing");
      ++at_;
      --depth_;
      return value;
    }
    if (one_of(unary, words_[at_]) && has(1)) {
      at_ += 2;
      return test_unary(words_[at_ - 2], words_[at_ - 1]);
    }
    return !words_[at_++].empty();
  }

  Words words_;
  std::size_t at_ = 0, depth_ = 0;
};

Truth evaluate(Words w) {
  switch (w.size()) {
    case 0: return false;
    case 1: return !w[0].empty();
    case 2:
      if (w[0] == "!") return w[1].empty();
      if (one_of(unary, w[0])) return test_unary(w[0], w[1]);
      return wrong("'" + w[0] + "' is no test of one argument");
    case 3:
      if (one_of(binary, w[1])) return test_binary(w[0], w[1], w[2]);
      if (w[1] == "-a") return !w[0].empty() && !w[2].empty();
      if (w[1] == "-o") return !w[0].empty() || !w[2].empty();
      if (w[0] == "!") return evaluate(w.subspan(1)).map([](bool value) { return !value; });
      if (w[0] == "(" && w[2] == ")") return !w[1].empty();
      return wrong("'" + w[1] + "' is no comparison");
    case 4:
      if (w[0] == "!") return evaluate(w.subspan(1)).map([](bool value) { return !value; });
      if (w[0] == "(" && w[3] == ")") return evaluate(w.subspan(1, 2));
      [[fallthrough]];
    default: return Expression(w).whole();
  }
}

int conclude(Context& cx, Words words) {
  const Truth truth = evaluate(words);
  if (truth) return *truth ? 0 : 1;
  cx.err.print("{}: {}\n", cx.spec.name, truth.error().text());
  return 2;
}

Task<int> run(Context& cx) { co_return conclude(cx, cx.args.words()); }

Task<int> run_bracket(Context& cx) {
  const auto words = cx.args.words();
  if (words.empty() || words.back() != "]") {
    cx.err.write("[: the closing ] is missing\n");
    co_return 2;
  }
  co_return conclude(cx, words.first(words.size() - 1));
}

constexpr std::string_view details =
    "Files: -e exists, -f file, -d directory, -L or -h link, -s not empty, -r -w -x may be read, written, run,\n"
    "  -b -c -p -S block, character device, FIFO, socket, -u -g -k set bits, -O -G ours, A -nt B newer, -ot older, -ef same.\n"
    "Strings: -n S not empty, -z S empty, A = B, A != B, A < B, A > B (quoted). Terminal: -t FD.\n"
    "Integers: A -eq B, -ne, -lt, -le, -gt, -ge. Together: ! E, E -a E, E -o E, ( E ).";
constexpr ArgSpec args[] = {{.name = "EXPRESSION", .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "test",
                              .group = Group::shell,
                              .usage = "EXPRESSION",
                              .help = "compare strings and integers, look at files",
                              .args = args,
                              .details = details,
                              .example = "test -d /sys/module/nat46 || echo not loaded",
                              .raw = true,
                              .any_word = true,
                              .run = run};
constexpr CommandSpec bracket = {.name = "[",
                                 .group = Group::shell,
                                 .usage = "EXPRESSION ]",
                                 .help = "the same as test, up to ]",
                                 .args = args,
                                 .details = details,
                                 .example = "[ $? -eq 0 ] && echo fine",
                                 .raw = true,
                                 .any_word = true,
                                 .run = run_bracket};
const Command self(spec), self_bracket(bracket);

}  // namespace
