#include "shell/console.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/signals.h"
#include "reactor/timeout.h"
#include "shell/completion.h"
#include "shell/parser.h"

namespace shell {
namespace {

constexpr std::string_view paste_on = "\x1b[?2004h";
constexpr std::string_view paste_off = "\x1b[?2004l";
// To the far corner and back; the terminal says how far it came.
constexpr std::string_view ask_size = "\x1b" "7\x1b[999;999H\x1b[6n\x1b" "8";

// What is kept for later while a full-screen tool has the terminal.
constexpr std::size_t most_held = 1U << 20;
// Of a line that is being printed: enough to know whether it is empty, or a question.
constexpr std::size_t most_partial = 1000;

bool needs_more(std::string_view text) {
  bool open = false;
  for (std::size_t at = 0; at < text.size();) {
    const Parsed parsed = parse_line(text, at);
    open = parsed.open;
    at = parsed.next;
  }
  return open;
}

Task<Result<int>> write_rest(int fd, std::string text) {
  auto done = co_await reactor::write_all(fd, text);
  if (!done) co_return tl::unexpected(done.error());
  co_return 0;
}

}  // namespace

// Where the foreground line and the background jobs print.
class Console::Output final : public reactor::Sink {
 public:
  explicit Output(Console& console) : console_(console) {}
  Task<Result<void>> write(std::string_view data) override { return console_.print(std::string(data)); }
  [[nodiscard]] int fd() const noexcept override {
    console_.column_unknown_ = true;  // whoever asks may write there himself
    return console_.setup_.fd;
  }

 private:
  Console& console_;
};

class Console::Input final : public reactor::Source {
 public:
  explicit Input(Console& console) : console_(console) {}
  Task<Result<std::size_t>> read(std::span<char> buffer) override { return console_.read_input(buffer); }

