// The shell's state for the life of the program, as commands see it: variables, background jobs, services, running of lines.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <unordered_map>
#include <vector>

#include "reactor/job.h"
#include "shell/command.h"

namespace shell {

class Console;

/// The streams that a line's commands use unless it redirects them.
struct Streams {
  In& in;
  Out& out;
  Out& err;
};

class Shell {
 public:
  Shell();
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell();

  // ---- variables ----
  [[nodiscard]] std::map<std::string, std::string>& variables() noexcept { return variables_; }
  [[nodiscard]] const std::string* variable(std::string_view name) const;
  void set_variable(std::string name, std::string value) { variables_[std::move(name)] = std::move(value); }

  // ---- running ----
  /// Runs the text of a script; `name` stands in messages. Status of the last command, 2 for what does not parse,
  /// or that of the line that ended it (exit, set -e, cancelled: 130).
  [[nodiscard]] Task<int> run_text(std::string text, std::string name, std::vector<std::string> arguments, Streams streams);
  /// The same for a file. A file that cannot be read: a message on streams.err and status 1.
  [[nodiscard]] Task<int> run_file(std::string path, std::vector<std::string> arguments, Streams streams);
  /// Runs one command, without any expansion (`myinit COMMAND args`, exec-like callers). 127 for an unknown one.
  [[nodiscard]] Task<int> run_command(std::vector<std::string> words, Streams streams);
  [[nodiscard]] int last_status() const noexcept { return last_status_; }

  // ---- background ----
  /// Owner of everything that goes on after its command has returned; it is stopped and joined at power-off.
  [[nodiscard]] reactor::JobScope& background() noexcept { return *background_; }
  /// A line from a background job: above the line being typed on the console, else on the program's stderr.
  void notify(std::string_view line);

  /// The one T of this program: state that outlives its command (captures, fake hosts, TAP descriptors). Made when first
  /// asked for; destroyed with the shell, after the background jobs have ended.
  template <class T>
  T& service() {
    auto& slot = services_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_shared<T>();
    return *static_cast<T*>(slot.get());
  }

  // ---- the console, power ----
  /// nullptr when no person is at a terminal.
  [[nodiscard]] Console* console() const noexcept { return console_; }
  void set_console(Console* console) noexcept { console_ = console; }
  enum class Power { off, reboot };
  /// What `poweroff` and `reboot` call; set by PID 1. Empty elsewhere.
  std::function<Task<int>(Power, std::optional<int> status)> power;

 private:
  friend class Interpreter;
  std::map<std::string, std::string> variables_;
  std::unordered_map<std::type_index, std::shared_ptr<void>> services_;
  std::unique_ptr<reactor::JobScope> background_;
  Console* console_ = nullptr;
  int last_status_ = 0;
};

}  // namespace shell
