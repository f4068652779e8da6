// echo: prints its argument string with a newline. Redirected to a control file it reaches it in one write.
// Status 0. Unquoted text keeps its spacing.
#include "shell/command.h"

namespace {
using namespace shell;

// Escapes of `echo -e`; false when \c ended the text.
bool print_escaped(Out& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.write(text.substr(i, 1));
      continue;
    }
    const char kind = text[++i];
    const auto number = [&](unsigned base, std::size_t most) {
      unsigned value = 0;
      for (std::size_t digits = 0; digits < most && i + 1 < text.size(); ++digits) {
        const char c = text[i + 1];
        const unsigned digit = c >= '0' && c <= '9'                 ? unsigned(c - '0')
                               : (c | 32) >= 'a' && (c | 32) <= 'f' ? unsigned((c | 32) - 'a') + 10
                                                                    : 99;
        if (digit >= base) break;
        value = value * base + digit;
        ++i;
      }
      const char byte = static_cast<char>(value);
      out.write({&byte, 1});
    };
    constexpr std::string_view letters = "abefnrtv\\", bytes = "\a\b\033\f\n\r\t\v\\";
    const std::size_t at = letters.find(kind);
    if (kind == 'c') return false;
    if (at != std::string_view::npos) out.write(bytes.substr(at, 1));
    else if (kind == '0') number(8, 3);
    else if (kind == 'x') number(16, 2);
    else out.write(text.substr(i - 1, 2));
  }
  return true;
}

Task<int> run(Context& cx) {
  std::string_view text = cx.args.text();
  bool newline = true, escapes = false;
  // As in sh, a word is an option only when all of it is: `echo -n-e` prints itself.
  for (const std::string& word : cx.args.words()) {
    if (word.size() < 2 || word[0] != '-' || word.find_first_not_of("neE", 1) != std::string::npos) break;
    for (const char c : word.substr(1)) {
      if (c == 'n') newline = false;
      else escapes = c == 'e';
    }
    text.remove_prefix(std::min(word.size(), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  }
  if (!escapes) cx.out.write(text);
  else if (!print_escaped(cx.out, text)) newline = false;
  if (newline) cx.out.write("\n");
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-n", .help = "no newline at the end"},
                               {.flag = "-e", .help = "understand \\n, \\t, \\xNN, \\0NNN and the like"},
                               {.flag = "-E", .help = "do not (the default)"}};
constexpr ArgSpec args[] = {{.name = "TEXT", .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "echo", .group = Group::shell, .usage = "[-n] [-e] [-E] [TEXT…]", .help = "print text",
                              .options = options, .args = args,
                              .details = "Redirected to a file, text and newline reach it in one write, as control files want it.",
                              .example = "echo 1 > /proc/sys/net/ipv4/ip_forward", .raw = true, .any_word = true, .run = run};
const Command self(spec);

}  // namespace
