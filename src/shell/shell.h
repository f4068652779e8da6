// The shell's state for the life of the program, as commands see it: variables, background jobs, services, running of lines.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "reactor/job.h"
#include "shell/command.h"
#include "shell/expand.h"
#include "shell/job_table.h"
#include "shell/script.h"

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
  /// Inside the loop: its background jobs belong to the job that makes it. `out` and `err` are where background jobs print;
  /// a sink must take whole lines from several jobs.
  Shell(std::shared_ptr<reactor::Sink> out, std::shared_ptr<reactor::Sink> err);
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell();
  /// Stops the background jobs and waits until they have ended. Must be awaited before the destructor.
  [[nodiscard]] Task<void> close();

  // ---- variables ----
  [[nodiscard]] Variables& variables() noexcept { return variables_; }
  [[nodiscard]] const std::string* variable(std::string_view name) const;
  void set_variable(std::string name, std::string value) { variables_[std::move(name)] = std::move(value); }

  // ---- running ----
  /// Runs all lines of `text`. Status of the last command, 2 for a line that does not parse, or that of what ended the
  /// script (exit, set -e; 130 when cancelled). A prompt calls it for each line, with one Script for all.
  [[nodiscard]] Task<int> run_text(std::string text, Script& script, Streams streams);
  /// Reads a file, unless the caller has its `content`, and runs it; `caller` gives set -e, set -x and the depth. A file that cannot
  /// be read: a message and status 1, one that is no text: 2. Past kScriptDepth it and all its callers end.
  [[nodiscard]] Task<int> run_file(std::string path, std::vector<std::string> arguments, Script& caller, Streams streams,
                                   std::optional<std::string> content = std::nullopt);
  /// Runs one command, without any expansion (`myinit COMMAND args`). 127 for an unknown one.
  [[nodiscard]] Task<int> run_command(std::vector<std::string> words, Script& script, Streams streams);

  // ---- background ----
  /// Owner of everything that goes on after its command has returned; stopped and joined by close().
  [[nodiscard]] reactor::JobScope& background() noexcept { return *background_; }
  [[nodiscard]] JobTable& jobs() noexcept { return jobs_; }
  /// Streams for a background job: printed above the line being typed on the console, else to the program's own.
  [[nodiscard]] std::unique_ptr<reactor::Sink> background_sink(int fd) const;
  /// A line (newline added) from a background activity, to the same place as its stderr.
  /// When they come faster than they can be printed some are left out, and that is said.
  void notify(std::string line);
  /// Set by a console while it is there: takes what background jobs print, for the lines above the one being typed.
  std::function<Task<Result<void>>(std::string text)> print_above;

  /// The one T of this program: state that outlives its command (captures, fake hosts, TAP descriptors). Made when first
  /// asked for; destroyed with the shell, after the background jobs have ended.
  template <class T>
  T& service() {
    for (const auto& [type, made] : services_)
      if (type == typeid(T)) return *static_cast<T*>(made.get());
    auto fresh = std::make_shared<T>();
    services_.emplace_back(typeid(T), fresh);
    return *fresh;
  }

  // ---- the console, power ----
  /// nullptr when no person is at a terminal.
  [[nodiscard]] Console* console() const noexcept { return console_; }
  void set_console(Console* console) noexcept { console_ = console; }
  enum class Power { off, reboot };
  /// What `poweroff` and `reboot` call; set by PID 1. Empty elsewhere.
  std::function<Task<int>(Power, std::optional<int> status)> power;

 private:
  class BackgroundSink;
  friend class BackgroundSink;
  [[nodiscard]] Task<void> print_notice(std::string line);
  std::shared_ptr<reactor::Sink> out_, err_;
  Variables variables_;
  std::vector<std::pair<std::type_index, std::shared_ptr<void>>> services_;
  std::unique_ptr<reactor::JobScope> background_;
  JobTable jobs_;
  std::size_t notices_ = 0;  // that wait to be printed
  std::size_t left_out_ = 0;
  Console* console_ = nullptr;
};

}  // namespace shell
