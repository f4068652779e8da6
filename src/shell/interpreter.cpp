#include "shell/interpreter.h"

#include <algorithm>

#include <fmt/format.h>

#include "reactor/loop.h"
#include "shell/expand.h"
#include "shell/glob_files.h"
#include "shell/parser.h"
#include "shell/printable.h"
#include "shell/redirections.h"
#include "shell/timeline.h"

namespace shell {

namespace {

constexpr int kCancelled = 130;
constexpr int kNotFound = 127;
constexpr int kUnread = 141;  // what sh gives for a writer that SIGPIPE ended
constexpr int kUsage = 2;

// A command's words with patterns replaced by the files they match, and its argument string.
struct Words {
  std::vector<std::string> words;
  std::string text;
};

Task<Result<Words>> file_names(Fields fields) {
  Words result;
  std::vector<std::string> gaps;
  bool plain = fields.plain;
  for (Field& field : fields.words) {
    std::vector<std::string> found;
    if (!field.pattern.empty()) {
      auto matched = co_await glob_files(field.pattern);
      if (!matched) co_return tl::unexpected(matched.error());
      found = std::move(*matched);
      plain = plain && found.empty();
    }
    if (found.empty()) found.push_back(std::move(field.text));
    for (std::string& word : found) {
      result.words.push_back(std::move(word));
      gaps.push_back(field.gap);
    }
  }
  // Unquoted text keeps its own spacing, as the ancestor's echo printed it.
  for (std::size_t i = 1; i < result.words.size(); ++i) {
    if (i > 1) result.text += plain ? gaps[i] : " ";
    result.text += result.words[i];
  }
  co_return result;
}

// What a background line needs to outlive the script that started it.
struct Background {
  Script script;
  In in{reactor::empty_source()};
  Out out, err;
  ast::Chain chain;
  Background(const Script& from, const Shell& shell, ast::Chain line)
      : script(from), out(shell.background_sink(1)), err(shell.background_sink(2)), chain(std::move(line)) {}
};

}  // namespace

Values Interpreter::values() const {
  return {.variables = &shell_.variables(), .name = script_.name, .arguments = script_.arguments, .status = script_.status};
}

std::string Interpreter::position() const {
  if (script_.is_prompt() || script_.line == 0) return {};
  return fmt::format("{}:{}: ", printable(script_.name), script_.line);
}

Task<int> Interpreter::run(std::string text) {
  std::size_t at = 0;
  std::uint32_t number = 1;
  while (at < text.size() && !ended()) {
    Parsed parsed = parse_line(text, at, number);
    script_.line = static_cast<int>(number);
    at = parsed.next;
    number = parsed.next_line;
    if (parsed.line) {
      co_await run_line(std::move(*parsed.line));
    } else {
      const ParseError& e = parsed.line.error();
      const std::string place = script_.is_prompt() ? fmt::format("column {}", e.column) : fmt::format("{}:{}:{}", printable(script_.name), e.line, e.column);
      streams_.err.print("{}: {}\n", place, e.message);
      (void)co_await streams_.err.flush();
      script_.status = kUsage;
      if (script_.stop_on_error && !script_.is_prompt()) script_.ended = kUsage;
    }
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  script_.status = script_.ended.value_or(reactor::must_stop() ? kCancelled : script_.status);
  co_return script_.status;
}

Task<void> Interpreter::run_line(ast::Line line) {
  for (ast::Chain& chain : line.chains) {
    if (ended()) co_return;
    if (chain.background) {
      start_background(std::move(chain));
      script_.status = 0;
    } else {
      co_await run_chain(chain);
    }
  }
}

Task<void> Interpreter::run_chain(const ast::Chain& chain) {
  using Run = ast::Pipeline::Run;
  for (const ast::Pipeline& pipeline : chain.pipelines) {
    if ((pipeline.run == Run::if_success && script_.status != 0) || (pipeline.run == Run::if_failure && script_.status == 0)) continue;
    auto status = co_await run_pipeline(pipeline);
    script_.status = status;
    if (ended()) co_return;
    // As in sh: a command whose failure is asked about (by && or || behind it) ends nothing. Nor does one at the prompt, where
    // set -e would only throw the person out.
    const bool last = &pipeline == &chain.pipelines.back();
    if (status == 0 || !last || !script_.stop_on_error || script_.is_prompt()) continue;
    script_.ended = status;
    streams_.err.print("{}status {} ends the script (set -e)\n", position(), status);
    (void)co_await streams_.err.flush();
  }
}

Task<int> Interpreter::run_pipeline(const ast::Pipeline& pipeline) {
  if (pipeline.commands.size() == 1) {
    auto status = co_await run_simple(pipeline.commands[0], streams_);
    co_return status;
  }
  // Each command in a job of its own; a pipe's ends go with the command that has them, so that its neighbour sees the end.
  struct Stage {
    std::unique_ptr<In> in;
    std::unique_ptr<Out> out;
  };
  std::vector<Stage> stages(pipeline.commands.size());
  for (std::size_t i = 0; i + 1 < stages.size(); ++i) {
    reactor::StreamPipe pipe = reactor::make_stream_pipe();
    stages[i].out = std::make_unique<Out>(std::move(pipe.sink));
    stages[i + 1].in = std::make_unique<In>(std::move(pipe.source));
  }
  const auto run_stage = [](Interpreter* self, const ast::Simple* command, Stage* stage) -> Task<int> {
    In& in = stage->in ? *stage->in : self->streams_.in;
    Out& out = stage->out ? *stage->out : self->streams_.out;
    auto status = co_await self->run_simple(*command, Streams{in, out, self->streams_.err});
    if (stage->out) (void)co_await stage->out->finish();
    stage->in.reset();
    stage->out.reset();
    co_return status;
  };
  reactor::JobScope scope;
  std::shared_ptr<reactor::Job> last;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto& words = pipeline.commands[i].words;
    std::string name = words.empty() || words[0].pieces.empty() ? "pipe" : words[0].pieces[0].text;
    last = scope.spawn(std::move(name), run_stage(this, &pipeline.commands[i], &stages[i]));
  }
  co_await scope.join();
  co_return last->status();
}

Task<int> Interpreter::run_simple(const ast::Simple& command, Streams streams) {
  script_.line = static_cast<int>(command.line);
  if (!command.assigned.empty()) {
    std::string value = expand_text(command.value, values());
    if (script_.trace) streams.err.print("+ {}={}\n", command.assigned, printable(quoted(value), value.size() + 2));
    shell_.set_variable(command.assigned, std::move(value));
    co_return 0;
  }
  auto words = co_await file_names(expand_words(command, values()));
  int status = 1;
  if (words) {
    if (script_.trace && !words->words.empty()) {
      streams.err.write("+");
      for (const std::string& word : words->words) streams.err.print(" {}", printable(quoted(word), word.size() + 2));
      streams.err.write("\n");
      (void)co_await streams.err.flush();  // before what the command prints, and while it runs
    }
    status = co_await run_redirected(command, std::move(words->words), std::move(words->text), streams);
  } else if (!words.error().cancelled()) {
    streams.err.print("{}{}\n", position(), words.error().text());
  }
  (void)co_await streams.err.flush();  // no other place is left to say that this failed
  co_return reactor::must_stop() ? kCancelled : status;
}

Task<int> Interpreter::run_redirected(const ast::Simple& command, std::vector<std::string> words, std::string text, Streams streams) {
  Redirected redirected(streams);
  auto opened = co_await redirected.open(command.redirections, values());
  if (!opened) {
    if (!opened.error().cancelled()) streams.err.print("{}{}\n", position(), opened.error().text());
    co_return 1;
  }
  int status = 0;
  const std::string name = words.empty() ? std::string("redirection") : printable(words[0]);
  if (!words.empty()) {
    const auto begin = reactor::monotonic_now();
    status = co_await run_words(std::move(words), std::move(text), redirected.streams());
    const auto length = reactor::monotonic_now() - begin;
    if (length >= Timeline::kWorthNoting) shell_.service<Timeline>().add(name, script_.depth, begin, length);
  }
  // A command that has seen its output fail has said so itself.
  const bool told = status != 0 && (redirected.broken() || streams.out.broken());
  auto finished = co_await redirected.finish();
  if (finished) finished = co_await streams.out.flush();
  if (finished || finished.error().cancelled() || told) co_return status;
  const bool unread = finished.error().code == EPIPE;
  if (!unread) streams.err.print("{}{}: {}\n", position(), name, finished.error().text());
  if (status == 0) status = unread ? kUnread : 1;
  co_return status;
}

Task<int> Interpreter::run_words(std::vector<std::string> words, std::string text, Streams streams) {
  const std::string name = words[0];
  const CommandSpec* spec = find_command(name);
  if (spec == nullptr) {
    streams.err.print("{}Unknown command: {}\n", position(), printable(name));
    if (script_.is_prompt()) streams.err.write("Type 'help' for the list of commands.\n");
    co_return kNotFound;
  }
  words.erase(words.begin());
  // As people try it first.
  if (words.size() == 1 && !spec->any_word && (words[0] == "--help" || (words[0] == "-h" && find_option(*spec, "-h") == nullptr))) {
    words[0] = name;
    spec = find_command("help");
  }
  auto args = Args::parse(*spec, std::move(words), std::move(text));
  Context cx(*spec, args ? std::move(*args) : Args(), streams.in, streams.out, streams.err, shell_, script_);
  if (!args) co_return cx.bad_usage(args.error());
  std::string failure;
  try {
    auto status = co_await spec->run(cx);
    co_return status;
  } catch (const std::exception& e) {
    failure = fmt::format("internal error: {}", e.what());  // bad_alloc, or a library's
  }
  co_return cx.fail(failure);
}

void Interpreter::start_background(ast::Chain chain) {
  const auto run = [](Shell* shell, std::unique_ptr<Background> state, std::shared_ptr<int> number) -> Task<int> {
    Interpreter interpreter(*shell, state->script, Streams{state->in, state->out, state->err});
    const std::string text = printable(state->chain.text);
    co_await interpreter.run_chain(state->chain);
    const int status = state->script.ended.value_or(reactor::must_stop() ? kCancelled : state->script.status);
    const reactor::Shield shield;
    (void)co_await state->out.finish();
    (void)co_await state->err.finish();
    if (shell->print_above && state->script.is_prompt()) {
      shell->notify(status == 0 ? fmt::format("[{}] done: {}", *number, text) : fmt::format("[{}] ended with status {}: {}", *number, status, text));
      shell->jobs().remove(*number);
    }
    co_return status;
  };
  std::string text = printable(chain.text);
  auto number = std::make_shared<int>(0);
  auto state = std::make_unique<Background>(script_, shell_, std::move(chain));
  auto job = shell_.background().spawn(text, run(&shell_, std::move(state), number));
  *number = shell_.jobs().add(text, std::move(job)).number;
  if (script_.is_prompt()) streams_.err.print("[{}] {}\n", *number, text);
}

}  // namespace shell
