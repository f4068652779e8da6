// The files that a command's redirections name, opened and put in the place of its streams.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "reactor/fd.h"
#include "shell/ast.h"
#include "shell/expand.h"
#include "shell/shell.h"

namespace shell {

class Redirected {
 public:
  explicit Redirected(Streams streams) : in_(&streams.in), outs_{nullptr, &streams.out, &streams.err} {}

  /// Opens them from left to right; stops at the first that fails. The error is the whole message.
  [[nodiscard]] Task<Result<void>> open(const std::vector<ast::Redirection>& all, const Values& values);
  [[nodiscard]] Streams streams() const noexcept { return {*in_, *outs_[1], *outs_[2]}; }
  /// True when writing to one of them has failed already: the command knows, and has said so.
  [[nodiscard]] bool broken() const;
  /// Hands over what the command printed to them and closes them. The error names the file.
  [[nodiscard]] Task<Result<void>> finish();

 private:
  struct File {
    std::string path;
    reactor::Fd fd;
    std::unique_ptr<Out> out;
  };
  In* in_;
  std::array<Out*, 3> outs_;
  std::unique_ptr<In> own_in_;
  std::vector<File> files_;
};

}  // namespace shell
