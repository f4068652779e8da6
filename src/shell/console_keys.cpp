// The console's ear: reads the terminal and gives each key to whom it belongs.
#include "shell/console.h"

#include <algorithm>
#include <utility>

#include "reactor/io.h"
#include "reactor/loop.h"
#include "reactor/timeout.h"
#include "shell/utf8.h"

namespace shell {
namespace {

// To the far corner; the terminal says how far it came. The console's own question puts the cursor back.
constexpr std::string_view size_question = "\x1b[999;999H\x1b[6n";

// Keys typed ahead; a person does not come near.
constexpr std::size_t most_ahead = 1U << 18;

// True when text that was printed since the last newline leaves the cursor in another column than the first.
bool leaves_first_column(std::string_view text) {
  bool moved = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\x1b' && at + 1 < text.size() && text[at + 1] == '[') {
      at = std::min(text.find_first_not_of("0123456789;?", at + 2), text.size() - 1);
      if (text[at] == 'H') moved = false;  // `clear`
    } else if (text[at] == '\r') {
      moved = false;
    } else {
      moved = moved || static_cast<unsigned char>(text[at]) >= 0x20;
    }
  }
  return moved;
}

bool printable_line(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8 c = utf8_at(text, at);
    if (!c.valid || c.code < 0x20 || c.code == 0x7f) return false;
    at += c.length;
  }
  return true;
}

// xterm's F3 with Shift, Alt or Ctrl looks like an answer that nobody waits for.
Key as_function_key(const Key& key) {
  if (key.row != 1 || key.column > 8) return {.code = Key::Code::unknown};
  const int modifiers = key.column - 1;
  return {.code = Key::Code::function, .ctrl = (modifiers & 4) != 0, .alt = (modifiers & 2) != 0, .shift = (modifiers & 1) != 0, .number = 3};
}

Task<Result<std::size_t>> read_bytes(int fd, std::span<char> buffer) {
  auto n = co_await reactor::read(fd, buffer);
  co_return n;
}

}  // namespace

Task<void> Console::read_keys() {
  for (;;) {
    auto alive = co_await read_some();
    if (!alive && reactor::must_stop()) co_return;
    if (!alive) alive = co_await reopen();
    if (alive) continue;
    if (full_screen_ != nullptr) {
      full_screen_->hung_up_ = true;
      full_screen_->arrived_.set();
    }
    if (foreground_ != nullptr) foreground_->request_stop();
    wake(Wake::hang_up);
    co_return;
  }
}

// False when the terminal has nothing more to say: hung up, or we are stopped.
Task<bool> Console::read_some() {
  std::string buffer(4096, '\0');
  std::vector<Key> keys;
  const auto patience = decoder_.patience();
  Result<std::size_t> n;
  if (patience.count() == 0) n = co_await reactor::read(setup_.fd, buffer);
  else n = co_await reactor::with_timeout(patience, "console key", read_bytes(setup_.fd, buffer));
  if (!n && n.error().code == ETIMEDOUT) decoder_.timeout(keys);
  else if (!n || *n == 0) co_return false;
  else if (full_screen_ != nullptr && full_screen_->takes_bytes_) full_screen_->take(std::string_view(buffer).substr(0, *n));
  else decoder_.feed(std::string_view(buffer).substr(0, *n), keys);
  for (const Key& key : keys) take(key);
  send_editor();
  co_return true;
}

Task<bool> Console::reopen() {
  if (!setup_.reopen) co_return false;
  const int fd = co_await setup_.reopen();
  if (fd < 0) co_return false;
  setup_.fd = fd;
  output_.set_fd(fd);
  raw_.reset();
  raw_.emplace(fd);
  decoder_ = KeyDecoder();
  asked_ = 0;
  if (full_screen_ != nullptr) {
    full_screen_->lost_ = true;
    full_screen_->wake();
    update_size();
  } else if (shown_ != nullptr) {
    shown_->hide();
    shown_->show();
    update_size();
  }
  co_return true;
}

void Console::wake(Wake why) {
  mode_ = Mode::busy;
  why_ = why;
  awake_.set();
}

void Console::take(const Key& key) {
  if (key.code == Key::Code::cursor_position) {
    if (asked_ == 0) return take(as_function_key(key));
    --asked_;
    return set_size(key.column, key.row);
  }
  if (full_screen_ != nullptr) {
    full_screen_->keys_.push_back(key);
    full_screen_->arrived_.set();
  } else if (foreground_ != nullptr) {
    take_while_running(key);
  } else if (mode_ == Mode::editing) {
    take_at_prompt(key);
  } else if (ahead_.size() < most_ahead) {
    ahead_.push_back(key);
  } else {
    put("\a");
  }
}

void Console::take_at_prompt(const Key& key) {
  switch (editor_.handle(key)) {
    case LineEditor::Event::none:
      if (!key.is_ctrl('l')) return;
      // Who draws anew may have another window now, which a serial line does not tell.
      send_editor();
      return update_size();
    case LineEditor::Event::submit:
      send_editor();
      shown_ = nullptr;
      return wake(Wake::line);
    case LineEditor::Event::interrupt:
      send_editor();
      shown_ = nullptr;
      return wake(Wake::interrupt);
    case LineEditor::Event::end_of_file: return wake(Wake::end_of_file);
    case LineEditor::Event::complete: return wake(Wake::complete);
  }
}

