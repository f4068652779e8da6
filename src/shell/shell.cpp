#include "shell/shell.h"

#include "reactor/io.h"
#include "shell/interpreter.h"

namespace shell {

namespace {

class SharedSink final : public reactor::Sink {
 public:
  explicit SharedSink(std::shared_ptr<reactor::Sink> sink) : sink_(std::move(sink)) {}
  Task<Result<void>> write(std::string_view data) override { return sink_->write(data); }
  [[nodiscard]] int fd() const noexcept override { return sink_->fd(); }
  [[nodiscard]] bool interactive() const noexcept override { return sink_->interactive(); }

 private:
  std::shared_ptr<reactor::Sink> sink_;
};

Task<void> print_line(std::shared_ptr<reactor::Sink> sink, std::string line) {
  const reactor::Shield shield;  // said is said, also while everything stops
  (void)co_await sink->write(line);
}

}  // namespace

Shell::Shell(std::shared_ptr<reactor::Sink> out, std::shared_ptr<reactor::Sink> err)
    : out_(std::move(out)), err_(std::move(err)), background_(std::make_unique<reactor::JobScope>()) {}

Shell::~Shell() = default;

Task<void> Shell::close() {
  background_->request_stop();
  co_await background_->join();
}

const std::string* Shell::variable(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? nullptr : &found->second;
}

std::unique_ptr<reactor::Sink> Shell::background_sink(int fd) const {
  return std::make_unique<SharedSink>(fd == 1 ? out_ : err_);
}

void Shell::notify(std::string line) {
  line += '\n';
  background_->spawn("notice", print_line(err_, std::move(line)));
}

Task<int> Shell::run_text(std::string text, Script& script, Streams streams) {
  Interpreter interpreter(*this, script, streams);
  auto status = co_await interpreter.run(std::move(text));
  co_return status;
}

Task<int> Shell::run_file(std::string path, std::vector<std::string> arguments, const Script& caller, Streams streams) {
  if (caller.depth >= kScriptDepth) {
    streams.err.print("run: {}: scripts are nested more than {} deep\n", path, kScriptDepth);
    co_return 1;
  }
  auto text = co_await reactor::read_file(path);
  if (!text) {
    const Error& e = text.error();
    if (e.cancelled()) co_return 130;
    streams.err.print("Failed to read script file '{}': {}\n", path, reactor::errno_text(e.code));
    co_return 1;
  }
  Script script;
  script.name = path;
  script.arguments = std::move(arguments);
  script.stop_on_error = caller.stop_on_error;
  script.trace = caller.trace;
  script.depth = caller.depth + 1;
  auto status = co_await run_text(std::move(*text), script, streams);
  co_return status;
}

Task<int> Shell::run_command(std::vector<std::string> words, Script& script, Streams streams) {
  Interpreter interpreter(*this, script, streams);
  std::string text;
  for (std::size_t i = 1; i < words.size(); ++i) text += (i > 1 ? " " : "") + words[i];
  auto status = co_await interpreter.run_words(std::move(words), std::move(text), streams);
  auto flushed = co_await streams.out.finish();
  if (!flushed && status == 0 && flushed.error().code != EPIPE) {
    streams.err.print("{}\n", flushed.error().text());
    status = 1;
  }
  (void)co_await streams.err.finish();
  co_return status;
}

}  // namespace shell
