// What commands that read files and print have in common.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "shell/command.h"

namespace shell {

/// One input of a filter: a file, or the command's own input.
class Input {
 public:
  /// "-" is the command's input. Errors read "NAME: reason".
  [[nodiscard]] static Task<Result<Input>> open(Context& cx, std::string name);

  [[nodiscard]] In& in() noexcept { return file_ ? *file_ : *own_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// An error of reading it, as "NAME: reason".
  [[nodiscard]] Error named(Error error) const;

 private:
  explicit Input(std::string name) : name_(std::move(name)) {}
  std::string name_;
  std::optional<In> file_;
  In* own_ = nullptr;
};

/// The words that name inputs; "-" alone when there is none.
[[nodiscard]] std::vector<std::string> input_names(std::span<const std::string> words);

/// In long loops: lets others run when it is their turn. Fails when the job was stopped.
[[nodiscard]] Task<Result<void>> take_turns();
/// In loops over much data: hands over what has been printed when it is much, and lets others run.
[[nodiscard]] Task<Result<void>> breathe(Out& out);

/// After each line of a filter: what was printed is handed over when the next line is still to come, or when it is much.
[[nodiscard]] Task<Result<void>> after_line(In& in, Out& out);

}  // namespace shell
