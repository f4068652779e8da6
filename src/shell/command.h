// What a command is: a declaration (name, usage, help, arguments) next to a coroutine over a Context. A command file in
// src/cmds registers itself; help, completion, usage and argument checks read the declaration and nothing else.
//
//   namespace {
//   using namespace shell;
//   Task<int> run(Context& cx) {
//     auto length = cx.args.duration(0);
//     if (!length) co_return cx.bad_usage(length.error());
//     auto slept = co_await reactor::sleep_for(*length);
//     co_return slept ? 0 : cx.fail(slept.error());
//   }
//   constexpr ArgSpec args[] = {{.name = "SECONDS", .kind = Arg::duration}};
//   constexpr CommandSpec spec = {.name = "sleep", .group = Group::shell, .usage = "SECONDS", .help = "wait",
//                                 .args = args, .example = "sleep 0.5", .run = run};
//   const Command self(spec);
//   }  // namespace
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reactor/error.h"
#include "reactor/stream.h"
#include "reactor/task.h"

namespace shell {

using reactor::Error;
using reactor::In;
using reactor::Out;
using reactor::Result;
using reactor::Task;

class Context;
class Shell;
struct Script;

/// What an argument or an option's value is: for its check and for completion.
enum class Arg : std::uint8_t {
  text, path, directory, iface, module, command, job, variable, number, duration, size, address, mac, choice,
};

enum class Group : std::uint8_t { shell, files, system, kernel, interfaces, packets };

struct ArgSpec {
  std::string_view name;  // as in the usage: "FILE"
  Arg kind = Arg::text;
  bool optional = false;
  bool repeated = false;          // only the last one
  std::string_view choices = {};  // Arg::choice: "start|stop|show"; with another kind, words that completion offers beside it
};

struct OptSpec {
  std::string_view flag;        // "-c" or "--count"
  std::string_view value = {};  // name of its value, "N"; empty: a switch
  Arg kind = Arg::text;         // of the value
  std::string_view help = {};
};

/// A sub-command's own arguments, for completion and help: `capture start IFACE FILE …`.
struct SubSpec {
  std::string_view words;  // "start", "add", "link set"
  std::span<const ArgSpec> args = {};
  std::string_view help = {};
};

struct CommandSpec {
  std::string_view name;
  std::string_view aliases = {};  // other names, separated by spaces
  Group group = Group::shell;
  std::string_view usage = {};  // what follows the name; several forms: one a line
  std::string_view help;        // one line, lower case, no full stop
  std::span<const OptSpec> options = {};
  std::span<const ArgSpec> args = {};
  std::span<const SubSpec> subs = {};
  std::string_view details = {};  // for `help NAME`: what usage and options do not say
  std::string_view example;       // one or more command lines
  bool raw = false;               // the command reads its words itself: no option is recognised, no count checked
  bool any_word = false;          // every word is text, --help too
  Task<int> (*run)(Context&) = nullptr;
};

/// Registers a command for the life of the program.
class Command {
 public:
  explicit Command(const CommandSpec& spec) noexcept : spec_(spec), before_(std::exchange(last_, this)) {}
  Command(const Command&) = delete;

 private:
  friend std::span<const CommandSpec* const> commands();
  friend const CommandSpec* find_command(std::string_view name);
  static inline constinit const Command* last_ = nullptr;  // there before any command

  const CommandSpec& spec_;
  const Command* before_;
};

/// All commands, sorted by name.
std::span<const CommandSpec* const> commands();
/// By name or alias; nullptr when there is none.
const CommandSpec* find_command(std::string_view name);
/// The command's option of that flag; nullptr when it has none.
const OptSpec* find_option(const CommandSpec& spec, std::string_view flag);

/// The words after the command's name, checked against its declaration.
class Args {
 public:
  /// Errors are sentences for bad_usage: an unknown option, a missing value, too many words.
  static Result<Args> parse(const CommandSpec& spec, std::vector<std::string> words, std::string text = {});

  /// Positional words.
  [[nodiscard]] std::size_t count() const noexcept { return positional_.size(); }
  [[nodiscard]] const std::string& operator[](std::size_t index) const { return positional_[index]; }
  [[nodiscard]] std::span<const std::string> positional() const noexcept { return positional_; }
  [[nodiscard]] std::span<const std::string> from(std::size_t index) const {
    return std::span(positional_).subspan(std::min(index, positional_.size()));
  }
  /// All words as they came, options included.
  [[nodiscard]] std::span<const std::string> words() const noexcept { return words_; }
  /// The argument string, expanded, with its own spacing (what `echo` prints).
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  [[nodiscard]] bool has(std::string_view flag) const;
  /// The last value given for an option.
  [[nodiscard]] std::optional<std::string> value(std::string_view flag) const;

  /// Typed values. Errors name the argument or the flag and what was wrong. Numbers: decimal or 0x…; durations: seconds with
  /// fractions, or with ms, us, s, m, h; sizes: bytes, or with K, M, G (1024).
  [[nodiscard]] Result<std::int64_t> number(std::size_t index, std::int64_t least = INT64_MIN, std::int64_t most = INT64_MAX) const;
  [[nodiscard]] Result<std::int64_t> number(std::string_view flag, std::int64_t otherwise, std::int64_t least = INT64_MIN,
                                            std::int64_t most = INT64_MAX) const;
  [[nodiscard]] Result<std::chrono::nanoseconds> duration(std::size_t index) const;
  [[nodiscard]] Result<std::chrono::nanoseconds> duration(std::string_view flag, std::chrono::nanoseconds otherwise) const;

 private:
  struct Given {
    std::string_view flag;
    std::string value;
  };
  std::vector<std::string> words_, positional_;
  std::vector<Given> given_;
  std::string text_;
};

/// The same conversions for words that a command reads itself; `what` names the word in the error.
Result<std::int64_t> parse_number(std::string_view text, std::string_view what, std::int64_t least = INT64_MIN,
                                  std::int64_t most = INT64_MAX);
/// Digits with a decimal point, nothing else that strtod takes.
Result<double> parse_fraction(std::string_view text, std::string_view what, double least, double most);
Result<std::chrono::nanoseconds> parse_duration(std::string_view text, std::string_view what);
Result<std::uint64_t> parse_size(std::string_view text, std::string_view what);

/// What a command sees. Everything outlives the command.
class Context {
 public:
  Context(const CommandSpec& command, Args arguments, In& input, Out& output, Out& errors, Shell& owner, Script& running)
      : spec(command), args(std::move(arguments)), in(input), out(output), err(errors), shell(owner), script(running) {}
  Context(const Context&) = delete;

  const CommandSpec& spec;
  const Args args;
  In& in;
  Out& out;
  Out& err;
  Shell& shell;    // variables, jobs, services: shell/shell.h
  Script& script;  // the script whose line this is: shell/script.h

  /// Prints `name: what: reason` on err; returns 1, or without a word 130 when the command was cancelled and 141 when nobody
  /// reads what it writes (the reader in a pipeline has ended).
  int fail(const Error& error);
  /// The same for words: `name: what`.
  int fail(std::string_view what);
  /// Prints `name: what` and the usage on err; returns 2.
  int bad_usage(std::string_view what);
  int bad_usage(const Error& error) { return bad_usage(error.text()); }
};

}  // namespace shell
