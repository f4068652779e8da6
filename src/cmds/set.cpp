// set: how the lines of this script (or console) are run: -e ends it at the first failure, -x shows each command.
// `set -- WORD…` sets $1…. Without arguments: how it stands.
#include "shell/shell.h"

namespace {
using namespace shell;

struct Switch {
  char letter;
  std::string_view name;
  bool Script::*value;
};
constexpr Switch switches[] = {{'e', "errexit", &Script::stop_on_error}, {'x', "xtrace", &Script::trace}};

const Switch* find_switch(char letter) {
  for (const Switch& s : switches)
    if (s.letter == letter) return &s;
  return nullptr;
}

const Switch* find_switch(std::string_view name) {
  for (const Switch& s : switches)
    if (s.name == name) return &s;
  return nullptr;
}

Task<int> run(Context& cx) {
  const auto words = cx.args.words();
  if (words.empty()) {
    for (const Switch& s : switches) cx.out.print("set {}{}  # {}\n", cx.script.*s.value ? '-' : '+', s.letter, s.name);
    co_return 0;
  }
  // Nothing changes unless all of it is understood.
  Script changed = cx.script;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      changed.arguments.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    const bool on = word.starts_with('-');
    if (word.size() < 2 || (!on && word[0] != '+'))
      co_return cx.bad_usage("'" + word + "' is no option (a variable is set by NAME=value)");
    if (word.substr(1) == "o") {
      const Switch* found = i + 1 < words.size() ? find_switch(std::string_view(words[i + 1])) : nullptr;
      if (found == nullptr) co_return cx.bad_usage(word + " needs errexit or xtrace");
      changed.*found->value = on;
      ++i;
      continue;
    }
    for (const char letter : std::string_view(word).substr(1)) {
      const Switch* found = find_switch(letter);
      if (found == nullptr) co_return cx.bad_usage(fmt::format("unknown option '{}{}'", word[0], letter));
      changed.*found->value = on;
    }
  }
  cx.script.stop_on_error = changed.stop_on_error;
  cx.script.trace = changed.trace;
  cx.script.arguments = std::move(changed.arguments);
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-e", .help = "end the script at the first line that fails; +e: go on"},
                               {.flag = "-x", .help = "show each command before it runs; +x: do not"},
                               {.flag = "-o", .value = "NAME", .help = "errexit is -e, xtrace is -x; +o NAME: off"}};
constexpr ArgSpec args[] = {{.name = "WORD", .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "set",
                              .group = Group::shell,
                              .usage = "[-e|+e] [-x|+x] [-o NAME|+o NAME] [-- WORD…]",
                              .help = "set how lines are run",
                              .options = options,
                              .args = args,
                              .details = "WORD… become $1, $2 and so on. Without arguments: how it stands.",
                              .example = "set -e",
                              .raw = true,
                              .run = run};
const Command self(spec);

}  // namespace
