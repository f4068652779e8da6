// help: lists the commands by group, or tells all about one. All of it comes from the declarations.
// What is longer than the screen is paged. Status 0; 1 for a name that is no command.
#include <unistd.h>

#include <algorithm>

#include "shell/command.h"
#include "shell/pager.h"
#include "shell/table.h"

namespace {
using namespace shell;

struct Heading {
  Group group;
  std::string_view title;
};
constexpr Heading headings[] = {{Group::shell, "Shell"}, {Group::files, "Files and text"}, {Group::system, "System"},
                                {Group::kernel, "Kernel"}, {Group::interfaces, "Interfaces"}, {Group::packets, "Packets"}};

constexpr std::string_view notes =
    "\nLines: NAME=value, $NAME, ${NAME}, 'quotes', \"quotes\", # comment, ; && || | and & at the end for a background job,\n"
    "> >> 2> < for files. A file with the ending .run is a script: run FILE. help COMMAND tells more.\n";

constexpr std::size_t usage_room = 34;  // columns of the list's usages
constexpr std::size_t list_indent = 2 + usage_room + 3;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  do {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  } while (!text.empty());
  return lines;
}

// For a terminal of `width` columns: lines are broken between words, and what is left of a paragraph's line goes on in its next.
// Counted in bytes, so that a line with other letters ends a little early.
void fit(std::string& text, std::size_t width) {
  std::size_t indent = 0;  // of what a line is continued with
  bool continued = false;
  for (std::size_t begin = 0, end = 0; (end = text.find('\n', begin)) != std::string::npos;) {
    const bool paragraph = text[begin] != ' ';
    if (!continued)
      indent = paragraph ? 0 : text.find(" - ", begin) < end ? list_indent : text.find_first_not_of(' ', begin) - begin + 4;
    const std::size_t cut = end - begin > width ? text.rfind(' ', begin + width) : std::string::npos;
    continued = cut != std::string::npos && cut > begin + indent;
    if (!continued) {
      begin = end + 1;
      continue;
    }
    if (paragraph && text[end - 1] != '.' && end + 1 < text.size() && text[end + 1] > ' ') text[end] = ' ';
    text[cut] = '\n';
    text.insert(cut + 1, indent, ' ');
    begin = cut + 1;
  }
}

std::string with_usage(std::string_view name, std::string_view usage) {
  return std::string(name) + (usage.empty() ? "" : " ") + std::string(usage);
}

std::string with_brackets(const ArgSpec& arg) {
  return fmt::format(" {}{}{}{}", arg.optional ? "[" : "", arg.name, arg.repeated ? "…" : "", arg.optional ? "]" : "");
}

// For the list: the first form, or what the arguments alone say when that would be too long for its column.
std::string short_usage(const CommandSpec& command) {
  std::string form = with_usage(command.name, lines_of(command.usage)[0]);
  if (form.size() <= usage_room) return form;
  form = std::string(command.name) + (command.options.empty() ? "" : " [OPTION…]");
  for (const ArgSpec& arg : command.args) form += with_brackets(arg);
  return form;
}

void list(Out& out) {
  out.write("Commands:\n");
  for (const Heading& heading : headings) {
    std::string text;
    for (const CommandSpec* command : commands()) {
      if (command->group != heading.group) continue;
      text += fmt::format("  {:<{}} - {}\n", short_usage(*command), usage_room, command->help);
    }
    if (!text.empty()) out.print("\n{}:\n{}", heading.title, text);
  }
  out.write(notes);
}

void print_indented(Out& out, std::string_view title, std::string_view text) {
  out.print("\n{}:\n", title);
  for (const std::string_view line : lines_of(text)) out.print("  {}\n", line);
}

void explain(Out& out, const CommandSpec& command) {
  out.print("{} - {}\n\nUsage:\n", command.name, command.help);
  for (const std::string_view form : lines_of(command.usage)) out.print("  {}\n", with_usage(command.name, form));
  if (!command.aliases.empty()) out.print("\nAlso called: {}\n", command.aliases);
  if (!command.subs.empty()) {
    out.write("\nForms:\n");
    Table table({{"", Table::Align::left, 1}, {""}, {""}});
    for (const SubSpec& sub : command.subs) {
      std::string words(sub.words);
      for (const ArgSpec& arg : sub.args) words += with_brackets(arg);
      table.row({"", std::move(words), std::string(sub.help)});
    }
    table.print(out);
  }
  if (!command.options.empty()) {
    out.write("\nOptions:\n");
    Table table({{"", Table::Align::left, 1}, {""}, {""}});
    for (const OptSpec& option : command.options)
      table.row({"", with_usage(option.flag, option.value), std::string(option.help)});
    table.print(out);
  }
  if (!command.details.empty()) out.print("\n{}\n", command.details);
  print_indented(out, "Example", command.example);
}

Task<int> run(Context& cx) {
  std::string text;
  int status = 0;
  Out page(reactor::string_sink(text));
  if (cx.args.count() == 0) list(page);
  for (const std::string& name : cx.args.positional()) {
    const CommandSpec* command = find_command(name);
    if (command != nullptr) explain(page, *command);
    else status = cx.fail(name + ": no such command");
  }
  (void)co_await page.finish();
  if (::isatty(cx.out.fd()) == 1) fit(text, static_cast<std::size_t>(screen_size(cx).columns));
  auto printed = co_await print_paged(cx, "help", std::move(text));
  co_return printed ? status : cx.fail(printed.error());
}

constexpr ArgSpec args[] = {{.name = "COMMAND", .kind = Arg::command, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "help",
                              .group = Group::shell,
                              .usage = "[COMMAND…]",
                              .help = "list the commands, or explain one",
                              .args = args,
                              .example = "help mount",
                              .run = run};
const Command self(spec);

}  // namespace
