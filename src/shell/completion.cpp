#include "shell/completion.h"

#include <sys/stat.h>
#include <net/if.h>
#include <sys/utsname.h>

#include <algorithm>
#include <map>

#include "reactor/directory.h"
#include "reactor/io.h"
#include "shell/glob_files.h"

namespace shell {
namespace {

using Names = std::vector<std::string>;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// ---- where a word's kind comes from ----

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// What a word may be: ready names, and kinds whose names have to be looked for.
struct Wanted {
  Names names;
  std::vector<Arg> kinds;
};

void want(Wanted& wanted, const ArgSpec& arg) {
  for (const std::string_view choice : split(arg.choices, '|')) wanted.names.emplace_back(choice);
  if (arg.kind != Arg::choice) wanted.kinds.push_back(arg.kind);
}

void want_argument(Wanted& wanted, std::span<const ArgSpec> args, std::size_t index) {
  if (index < args.size()) want(wanted, args[index]);
  else if (!args.empty() && args.back().repeated) want(wanted, args.back());
}

// Takes a sub-command's words from the positional ones: its next word, or one of its arguments.
void want_of_sub(Wanted& wanted, const SubSpec& sub, const Names& positional) {
  const auto words = split(sub.words, ' ');
  const std::size_t common = std::min(words.size(), positional.size());
  if (!std::equal(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(common), positional.begin())) return;
  if (positional.size() < words.size()) wanted.names.emplace_back(words[positional.size()]);
  else want_argument(wanted, sub.args, positional.size() - words.size());
}

Wanted wanted_at(const CompletionPoint& point) {
  Wanted wanted;
  if (point.file) {
    wanted.kinds = {Arg::path};
    return wanted;
  }
  if (point.words.empty()) {
    wanted.kinds = {Arg::command};
    return wanted;
  }
  const CommandSpec* spec = find_command(point.words.front());
  if (spec == nullptr) {
    wanted.kinds = {Arg::path};
    return wanted;
  }
  Names positional;
  const OptSpec* open_option = nullptr;  // the one whose value is typed
  for (std::size_t i = 1; i < point.words.size(); ++i) {
    if (open_option != nullptr) {
      open_option = nullptr;
      continue;
    }
    const OptSpec* const option = find_option(*spec, point.words[i]);
    if (option == nullptr) positional.push_back(point.words[i]);
    else if (!option->value.empty()) open_option = option;
  }
  if (open_option != nullptr) {
    wanted.kinds = {open_option->kind};
    return wanted;
  }
  if (point.word.starts_with('-'))
    for (const OptSpec& option : spec->options) wanted.names.emplace_back(option.flag);
  for (const SubSpec& sub : spec->subs) want_of_sub(wanted, sub, positional);
  if (spec->subs.empty()) want_argument(wanted, spec->args, positional.size());
  return wanted;
}

// ---- names ----

Task<Names> command_names(Shell&) {
  Names names;
  for (const CommandSpec* spec : commands()) {
    names.emplace_back(spec->name);
    for (const std::string_view alias : split(spec->aliases, ' ')) names.emplace_back(alias);
  }
  co_return names;
}

Task<Names> variable_names(Shell& shell) {
  Names names;
  for (const auto& [name, value] : shell.variables()) names.push_back(name);
  co_return names;
}

Task<Names> job_names(Shell& shell) {
  Names names;
  for (const JobTable::Entry& entry : shell.jobs().entries()) names.push_back("%" + std::to_string(entry.number));
  co_return names;
}

Task<Names> interface_names(Shell&) {
  // Those of our network namespace; /sys may show another one's.
  Names names;
  if (struct if_nameindex* const all = ::if_nameindex()) {
    for (const struct if_nameindex* at = all; at->if_index != 0; ++at) names.emplace_back(at->if_name);
    ::if_freenameindex(all);
  }
  co_return names;
}

// Loaded ones, those of modules.dep, and the files in the root of an initrd.
Task<Names> module_names(Shell&) {
  Names names;
  const auto take_file = [&names](std::string_view path) {
    path.remove_prefix(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
    if (const std::size_t end = path.find(".ko"); end != std::string_view::npos) names.emplace_back(path.substr(0, end));
  };
  auto loaded = co_await reactor::read_file("/proc/modules");
  for (const std::string_view line : split(loaded.value_or(std::string()), '\n')) names.emplace_back(line.substr(0, line.find(' ')));
  utsname system{};
  ::uname(&system);
  auto known = co_await reactor::read_file(std::string("/lib/modules/") + system.release + "/modules.dep");
  for (const std::string_view line : split(known.value_or(std::string()), '\n')) take_file(line.substr(0, line.find(':')));
  for (const std::string& name : reactor::directory_names("/").value_or(Names())) take_file(name);
  co_return names;
}

std::map<Arg, Completer>& completers() {
  static std::map<Arg, Completer> all = {{Arg::command, command_names}, {Arg::variable, variable_names}, {Arg::job, job_names},
                                         {Arg::iface, interface_names}, {Arg::module, module_names}};
  return all;
}

// ---- candidates ----

// As the line needs it: inside the open quote, or with a backslash before each sign that means something.
std::string in_line(std::string_view name, char quote) {
  std::string text;
  if (quote != 0) text.push_back(quote);
  for (const char c : name) {
    const bool special = quote == '\'' ? false : quote == '"' ? c == '"' || c == '\\' || c == '$' : std::string_view(" \t;&|<>'\"\\$*?[#").find(c) != std::string_view::npos;
    if (special) text.push_back('\\');
    text.push_back(c);
  }
  return text;
}

void add(Completion& completion, const CompletionPoint& point, const std::string& name, std::string shown, bool final) {
  std::string text = in_line(name, point.quote);
  if (final && point.quote != 0) text.push_back(point.quote);
  completion.candidates.push_back({.text = std::move(text), .shown = std::move(shown), .final = final});
}

std::string as_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern;
}

Task<void> add_files(Completion& completion, const CompletionPoint& point, bool only_directories) {
  auto paths = co_await glob_files(as_pattern(point.word) + "*");
  if (!paths) co_return;
  for (std::string& path : *paths) {
    struct stat info {};
    const bool directory = ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
    if (only_directories && !directory) continue;
    if (directory) path.push_back('/');
    const std::size_t slash = path.rfind('/', path.size() - 2);
    add(completion, point, path, path.substr(slash == std::string::npos ? 0 : slash + 1), !directory);
  }
}

}  // namespace

CompletionPoint completion_point(std::string_view text) {
  CompletionPoint point;
  bool in_word = false;
  bool assigned = false;  // NAME=value takes the rest of the line
  const auto begin_word = [&](std::size_t at) {
    if (!in_word) point.from = at;
    in_word = true;
  };
  const auto end_word = [&] {
    if (in_word && !point.file) point.words.push_back(point.word);
    if (in_word) point.file = false;
    point.word.clear();
    in_word = false;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (point.quote != 0) {
      if (c == point.quote) point.quote = 0;
      else if (c == '\\' && point.quote == '"' && at + 1 < text.size()) point.word.push_back(text[++at]);
      else point.word.push_back(c);
    } else if (c == '\'' || c == '"') {
      begin_word(at);
      point.quote = c;
    } else if (c == '\\' && at + 1 < text.size()) {
      begin_word(at);
      point.word.push_back(text[++at]);
    } else if (is_blank(c) && !assigned) {
      end_word();
    } else if (c == ';' || (!assigned && (c == '&' || c == '|'))) {
      end_word();
      point.words.clear();
      assigned = point.file = false;
    } else if ((c == '<' || c == '>') && !assigned) {
      if (point.word == "1" || point.word == "2") point.word.clear(), in_word = false;
      end_word();
      point.file = true;
    } else {
      begin_word(at);
      if (c == '=' && point.words.empty()) assigned = true;
      point.word.push_back(c);
    }
  }
  if (!in_word) point.from = text.size();
  return point;
}

void set_completer(Arg kind, Completer completer) { completers()[kind] = completer; }

Task<Completion> find_completion(Shell& shell, std::string text) {
  CompletionPoint point = completion_point(text);
  Completion completion{.from = point.from};
  // A quote in the middle of a word (a"b) cannot be written anew from its beginning.
  if (point.quote != 0 && text[point.from] != point.quote) co_return completion;
  Wanted wanted = wanted_at(point);
  if (point.word.starts_with('$') && point.quote == 0) {
    Names names = co_await variable_names(shell);
    for (const std::string& name : names)
      if (name.starts_with(std::string_view(point.word).substr(1))) completion.candidates.push_back({.text = "$" + name, .shown = name});
    co_return completion;
  }
  bool files = false, only_directories = true;
  for (const Arg kind : wanted.kinds) {
    if (const auto known = completers().find(kind); known != completers().end()) {
      Names more = co_await known->second(shell);
      wanted.names.insert(wanted.names.end(), more.begin(), more.end());
    }
    const bool any = kind == Arg::path || kind == Arg::text || (kind == Arg::module && point.word.find('/') != std::string::npos);
    files = files || any || kind == Arg::directory;
    only_directories = only_directories && !any;
  }
  std::sort(wanted.names.begin(), wanted.names.end());
  wanted.names.erase(std::unique(wanted.names.begin(), wanted.names.end()), wanted.names.end());
  for (const std::string& name : wanted.names)
    if (name.starts_with(point.word)) add(completion, point, name, name, true);
  if (files) co_await add_files(completion, point, only_directories);
  co_return completion;
}

}  // namespace shell
