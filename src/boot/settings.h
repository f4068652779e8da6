// What the kernel command line asks of us: words `myinit.NAME=VALUE`. They are read from /proc/cmdline, since words with a
// dot reach init neither as arguments nor as environment.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boot {

struct Settings {
  // Seconds before autoexec.run and before power-off; nullopt: never ("off").
  std::optional<std::chrono::seconds> autoexec{5};
  std::optional<std::chrono::seconds> poweroff{10};
  std::string startup;  // PATH in place of the search for startup.run
  std::string script;   // PATH in place of autoexec.run; no countdowns, power-off with its status
  std::vector<std::pair<std::string, std::string>> variables;  // myinit.env.NAME=value
  std::vector<std::pair<std::string, std::string>> shares;     // 9p tag, mount point; beyond host-code
  std::optional<std::chrono::milliseconds> budget;             // from init's start to the first user command
  bool heartbeat = false;
  std::optional<std::uint16_t> debug_exit, debug_console;  // I/O ports of QEMU's devices isa-debug-exit and isa-debugcon
  bool virtio_console = false;                             // the console is hvcN
  std::vector<std::string> complaints;      // words that are not understood, each a sentence
};

/// `command_line` as in /proc/cmdline; double quotes protect spaces (Documentation/admin-guide/kernel-parameters.rst).
Settings parse_settings(std::string_view command_line);

}  // namespace boot
