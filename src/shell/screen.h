// The whole terminal for one tool: its views are drawn, its keys come one by one, and the terminal is as it was when the tool
// ends, for whatever reason.
//
//   class Clock : public View {
//     void draw(Canvas& canvas) override { canvas.put(0, 0, time_text()); }
//   };
//   Task<int> watch(Screen& screen) {
//     Clock clock;
//     const Screen::Showing showing(screen, clock);
//     for (;;) {
//       auto key = co_await screen.key();            // draws what changed, then waits
//       if (!key || key->is('q')) co_return 0;       // an error: hung up or stopped, the tool has to end
//     }
//   }
//   Task<int> run(Context& cx) {
//     auto status = co_await on_screen(cx, watch);
//     co_return status ? *status : cx.fail(status.error());
//   }
//
// Other jobs go on behind it; what they print on the console appears when the tool has ended.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "shell/command.h"
#include "shell/console.h"
#include "shell/screen_painter.h"

namespace shell {

/// Something that draws itself: a tool, a dialog. It is asked to whenever the screen may have changed, on an empty canvas of the
/// terminal's present size (down to 1×1).
class View {
 public:
  virtual ~View() = default;
  virtual void draw(Canvas& canvas) = 0;
};

class Screen {
 public:
  /// Takes the console's terminal; one at a time (on_screen sees to it).
  Screen(Console& console, Look look);
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  /// Gives it back: the earlier contents, colours, cursor and modes.
  ~Screen();

  /// On the screen while it lives, above the views that were there before.
  class Showing {
   public:
    Showing(Screen& screen, View& view) : screen_(screen) { screen_.views_.push_back(&view); }
    Showing(const Showing&) = delete;
    Showing& operator=(const Showing&) = delete;
    ~Showing() { screen_.views_.pop_back(); }

   private:
    Screen& screen_;
  };

  /// The next key; when none is there yet, everything is drawn first. Key::resize says that rows() or columns() changed.
  /// Ctrl-L is not given out: it draws all anew and asks a serial line's terminal for its size. Errors: the terminal has hung up
  /// (EIO), or the job is stopped; either way the tool has to end.
  [[nodiscard]] Task<Result<Key>> key();
  /// True when key() would not wait: more of a paste, keys typed fast.
  [[nodiscard]] bool has_key() const noexcept { return terminal_.has_key(); }
  /// Draws now, before a longer piece of work.
  [[nodiscard]] Task<Result<void>> show();
  /// Another job has changed what is shown: whoever waits in key() draws again and goes on waiting.
  void refresh() noexcept { terminal_.wake(); }
  /// Rings the bell with the next drawing.
  void bell() { bell_ = true; }

  [[nodiscard]] int columns() const noexcept { return console_.columns(); }
  [[nodiscard]] int rows() const noexcept { return console_.rows(); }

 private:
  void draw_anew();

  Console& console_;
  Console::FullScreen terminal_;
  ScreenPainter painter_;
  std::vector<View*> views_;
  bool bell_ = false;
};

/// Runs a full-screen tool: on the console that the command runs on, or, without one (`myinit edit FILE`), on the terminal behind
/// its descriptors 0-2, which need not be where its input comes from. Its status; the error when there is no terminal, when
/// another tool has it, or when the command runs in the background.
[[nodiscard]] Task<Result<int>> on_screen(Context& cx, std::function<Task<int>(Screen&)> tool);

/// True when what the command prints goes to a terminal that on_screen() would take: a long output may be paged.
[[nodiscard]] bool prints_on_screen(const Context& cx);

/// Of the terminal that the command prints on: as the console knows it, else as the terminal says, else 80x24.
[[nodiscard]] TerminalSize screen_size(const Context& cx);

/// True when the command's input is what a person types, not a file or another command's output.
[[nodiscard]] bool reads_keyboard(const Context& cx);

}  // namespace shell
