// The three boot stages: built-in script, startup.run, autoexec.run behind a countdown; then the console or power-off.
#pragma once

#include <optional>
#include <string>

#include "boot/console_device.h"
#include "boot/settings.h"
#include "boot/status_port.h"
#include "reactor/event.h"
#include "shell/shell.h"

namespace boot {

class Stages {
 public:
  /// All outlive it.
  Stages(shell::Shell& shell, ConsoleDevice& console, StatusPort& port, const Settings& settings, shell::Streams streams)
      : shell_(shell), console_(console), port_(port), settings_(settings), streams_(streams) {}

  /// Stage 1.
  [[nodiscard]] reactor::Task<void> built_in();
  /// Stages 2 and 3. True: power off; false: to the console.
  [[nodiscard]] reactor::Task<bool> run();
  /// Set when startup.run has been looked for.
  [[nodiscard]] reactor::Event& begun() noexcept { return begun_; }
  /// Status of the last of the user's scripts; what went over the budget counts as a failure.
  [[nodiscard]] int status() const noexcept { return status_ == 0 && over_budget_ ? 1 : status_; }

 private:
  struct Search {
    std::string found;                   // the first that is there, readable or not; empty: none
    std::optional<std::string> content;  // of what was found, if it can be read
    std::string looked;                  // where, for the message
  };
  [[nodiscard]] static reactor::Task<Search> search(std::string given, std::string name);
  [[nodiscard]] reactor::Task<void> run_script(Search script, std::vector<std::string> arguments);
  [[nodiscard]] reactor::Task<bool> countdown(int seconds);
  void say(const std::string& line);
  void begin_user_commands();

  shell::Shell& shell_;
  ConsoleDevice& console_;
  StatusPort& port_;
  const Settings& settings_;
  shell::Streams streams_;
  int status_ = 0;
  bool over_budget_ = false;
  bool user_began_ = false;
  reactor::Event begun_;
};

}  // namespace boot
