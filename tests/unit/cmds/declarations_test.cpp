// Every command of the program, whoever wrote it: what it declares is what help and completion stand on.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "cmds/runner.h"

namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// "-v", or the v of "[-46uvN]".
bool mentions_option(std::string_view usage, std::string_view flag) {
  if (usage.find(flag) != std::string_view::npos) return true;
  if (flag.size() != 2) return false;
  for (std::size_t at = 0; (at = usage.find("[-", at)) != std::string_view::npos; ++at) {
    const std::string_view cluster = usage.substr(at + 2, usage.find_first_of(" ]|", at) - at - 2);
    if (cluster.find(flag[1]) != std::string_view::npos) return true;
  }
  return false;
}

bool names_itself(const shell::CommandSpec& spec) {
  if (spec.example.find(spec.name) != std::string_view::npos) return true;
  const auto aliases = words_of(spec.aliases);
  return std::any_of(aliases.begin(), aliases.end(), [&spec](const std::string& a) { return spec.example.find(a) != std::string_view::npos; });
}

}  // namespace

TEST_CASE("no two commands share a name or an alias") {
  std::set<std::string> names;
  for (const shell::CommandSpec* spec : shell::commands()) {
    INFO(spec->name);
    CHECK(names.insert(std::string(spec->name)).second);
    for (const std::string& alias : words_of(spec->aliases)) {
      INFO(alias);
      CHECK(names.insert(alias).second);
    }
  }
}

TEST_CASE("every command has a help line in house style, an example that names it, and a coroutine") {
  for (const shell::CommandSpec* spec : shell::commands()) {
    INFO(spec->name);
    REQUIRE_FALSE(spec->help.empty());
    CHECK_FALSE(spec->help.ends_with('.'));
    CHECK(spec->help.find('\n') == std::string_view::npos);
    CHECK(names_itself(*spec));
    CHECK(spec->run != nullptr);
  }
}

TEST_CASE("every usage mentions the options, the arguments and the forms of its tables") {
  for (const shell::CommandSpec* spec : shell::commands()) {
    INFO(spec->name);
    for (const shell::OptSpec& option : spec->options) {
      INFO(option.flag);
      CHECK(mentions_option(spec->usage, option.flag));
      CHECK_FALSE(option.help.empty());
    }
    for (const shell::SubSpec& sub : spec->subs) CHECK_FALSE(sub.words.empty());
    // Where there are forms, the arguments are theirs, and the usage may name them in its own way.
    if (!spec->subs.empty()) continue;
    for (const shell::ArgSpec& arg : spec->args) {
      if (arg.name == "OPTION") continue;  // words that the command reads itself: the usage has each by its own name
      INFO(arg.name);
      CHECK(spec->usage.find(arg.name) != std::string_view::npos);
    }
  }
}

TEST_CASE("only the last argument repeats, and none that is needed follows one that is not") {
  for (const shell::CommandSpec* spec : shell::commands()) {
    INFO(spec->name);
    bool optional = false;
    for (std::size_t i = 0; i < spec->args.size(); ++i) {
      CHECK((!spec->args[i].repeated || i + 1 == spec->args.size()));
      CHECK((!optional || spec->args[i].optional));
      optional = spec->args[i].optional;
    }
  }
}

TEST_CASE("help lists every command, and tells usage, options and example of each") {
  const test::Ran list = test::run("help");
  CHECK(list.status == 0);
  for (const shell::CommandSpec* spec : shell::commands()) {
    INFO(spec->name);
    CHECK(list.out.find("  " + std::string(spec->name)) != std::string::npos);
    CHECK(list.out.find("- " + std::string(spec->help) + "\n") != std::string::npos);
    const test::Ran one = test::run("help '" + std::string(spec->name) + "'");
    CHECK(one.status == 0);
    CHECK(one.out.find("Usage:\n  " + std::string(spec->name)) != std::string::npos);
    for (const shell::OptSpec& option : spec->options) CHECK(one.out.find(option.flag) != std::string::npos);
    CHECK(one.out.find("\nExample:\n  ") != std::string::npos);
  }
  const test::Ran unknown = test::run("help nosuch");
  CHECK(unknown.status == 1);
  CHECK(unknown.err == "help: nosuch: no such command\n");
}

TEST_CASE("every command answers an unknown option with its usage and status 2, or takes its words as they are") {
  for (const shell::CommandSpec* spec : shell::commands()) {
    if (spec->raw) continue;
    INFO(spec->name);
    const test::Ran ran = test::run("'" + std::string(spec->name) + "' --no-such-option");
    CHECK(ran.status == 2);
    CHECK(ran.err.find("unknown option") != std::string::npos);
    CHECK(ran.err.find("usage: " + std::string(spec->name)) != std::string::npos);
    CHECK(ran.out.empty());
  }
}
