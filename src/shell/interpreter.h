// Runs lines: expands words, opens redirections, joins commands by pipes, keeps the status.
//
// A redirected file is opened before its command runs and gets what the command printed in one write when that is under
// 64 KiB. In a pipeline every command is a job; the status is the last one's. A chain with & runs in a copy of the script:
// its `exit` ends the chain only, its input is empty, and it prints to the program's own streams.
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
  [[nodiscard]] Task<void> run_chain(const ast::Chain& chain);
  [[nodiscard]] Task<int> run_pipeline(const ast::Pipeline& pipeline);
  [[nodiscard]] Task<int> run_simple(const ast::Simple& command, Streams streams);
  [[nodiscard]] Task<int> run_redirected(const ast::Simple& command, std::vector<std::string> words, std::string text, Streams streams);
  void start_background(ast::Chain chain);
  [[nodiscard]] Values values() const;
  [[nodiscard]] std::string position() const;
  [[nodiscard]] bool ended() const { return script_.ended.has_value() || reactor::must_stop(); }

  Shell& shell_;
  Script& script_;
  Streams streams_;
};

}  // namespace shell
