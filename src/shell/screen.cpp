#include "shell/screen.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "reactor/io.h"

namespace shell {
namespace {

// The other screen where the terminal has two; no wrapping at the right edge; a paste is marked as such.
constexpr std::string_view take = "\x1b[?1049h\x1b[?7l\x1b[?2004h";
// Where there is only one screen, it is left empty.
constexpr std::string_view give_back = "\x1b[?2004l\x1b[?7h\x1b[r\x1b[m\x1b[H\x1b[J\x1b[?25h\x1b[?1049l";

Look look_for(const Shell& shell) {
  const auto value = [&shell](const char* name) {
    const std::string* own = shell.variable(name);
    const char* inherited = std::getenv(name);
    return own != nullptr ? *own : std::string(inherited == nullptr ? "" : inherited);
  };
  if (value("TERM") == "dumb") return Look::dumb;
  return value("NO_COLOR").empty() ? Look::colours : Look::plain;  // no-color.org: any value that is not empty
}

// The terminal of a program without a console: its input may be a pipe while its output is one, and the other way round.
int find_terminal(const Context& cx) {
  for (const int fd : {cx.in.fd(), cx.out.fd(), cx.err.fd()})
    if (fd >= 0 && ::isatty(fd) == 1) return fd;
  return -1;
}

Task<int> with_screen(Console* console, Look look, std::function<Task<int>(Screen&)> tool) {
  Screen screen(*console, look);
  auto status = co_await tool(screen);
  co_return status;
}

}  // namespace

Screen::Screen(Console& console, Look look) : console_(console), terminal_(console), painter_(look) {
  terminal_.push(take);
  terminal_.ask_size();
}

Screen::~Screen() { terminal_.push(give_back); }

Task<Result<void>> Screen::show() {
  Canvas canvas(columns(), rows());
  for (View* view : views_) view->draw(canvas);
  std::string bytes = painter_.paint(canvas);
  if (std::exchange(bell_, false)) bytes += '\a';
  if (bytes.empty()) co_return Result<void>();
  auto written = co_await terminal_.write(std::move(bytes));
  co_return written;
}

Task<Result<Key>> Screen::key() {
  for (;;) {
    if (!terminal_.has_key()) {
      auto shown = co_await show();
      if (!shown) co_return tl::unexpected(shown.error());
    }
    auto key = co_await terminal_.next_key();
    if (!key) co_return tl::unexpected(key.error());
    if (!*key) {
      if (terminal_.lost()) {
        terminal_.push(take);
        draw_anew();
      }
      continue;
    }
    const Key& pressed = **key;
    if (pressed.code == Key::Code::resize) painter_.forget();  // each terminal does something else with what stood there
    if (!pressed.is_ctrl('l')) co_return std::move(**key);
    draw_anew();
  }
}

void Screen::draw_anew() {
  terminal_.ask_size();
  painter_.forget();
}

Task<Result<int>> on_screen(Context& cx, std::function<Task<int>(Screen&)> tool) {
  const Look look = look_for(cx.shell);
  if (Console* console = cx.shell.console(); console != nullptr) {
    if (!console->gives_screen()) co_return reactor::failed({}, {}, "it needs the whole screen, which only the line in the foreground can have");
    auto status = co_await with_screen(console, look, std::move(tool));
    co_return status;
  }
  // While the boot scripts run, init reads the keys itself, for Ctrl-C.
  if (::getpid() == 1) co_return reactor::failed({}, {}, "there is no console yet");
  const int terminal = find_terminal(cx);
  if (terminal < 0) co_return reactor::failed({}, {}, "it needs a terminal");
  // A description of our own: whoever started us shares the flags of the descriptor.
  auto own = reactor::reopen_nonblocking(terminal, O_RDWR);
  Console::Setup setup;
  setup.fd = own ? own->get() : terminal;
  Console console(cx.shell, std::move(setup));
  auto status = co_await console.run_tool(with_screen(&console, look, std::move(tool)));
  co_return status;
}

bool prints_on_screen(const Context& cx) {
  const int fd = cx.out.fd();
  if (fd < 0 || ::isatty(fd) != 1) return false;
  const Console* console = cx.shell.console();
  return console != nullptr ? console->gives_screen() : ::getpid() != 1;
}

TerminalSize screen_size(const Context& cx) {
  const Console* console = cx.shell.console();
  if (console != nullptr) return {console->columns(), console->rows()};
  return terminal_size(cx.out.fd()).value_or(TerminalSize{80, 24});
}

bool reads_keyboard(const Context& cx) {
  const Console* console = cx.shell.console();
  if (console != nullptr && console->is_keyboard(cx.in)) return true;
  return cx.in.fd() >= 0 && ::isatty(cx.in.fd()) == 1;
}

}  // namespace shell
