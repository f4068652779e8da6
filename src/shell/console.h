// The interactive console on a terminal: prompt, line editor, history, completion, one foreground line, background output above it.
//
// The terminal is read all the time, also while a line runs: Ctrl-C stops that line and nothing else; what else is typed goes to
// the command if it reads its input, and to the next prompt if not.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "reactor/event.h"
#include "reactor/job.h"
#include "shell/history.h"
#include "shell/keys.h"
#include "shell/line_editor.h"
#include "shell/shell.h"
#include "shell/terminal.h"
#include "shell/terminal_output.h"

namespace shell {

class Console {
 public:
  struct Setup {
    int fd = 0;          // the terminal, read and written; own and O_NONBLOCK, or one on which a read may wait
    bool stays = false;  // PID 1: neither Ctrl-D nor exit leave
    /// Called when the terminal has hung up: the descriptor to go on with, or -1 to leave. It should take its time.
    std::function<Task<int>()> reopen = {};
  };
  Console(Shell& shell, Setup setup);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// Until exit, Ctrl-D, a hang-up or a stop request; the status of the last line. The terminal is then as it was.
  [[nodiscard]] Task<int> run();
  /// The terminal for one full-screen tool, without any prompt (`myinit edit FILE`); the tool's status.
  [[nodiscard]] Task<int> run_tool(Task<int> tool);

  [[nodiscard]] History& history() noexcept { return history_; }
  [[nodiscard]] int columns() const noexcept { return editor_.columns(); }
  [[nodiscard]] int rows() const noexcept { return editor_.rows(); }

  /// The whole terminal for one tool: every key (Ctrl-C too) comes to next_key(), what others print waits until the end.
  class FullScreen {
   public:
    explicit FullScreen(Console& console);
    FullScreen(const FullScreen&) = delete;
    FullScreen& operator=(const FullScreen&) = delete;
    ~FullScreen();
    /// Nothing: wake() was called, or the terminal is another one (see lost()).
    [[nodiscard]] Task<Result<std::optional<Key>>> next_key();
    /// True when next_key() would not wait.
    [[nodiscard]] bool has_key() const noexcept { return !keys_.empty(); }
    /// For a program that reads the terminal itself: what is typed comes as it came to next_bytes(), and no key is decoded.
    void take_bytes() noexcept { takes_bytes_ = true; }
    /// Bytes; none of them when wake() was called or the size is another one.
    [[nodiscard]] Task<Result<std::string>> next_bytes();
    void wake() noexcept;
    /// True once after the terminal hung up and was opened anew: it shows nothing of ours.
    [[nodiscard]] bool lost() noexcept { return std::exchange(lost_, false); }
    /// Sends bytes to the terminal as they are and waits until they are gone.
    [[nodiscard]] Task<Result<void>> write(std::string bytes);
    /// The same without waiting.
    void push(std::string_view bytes) { console_.output_.push(bytes); }
    /// A terminal whose driver does not know the size is asked; the cursor is somewhere else then.
    void ask_size();

   private:
    friend class Console;
    void take(std::string_view bytes);

    Console& console_;
    std::deque<Key> keys_;
    std::string bytes_;
    reactor::Event arrived_;
    bool takes_bytes_ = false, hung_up_ = false, woken_ = false, lost_ = false;
  };
  /// True when the job that runs may take the whole terminal: it is the foreground line's, and no other has it.
  [[nodiscard]] bool gives_screen() const noexcept;
  /// gives_screen(), and both streams lead to the terminal itself and not to a pipe or a file.
  [[nodiscard]] bool gives_terminal(const In& in, const Out& out) const noexcept;
  /// The input of the foreground line: what is typed.
  [[nodiscard]] bool is_keyboard(const In& in) const noexcept { return &in == foreground_input_; }

 private:
  class Output;
  class Input;
  enum class Mode : unsigned char { editing, busy };
  enum class Wake : unsigned char { none, line, interrupt, complete, end_of_file, hang_up };

  // Jobs of the console.
  Task<void> read_keys();
  Task<void> watch_size();
  Task<bool> read_some();
  Task<bool> reopen();

  // The conversation.
  Task<int> serve(Task<int> conversation);
  Task<int> wait_for_tool(Task<int> tool);
  Task<int> converse_until_end();
  Task<bool> converse();
  void begin_prompt();
  Task<void> run_line(std::string text);
  Task<void> remember(std::string line);
  Task<void> load_history();
  bool may_leave();

  // Keys.
  void take(const Key& key);
  void take_at_prompt(const Key& key);
  void take_while_running(const Key& key);
  void take_for_command(const Key& key);
  void replay();
  void wake(Wake why);

  // Output.
  Task<Result<void>> print(std::string text);
  void put(std::string_view text);
  void send_editor();
  void update_size();
  void set_size(int columns, int rows);

  // Input of the command that runs.
  Task<Result<std::size_t>> read_input(std::span<char> buffer);
  void begin_input();
  void leave_input();
  [[nodiscard]] bool on_a_begun_row() const;  // the cursor may stand behind what was printed

  Shell& shell_;
  Setup setup_;
  std::optional<RawTerminal> raw_;
  TerminalOutput output_;
  History history_, no_history_;
  LineEditor editor_{history_}, input_{no_history_};
  LineEditor* shown_ = nullptr;  // the one that has the terminal's last line
  KeyDecoder decoder_;
  std::deque<Key> ahead_;        // typed while nobody asked for it
  Script script_;
  std::string begun_;            // lines that are continued by a backslash

  Mode mode_ = Mode::busy;
  Wake why_ = Wake::none;
  reactor::Event awake_;
  reactor::Job* foreground_ = nullptr;
  const In* foreground_input_ = nullptr;
  FullScreen* full_screen_ = nullptr;
  std::string held_;             // printed meanwhile
  std::string partial_;          // what stands on the terminal's last line, while a command runs
  mutable bool column_unknown_ = false;  // a program had the terminal itself
  bool asks_size_ = false;       // the driver does not know it
  int asked_ = 0;                // questions for it without an answer yet

  bool reading_ = false;         // a command waits for input
  std::string input_text_;       // a line that it has not taken yet
  bool input_end_ = false;
  reactor::Event input_ready_;
};

}  // namespace shell
