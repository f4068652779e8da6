// What one line of a script means, before any variable is looked up. Made by parser.h, run by interpreter.h.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace shell::ast {

// A part of a word: literal text, or a variable to be put in its place.
struct Piece {
  enum class Kind : std::uint8_t { text, variable };
  Kind kind = Kind::text;
  bool quoted = false;  // inside quotes or behind a backslash: neither split nor taken for a pattern
  bool braced = false;  // written ${NAME}: an undefined variable stays as it was written
  std::string text;     // the literal text, or the variable's name
};

// What becomes one argument, or, by an unquoted variable or pattern, none or several.
struct Word {
  std::vector<Piece> pieces;
  std::string gap;  // the white space before it, kept because echo prints unquoted text as it was typed
};

struct Redirection {
  enum class Kind : std::uint8_t { read, write, append, duplicate };
  Kind kind = Kind::write;
  int fd = 1;       // the stream that is redirected: 0, 1 or 2
  int from_fd = 0;  // duplicate: the stream whose target it takes (2>&1: fd 2, from_fd 1)
  Word target;      // the file's name, for all but duplicate
};

// One command with its redirections, or one assignment.
struct Simple {
  std::uint32_t line = 1;        // line in the source, from 1
  std::string assigned;          // the variable's name; empty: a command
  Word value;                    // what is assigned to it
  std::vector<Word> words;       // the command's name and arguments; empty: only redirections
  std::vector<Redirection> redirections;
};

// Commands joined by |, and what decides whether they run.
struct Pipeline {
  enum class Run : std::uint8_t { always, if_success, if_failure };
  Run run = Run::always;
  std::vector<Simple> commands;
};

// Pipelines joined by && and ||, ended by ; or & or the line's end.
struct Chain {
  std::vector<Pipeline> pipelines;
  bool background = false;
  std::string text;  // as it was typed, for the list of jobs
};

struct Line {
  std::vector<Chain> chains;  // none: an empty line or a comment
};

}  // namespace shell::ast
