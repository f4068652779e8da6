// Runs lines: expands words, opens redirections, joins commands by pipes, keeps the status.
#pragma once

#include <string>
#include <vector>

#include "shell/ast.h"
#include "shell/shell.h"

namespace shell {

class Interpreter {
 public:
  /// All outlive it.
  Interpreter(Shell& shell, Script& script, Streams streams) : shell_(shell), script_(script), streams_(streams) {}
  Interpreter(const Interpreter&) = delete;

  /// All lines of a text; the script's status.
  [[nodiscard]] Task<int> run(std::string text);
  /// One command by its words; `text` is its argument string.
  [[nodiscard]] Task<int> run_words(std::vector<std::string> words, std::string text, Streams streams);

 private:
  [[nodiscard]] Task<void> run_line(ast::Line line);
  [[nodiscard]] Task<int> run_chain(const ast::Chain& chain);
  [[nodiscard]] Task<int> run_pipeline(const ast::Pipeline& pipeline);
  [[nodiscard]] Task<int> run_simple(const ast::Simple& command, Streams streams);
  void start_background(ast::Chain chain);
  [[nodiscard]] std::string position() const;

  Shell& shell_;
  Script& script_;
  Streams streams_;
};

}  // namespace shell
