// A script that runs: what its lines share and its commands may change.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace shell {

struct Script {
  std::string name;                    // in messages: the file, "-c"; empty: lines typed at the prompt
  std::vector<std::string> arguments;  // $1…; $0 is the name
  bool stop_on_error = false;          // set -e
  bool trace = false;                  // set -x
  int status = 0;                      // $?, of the last command
  std::optional<int> ended;            // by `exit`, or by a failing line under set -e; its status
  int depth = 0;                       // scripts that run scripts
  bool too_deep = false;               // a script below it passed the limit: all of them end
  int line = 0;                        // being run, from 1

  /// Lines that a person types: messages need no file and line, and no failure ends it.
  [[nodiscard]] bool is_prompt() const noexcept { return name.empty(); }
};

/// A script may run scripts to this depth; one that runs itself ends here.
inline constexpr int kScriptDepth = 64;

}  // namespace shell
