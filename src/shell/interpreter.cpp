#include "shell/interpreter.h"

#include "reactor/loop.h"
#include "shell/expand.h"
#include "shell/glob_files.h"
#include "shell/parser.h"
#include "shell/redirections.h"
#include "shell/timeline.h"

namespace shell {

namespace {

constexpr int kCancelled = 130;
constexpr int kNotFound = 127;
constexpr int kUsage = 2;

Values values_of(const Shell& shell, const Script& script, const std::vector<std::string>& with_name) {
  return {&const_cast<Shell&>(shell).variables(), with_name, script.status};
}

std::vector<std::string> arguments_with_name(const Script& script) {
  std::vector<std::string> all{script.name};
  all.insert(all.end(), script.arguments.begin(), script.arguments.end());
  return all;
}

// A command's words with patterns replaced by the files they match, and its argument string.
struct Words {
  std::vector<std::string> words;
  std::string text;
};

Words file_names(Fields fields) {
  Words result;
  for (std::size_t i = 0; i < fields.words.size(); ++i) {
    Field& field = fields.words[i];
    std::vector<std::string> found;
    if (!field.pattern.empty()) found = glob_files(field.pattern);
    if (found.empty()) found.push_back(std::move(field.text));
    for (std::size_t k = 0; k < found.size(); ++k) {
      // Unquoted text keeps its own spacing, as the ancestor's echo printed it.
      if (i > 1) result.text += k == 0 && fields.plain ? field.gap : " ";
      else if (i == 1 && k > 0) result.text += ' ';
      if (i > 0) result.text += found[k];
      result.words.push_back(std::move(found[k]));
    }
  }
  return result;
}

// What a background line needs to outlive the script that started it.
struct Background {
  Script script;
  In in{reactor::empty_source()};
  Out out, err;
  ast::Line line;
  Background(const Script& from, const Shell& shell, ast::Chain chain)
      : script(from), out(shell.background_sink(1)), err(shell.background_sink(2)) {
    chain.background = false;
    line.chains.push_back(std::move(chain));
  }
};

}  // namespace

std::string Interpreter::position() const {
  if (script_.name.empty()) return {};
  return script_.name + ":" + std::to_string(script_.line) + ": ";
}

Task<int> Interpreter::run(std::string text) {
  std::size_t at = 0;
  std::uint32_t number = 1;
  while (at < text.size() && !script_.ended) {
    if (reactor::must_stop()) {
      script_.status = kCancelled;
      break;
    }
    Parsed parsed = parse_line(text, at, number);
    script_.line = static_cast<int>(number);
    at = parsed.next;
    number = parsed.next_line;
    if (!parsed.line) {
      const ParseError& e = parsed.line.error();
      const std::string name = script_.name.empty() ? "line" : script_.name;
      streams_.err.print("{}:{}:{}: {}\n", name, e.line, e.column, e.message);
      script_.status = kUsage;
      if (script_.stop_on_error) script_.ended = kUsage;
    } else {
      co_await run_line(std::move(*parsed.line));
    }
    (void)co_await streams_.out.flush();
    (void)co_await streams_.err.flush();
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  co_return script_.ended.value_or(script_.status);
}

Task<void> Interpreter::run_line(ast::Line line) {
  for (ast::Chain& chain : line.chains) {
    if (script_.ended) co_return;
    if (chain.background) {
      start_background(std::move(chain));
      script_.status = 0;
      continue;
    }
    auto status = co_await run_chain(chain);
    script_.status = status;
    if (reactor::must_stop()) {
      script_.status = kCancelled;
      script_.ended = kCancelled;
    }
  }
}

Task<int> Interpreter::run_chain(const ast::Chain& chain) {
  using Run = ast::Pipeline::Run;
  int status = 0;
  for (std::size_t i = 0; i < chain.pipelines.size() && !script_.ended && !reactor::must_stop(); ++i) {
    const ast::Pipeline& pipeline = chain.pipelines[i];
    if ((pipeline.run == Run::if_success && status != 0) || (pipeline.run == Run::if_failure && status == 0)) continue;
    auto result = co_await run_pipeline(pipeline);
    status = result;
    script_.status = status;
    // As in sh: a command whose failure is asked about (by && or || behind it) ends nothing.
    if (status != 0 && script_.stop_on_error && i + 1 == chain.pipelines.size() && !script_.ended) script_.ended = status;
  }
  co_return status;
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
  const std::vector<std::string> with_name = arguments_with_name(script_);
  const Values values = values_of(shell_, script_, with_name);
  if (!command.assigned.empty()) {
    std::string value = expand_text(command.value, values);
    if (script_.trace) streams.err.print("+ {}={}\n", command.assigned, quoted(value));
    shell_.set_variable(command.assigned, std::move(value));
    co_return 0;
  }
  Words words = file_names(expand_words(command, values));
  if (script_.trace && !words.words.empty()) {
    streams.err.write("+");
    for (const std::string& word : words.words) streams.err.print(" {}", quoted(word));
    streams.err.write("\n");
  }
  Redirected redirected(streams);
  auto opened = co_await redirected.open(command.redirections, values);
  if (!opened) {
    if (opened.error().cancelled()) co_return kCancelled;
    streams.err.print("{}{}\n", position(), opened.error().text());
    co_return 1;
  }
  int status = 0;
  if (!words.words.empty()) {
    const std::string name = words.words[0];
    const auto begin = reactor::monotonic_now();
    status = co_await run_words(std::move(words.words), std::move(words.text), redirected.streams());
    const auto length = reactor::monotonic_now() - begin;
    if (length >= Timeline::kWorthNoting) shell_.service<Timeline>().add(name, script_.depth, begin, length);
    auto finished = co_await redirected.finish();
    if (!finished) {
      streams.err.print("{}{}: {}\n", position(), name, finished.error().text());
      if (status == 0) status = 1;
    }
  }
  co_return status;
}

Task<int> Interpreter::run_words(std::vector<std::string> words, std::string text, Streams streams) {
  const std::string name = words[0];
  const CommandSpec* spec = find_command(name);
  if (spec == nullptr) {
    streams.err.print("{}Unknown command: {}\nType 'help' for the list of commands.\n", position(), name);
    co_return kNotFound;
  }
  words.erase(words.begin());
  auto args = Args::parse(*spec, std::move(words), std::move(text));
  Context cx(*spec, args ? std::move(*args) : Args(), streams.in, streams.out, streams.err, shell_, script_);
  if (!args) co_return cx.bad_usage(args.error());
  std::string failure;
  try {
    auto status = co_await spec->run(cx);
    co_return status;
  } catch (const std::exception& e) {
    failure = e.what();  // bad_alloc, or a library's
  }
  co_return cx.fail(failure);
}

void Interpreter::start_background(ast::Chain chain) {
  const auto run = [](Shell* shell, std::unique_ptr<Background> state) -> Task<int> {
    Interpreter interpreter(*shell, state->script, Streams{state->in, state->out, state->err});
    co_await interpreter.run_line(std::move(state->line));
    const reactor::Shield shield;
    (void)co_await state->out.finish();
    (void)co_await state->err.finish();
    co_return state->script.ended.value_or(state->script.status);
  };
  std::string text = chain.text;
  auto state = std::make_unique<Background>(script_, shell_, std::move(chain));
  auto job = shell_.background().spawn(text, run(&shell_, std::move(state)));
  const JobTable::Entry& entry = shell_.jobs().add(text, std::move(job));
  streams_.err.print("[{}] {}\n", entry.number, text);
}

}  // namespace shell
