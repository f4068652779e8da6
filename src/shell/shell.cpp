#include "shell/shell.h"

#include "reactor/io.h"
#include "shell/interpreter.h"
#include "shell/printable.h"
#include "shell/utf8.h"

namespace shell {

class Shell::BackgroundSink final : public reactor::Sink {
 public:
  BackgroundSink(const Shell& shell, std::shared_ptr<reactor::Sink> sink) : shell_(shell), sink_(std::move(sink)) {}
  Task<Result<void>> write(std::string_view data) override {
    return shell_.print_above ? shell_.print_above(std::string(data)) : sink_->write(data);
  }
  [[nodiscard]] int fd() const noexcept override { return sink_->fd(); }
  [[nodiscard]] bool interactive() const noexcept override { return sink_->interactive(); }

 private:
  const Shell& shell_;
  std::shared_ptr<reactor::Sink> sink_;
};

namespace {

// That wait for a slow terminal at most; what comes on top is counted.
constexpr std::size_t kNotices = 1000;

// True for a program or other data given as a script: NUL bytes next to other bytes that no text has.
bool is_binary(std::string_view text) {
  text = text.substr(0, 4096);
  if (text.find('\0') == std::string_view::npos) return false;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8 c = utf8_at(text, at);
    const bool cut = text.size() - at < 4;  // perhaps a character that goes on behind the sample
    if ((!c.valid && !cut) || (c.code != 0 && c.code < 7) || (c.code > 13 && c.code < 27) || c.code == 0x7f) return true;
    at += c.length;
  }
  return false;
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
  return std::make_unique<BackgroundSink>(*this, fd == 1 ? out_ : err_);
}

void Shell::notify(std::string line) {
  if (notices_ >= kNotices) {
    ++left_out_;
    return;
  }
  line += '\n';
  if (left_out_ != 0) line.insert(0, fmt::format("({} lines left out)\n", std::exchange(left_out_, 0)));
  ++notices_;
  background_->spawn("notice", print_notice(std::move(line)));
}

Task<void> Shell::print_notice(std::string line) {
  const reactor::Shield shield;  // said is said, also while everything stops
  const auto sink = background_sink(2);
  (void)co_await sink->write(line);
  if (--notices_ != 0 || left_out_ == 0) co_return;
  // Perhaps no other follows that could say it.
  line = fmt::format("({} lines left out)\n", std::exchange(left_out_, 0));
  (void)co_await sink->write(line);
}

Task<int> Shell::run_text(std::string text, Script& script, Streams streams) {
  Interpreter interpreter(*this, script, streams);
  auto status = co_await interpreter.run(std::move(text));
  co_return status;
}

Task<int> Shell::run_file(std::string path, std::vector<std::string> arguments, Script& caller, Streams streams,
                           std::optional<std::string> content) {
  if (caller.depth >= kScriptDepth) {
    // One that runs itself twice would take for ever to come to an end by itself.
    streams.err.print("run: {}: scripts run each other more than {} deep; all of them end here\n", printable(path), kScriptDepth);
    caller.too_deep = true;
    caller.ended = 1;
    co_return 1;
  }
  if (!content) {
    auto text = co_await reactor::read_file(path);
    if (!text) {
      const Error& e = text.error();
      if (e.cancelled()) co_return 130;
      streams.err.print("Failed to read script file '{}': {}\n", printable(path), reactor::errno_text(e.code));
      co_return 1;
    }
    content = std::move(*text);
  }
  if (is_binary(*content)) {
    streams.err.print("{}: not a script: it holds binary data\n", printable(path));
    co_return 2;
  }
  Script script;
  script.name = path;
  script.arguments = std::move(arguments);
  script.stop_on_error = caller.stop_on_error;
  script.trace = caller.trace;
  script.depth = caller.depth + 1;
  auto status = co_await run_text(std::move(*content), script, streams);
  if (script.too_deep && !caller.is_prompt()) {
    caller.too_deep = true;
    caller.ended = status;
  }
  co_return status;
}

Task<int> Shell::run_command(std::vector<std::string> words, Script& script, Streams streams) {
  Interpreter interpreter(*this, script, streams);
  if (words.empty()) co_return 0;
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