void Console::take_while_running(const Key& key) {
  if (key.is_ctrl('c')) {
    if (shown_ != nullptr) {
      (void)shown_->handle(key);
      send_editor();
      shown_ = nullptr;
    } else {
      put("^C\n");
    }
    reading_ = false;
    ahead_.clear();  // as terminals do: what was typed was meant for what is stopped
    foreground_->request_stop();
  } else if (reading_) {
    take_for_command(key);
  } else if (ahead_.size() < most_ahead) {
    ahead_.push_back(key);
  } else {
    put("\a");
  }
}

void Console::take_for_command(const Key& key) {
  switch (input_.handle(key)) {
    case LineEditor::Event::submit: input_text_ = input_.text() + "\n"; break;
    case LineEditor::Event::end_of_file:
      leave_input();
      input_end_ = true;
      break;
    case LineEditor::Event::complete: (void)input_.handle({.code = Key::Code::paste, .text = "\t"}); return;
    case LineEditor::Event::none: case LineEditor::Event::interrupt: return;
  }
  send_editor();
  shown_ = nullptr;
  partial_.clear();
  reading_ = false;
  input_ready_.set();
}

// What was typed ahead comes first.
void Console::replay() {
  while (!ahead_.empty() && (foreground_ == nullptr ? mode_ == Mode::editing : reading_)) {
    const Key key = std::move(ahead_.front());
    ahead_.pop_front();
    take(key);
  }
  send_editor();
}

bool Console::on_a_begun_row() const { return leaves_first_column(partial_); }

// ---- input of the foreground line ----

void Console::begin_input() {
  reading_ = true;
  // A question without a newline ("Name? ") is the prompt; the editor draws it again over itself.
  const bool question = !partial_.empty() && partial_.size() < 200 && printable_line(partial_);
  if (!partial_.empty() && !question) put("\n");
  if (question) output_.push("\r");
  input_.begin(question ? partial_ : std::string());
  shown_ = &input_;
  replay();
}

// What was typed or asked stays; else there is nothing to leave a row for.
void Console::leave_input() {
  if (input_.text().empty() && !on_a_begun_row()) input_.hide();
  else input_.leave();
}

Task<Result<std::size_t>> Console::read_input(std::span<char> buffer) {
  while (input_text_.empty() && !input_end_) {
    if (!reading_) begin_input();
    if (!input_text_.empty() || input_end_) break;
    input_ready_.reset();
    auto waited = co_await input_ready_.wait();
    if (!waited) {
      if (shown_ == &input_) {
        leave_input();
        send_editor();
        shown_ = nullptr;
      }
      reading_ = false;
      co_return tl::unexpected(waited.error());
    }
  }
  input_end_ = input_end_ && !input_text_.empty();
  const std::size_t n = std::min(buffer.size(), input_text_.size());
  std::copy_n(input_text_.begin(), n, buffer.begin());
  input_text_.erase(0, n);
  co_return n;
}

// ---- full screen ----

bool Console::gives_screen() const noexcept {
  if (full_screen_ != nullptr || foreground_ == nullptr) return false;
  for (const reactor::Job* job = reactor::Job::current(); job != nullptr; job = job->parent())
    if (job == foreground_) return true;
  return false;
}

bool Console::gives_terminal(const In& in, const Out& out) const noexcept {
  return gives_screen() && is_keyboard(in) && out.fd() == setup_.fd;
}

Console::FullScreen::FullScreen(Console& console) : console_(console), keys_(std::exchange(console.ahead_, {})) {
  console_.full_screen_ = this;
}

Console::FullScreen::~FullScreen() {
  console_.full_screen_ = nullptr;
  for (Key& key : keys_)
    if (key.code != Key::Code::resize) console_.ahead_.push_back(std::move(key));
  console_.put(std::exchange(console_.held_, {}));
}

Task<Result<std::optional<Key>>> Console::FullScreen::next_key() {
  while (keys_.empty()) {
    if (hung_up_) co_return reactor::failed("read", "terminal", EIO);
    if (std::exchange(woken_, false)) co_return std::nullopt;
    arrived_.reset();
    auto waited = co_await arrived_.wait();
    if (!waited) co_return tl::unexpected(waited.error());
  }
  Key key = std::move(keys_.front());
  keys_.pop_front();
  co_return key;
}

void Console::FullScreen::take(std::string_view bytes) {
  bytes_ += bytes;
  arrived_.set();
}

Task<Result<std::string>> Console::FullScreen::next_bytes() {
  while (bytes_.empty()) {
    if (hung_up_) co_return reactor::failed("read", "terminal", EIO);
    const bool resized = std::erase_if(keys_, [](const Key& key) { return key.code == Key::Code::resize; }) > 0;
    if (std::exchange(woken_, false) || resized) break;
    arrived_.reset();
    auto waited = co_await arrived_.wait();
    if (!waited) co_return tl::unexpected(waited.error());
  }
  co_return std::exchange(bytes_, {});
}

void Console::FullScreen::wake() noexcept {
  woken_ = true;
  arrived_.set();
}

Task<Result<void>> Console::FullScreen::write(std::string bytes) {
  console_.output_.push(bytes);
  auto done = co_await console_.output_.drained();
  co_return done;
}

void Console::FullScreen::ask_size() {
  if (!console_.asks_size_) return;
  ++console_.asked_;
  console_.output_.push(size_question);
}

}  // namespace shell
