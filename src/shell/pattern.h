// Regular expressions (PCRE2) with limits, so that no pattern can take the loop away; and plain strings the same way.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/error.h"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace shell {

class Pattern {
 public:
  struct Options {
    bool fixed = false;        // the text itself, no expression
    bool ignore_case = false;
    bool whole_word = false;
    bool whole_line = false;
  };
  struct Match {
    std::size_t begin, end;
  };

  /// The error says what is wrong and at which character.
  [[nodiscard]] static reactor::Result<Pattern> compile(std::string_view text, Options options);
  [[nodiscard]] static reactor::Result<Pattern> compile(std::string_view text) { return compile(text, Options()); }

  /// The first match from `from` on. Any bytes are text; invalid UTF-8 matches nothing and spoils nothing. The error is
  /// "takes too long": the pattern tries too many ways on this text.
  [[nodiscard]] reactor::Result<std::optional<Match>> find(std::string_view text, std::size_t from = 0) const;
  class Matches;
  /// What the groups in brackets matched in the last successful find() or Matches::next(); number 0 is the whole, nothing a group without a part
  /// in it. Empty for a fixed text.
  [[nodiscard]] std::vector<std::optional<Match>> groups() const;

 private:
  struct Free {
    void operator()(pcre2_real_code_8* code) const noexcept;
    void operator()(pcre2_real_match_data_8* data) const noexcept;
    void operator()(pcre2_real_match_context_8* context) const noexcept;
  };
  Pattern() = default;
  [[nodiscard]] reactor::Result<std::optional<Match>> result_of(int found) const;
  std::string plain_;  // searched for by itself when there is no expression
  std::unique_ptr<pcre2_real_code_8, Free> code_;
  std::unique_ptr<pcre2_real_code_8, Free> valid_code_;  // the same for texts that are UTF-8; nothing where code_ asks for none
  std::unique_ptr<pcre2_real_match_data_8, Free> data_;
  std::unique_ptr<pcre2_real_match_context_8, Free> context_;
};

/// All matches of a text, one behind the other. find() looks through all that is left of the text for invalid UTF-8; here that is
/// done once. The pattern and the text outlive it.
class Pattern::Matches {
 public:
  Matches(const Pattern& pattern, std::string_view text, std::size_t from = 0) : pattern_(&pattern), text_(text), at_(from) {}

  /// The next one; nothing behind the last. Errors as of find().
  [[nodiscard]] reactor::Result<std::optional<Match>> next();
  /// Instead of behind the last match; not before its begin.
  void go_on_from(std::size_t at) noexcept { at_ = at; }

 private:
  [[nodiscard]] reactor::Result<std::optional<Match>> find();
  const Pattern* pattern_;
  std::string_view text_;
  std::size_t at_;
  bool checked_ = false, invalid_ = false;
};

}  // namespace shell
