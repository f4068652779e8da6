// From words as written to words as meant: variables, splitting, patterns. Pure.
//
// An undefined $NAME or ${NAME} stays as it was written; an unset $1…$9 is empty. An unquoted variable is split at
// white space into words, and * ? [ in it make a pattern; nothing else in a value has a meaning. What is assigned
// to a variable and the name of a redirection's file are never split.
#pragma once
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shell/ast.h"

namespace shell {

using Variables = std::map<std::string, std::string, std::less<>>;

/// What the variables of a line stand for.
struct Values {
  const Variables* variables = nullptr;
  std::string_view name = {};                   // $0, the script
  std::span<const std::string> arguments = {};  // $1…$9, $@, $#
  int status = 0;                               // $?
};

/// One word of an expanded command.
struct Field {
  std::string text;
  std::string pattern;  // set when the word has unquoted * ? [: the text as a pattern of glob.h
  std::string gap;      // the white space before it
};

struct Fields {
  std::vector<Field> words;
  bool plain = true;  // nothing was quoted: the words with their gaps are what was typed
};

/// A word that is not split: an assignment's value, a file's name.
std::string expand_text(const ast::Word& word, const Values& values);

/// The command's words. One that expands to nothing vanishes together with its gap.
Fields expand_words(const ast::Simple& command, const Values& values);

/// `text` as a word that the parser takes for just this text.
std::string quoted(std::string_view text);

}  // namespace shell