 private:
  Console& console_;
};

Console::Console(Shell& shell, Setup setup) : shell_(shell), setup_(std::move(setup)), output_(setup_.fd) {}

Task<int> Console::run() {
  co_await load_history();
  auto status = co_await serve(converse_until_end());
  co_return status;
}

Task<int> Console::run_tool(Task<int> tool) {
  update_size();
  auto status = co_await serve(wait_for_tool(std::move(tool)));
  co_return status;
}

// The terminal is ours as long as this runs.
Task<int> Console::serve(Task<int> conversation) {
  raw_.emplace(setup_.fd);
  shell_.set_console(this);
  shell_.print_above = [this](std::string text) { return print(std::move(text)); };
  int status = 0;
  {
    reactor::JobScope jobs;
    jobs.spawn("console output", output_.write_all());
    jobs.spawn("console keys", read_keys());
    jobs.spawn("console size", watch_size());
    status = co_await std::move(conversation);
    (void)co_await output_.drained();
    jobs.request_stop();
    co_await jobs.join();
  }
  shell_.print_above = nullptr;
  shell_.set_console(nullptr);
  const reactor::Shield shield;  // the terminal's last bytes, also when we were stopped; but a dead one is not waited for
  (void)co_await reactor::with_timeout(std::chrono::milliseconds(500), "console end", write_rest(setup_.fd, output_.close()));
  raw_.reset();
  co_return status;
}

Task<int> Console::wait_for_tool(Task<int> tool) {
  reactor::JobScope scope;
  const auto job = scope.spawn("tool", std::move(tool));
  foreground_ = job.get();
  (void)co_await job->finished();
  co_await scope.join();
  foreground_ = nullptr;
  if (!job->failure().empty()) put("console: " + job->failure() + "\n");
  co_return job->status();
}

// ---- the conversation ----

Task<int> Console::converse_until_end() {
  for (bool on = true; on;) on = co_await converse();
  if (shown_ != nullptr) shown_->leave();
  send_editor();
  put(paste_off);
  co_return script_.ended.value_or(script_.status);
}

// One prompt and what comes of it; false: it is over.
Task<bool> Console::converse() {
  begin_prompt();
  for (;;) {
    replay();
    auto waited = co_await awake_.wait();
    awake_.reset();
    if (!waited) co_return false;
    switch (std::exchange(why_, Wake::none)) {
      case Wake::none: break;
      case Wake::interrupt:
        begun_.clear();
        script_.status = 130;
        co_return true;
      case Wake::end_of_file: co_return !may_leave();
      case Wake::hang_up: co_return false;
      case Wake::complete: {
        auto completion = co_await find_completion(shell_, editor_.text().substr(0, editor_.cursor()));
        editor_.complete(completion);
        mode_ = Mode::editing;
        send_editor();
        break;
      }
      case Wake::line: {
        begun_ += editor_.text();
        if (needs_more(begun_)) {
          begun_ += '\n';
          co_return true;
        }
        std::string text = std::exchange(begun_, {});
        if (text.find_first_not_of(" \t\r\n") == std::string::npos) co_return true;
        co_await remember(text);
        co_await run_line(std::move(text));
        if (reactor::must_stop() || why_ == Wake::hang_up) co_return false;
        co_return !script_.ended || !may_leave();
      }
    }
  }
}

bool Console::may_leave() {
  if (shown_ != nullptr) shown_->leave();
  send_editor();
  shown_ = nullptr;
  if (!setup_.stays) return true;
  put("This is PID 1: the console stays. 'poweroff' ends the machine.\n");
  script_.ended.reset();
  return false;
}

void Console::begin_prompt() {
  if (on_a_begun_row()) put("\n");
  if (std::exchange(column_unknown_, false)) {
    // Blanks to the right edge go into the next row unless the cursor stands in the first column; it is there then.
    put(std::string(static_cast<std::size_t>(editor_.columns() - 1), ' ') + "\r\x1b[K");
    partial_.clear();
  }
  update_size();
  put(paste_on);
  partial_.clear();
  editor_.begin(begun_.empty() ? "> " : ".. ");
  shown_ = &editor_;
  mode_ = Mode::editing;
  send_editor();
}

Task<void> Console::run_line(std::string text) {
  put(paste_off);
  partial_.clear();
  (void)co_await output_.drained();  // a program that gets the terminal itself prints below what was typed
  In in(std::make_unique<Input>(*this));
  Out out(std::make_unique<Output>(*this)), err(std::make_unique<Output>(*this));
  {
    reactor::JobScope scope;
    const auto job = scope.spawn("line", shell_.run_text(std::move(text), script_, {in, out, err}));
    foreground_ = job.get();
    foreground_input_ = &in;
    (void)co_await job->finished();
    co_await scope.join();
    foreground_ = nullptr;
    foreground_input_ = nullptr;
    if (!job->failure().empty()) err.print("console: {}\n", job->failure());
  }
  (void)co_await out.finish();
  (void)co_await err.finish();
  input_text_.clear();
  input_end_ = false;
}

Task<void> Console::load_history() {
  const std::string* path = shell_.variable("HISTFILE");
  if (path == nullptr || path->empty()) co_return;
  auto text = co_await reactor::read_file(*path);
  if (!text) co_return;  // the first time there is none
  for (std::string_view rest = *text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    history_.add(history_decoded(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (text->size() < 256U << 10) co_return;
  std::string kept;
  for (const std::string& line : history_.lines()) kept += history_encoded(line) + "\n";
  (void)co_await reactor::write_file(*path, std::move(kept), 0600);
}

Task<void> Console::remember(std::string line) {
  if (!history_.add(line)) co_return;
  const std::string* path = shell_.variable("HISTFILE");
  if (path == nullptr || path->empty()) co_return;
  auto fd = co_await reactor::open_file(*path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const std::string encoded = history_encoded(line) + "\n";
  Result<void> done;
  if (fd) done = co_await reactor::write_all(fd->get(), encoded);
  else done = tl::unexpected(fd.error());
  if (done || done.error().cancelled()) co_return;
  put("history: " + *path + ": " + reactor::errno_text(done.error().code) + " (not kept any more)\n");
  shell_.variables().erase("HISTFILE");
}

// ---- output ----

void Console::send_editor() {
  if (shown_ != nullptr && full_screen_ == nullptr) output_.push(shown_->take_output());
}

void Console::put(std::string_view text) {
  if (full_screen_ != nullptr) {
    held_ += text;
    if (held_.size() > most_held) held_.replace(0, held_.size() - most_held / 2, "(earlier output is lost)\n");
    return;
  }
  if (shown_ == nullptr) {
    output_.push(text);
    const std::size_t newline = text.rfind('\n');
    if (newline == std::string_view::npos) partial_ += text;
    else partial_ = text.substr(newline + 1);
    if (partial_.size() > most_partial) partial_.erase(most_partial);
    return;
  }
  shown_->hide();
  send_editor();
  output_.push(text);
  if (!text.ends_with('\n')) output_.push("\n");
  shown_->show();
  send_editor();
}

Task<Result<void>> Console::print(std::string text) {
  if (!text.empty()) put(text);
  auto done = co_await output_.drained();
  co_return done;
}

void Console::set_size(int columns, int rows) {
  // A garbled answer of a serial terminal may say anything.
  constexpr int most = 999;
  columns = std::clamp(columns, 1, most);
  rows = std::clamp(rows, 1, most);
  if (columns == editor_.columns() && rows == editor_.rows()) return;
  editor_.set_size(columns, rows);
  input_.set_size(columns, rows);
  if (asks_size_) set_terminal_size(setup_.fd, {columns, rows});
  if (full_screen_ != nullptr) {
    full_screen_->keys_.push_back({.code = Key::Code::resize});
    full_screen_->arrived_.set();
  }
  send_editor();
}

void Console::update_size() {
  const auto size = terminal_size(setup_.fd);
  if (size && !asks_size_) return set_size(size->columns, size->rows);
  ++asked_;
  asks_size_ = true;  // a serial line: whoever sits there may change his window at any time, so it is asked at each prompt
  output_.push(ask_size);
}

Task<void> Console::watch_size() {
  reactor::Signals changes{SIGWINCH};
  for (;;) {
    auto signal = co_await changes.next();
    if (!signal) co_return;
    update_size();
  }
}

}  // namespace shell
