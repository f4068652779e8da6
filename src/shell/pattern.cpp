#include "shell/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/core.h>
#include <pcre2.h>

#include <algorithm>

namespace shell {

namespace {

// About 5 ms of trying on a slow machine, and memory that a small VM has.
constexpr std::uint32_t kMatchLimit = 300'000;
constexpr std::uint32_t kHeapLimitKib = 8 * 1024;

std::string message_of(int code) {
  PCRE2_UCHAR text[256];
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

// The text as an expression that matches just this.
std::string escaped(std::string_view text) {
  std::string expression;
  for (const char c : text) {
    if (std::string_view("\\^$.[|()?*+{").find(c) != std::string_view::npos) expression += '\\';
    expression += c;
  }
  return expression;
}

}  // namespace

void Pattern::Free::operator()(pcre2_real_code_8* code) const noexcept { pcre2_code_free(code); }
void Pattern::Free::operator()(pcre2_real_match_data_8* data) const noexcept { pcre2_match_data_free(data); }
void Pattern::Free::operator()(pcre2_real_match_context_8* context) const noexcept { pcre2_match_context_free(context); }

reactor::Result<Pattern> Pattern::compile(std::string_view text, Options options) {
  Pattern pattern;
  if (options.fixed && !options.ignore_case && !options.whole_word && !options.whole_line) {
    pattern.plain_ = text;
    return pattern;
  }
  std::uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  if (options.ignore_case) flags |= PCRE2_CASELESS;
  // As in grep(1): a whole word has no word character beside it (\b would take a blank between two words for one).
  const std::string_view before = options.whole_line ? "^(?:" : options.whole_word ? "(?<!\\w)(?:" : "";
  const std::string_view after = options.whole_line ? ")$" : options.whole_word ? ")(?!\\w)" : "";
  std::string whole(before);
  whole.append(options.fixed ? escaped(text) : std::string(text)).append(after);
  int error = 0;
  std::size_t at = 0;
  const auto compile_with = [&](std::uint32_t with) {
    return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(whole.data()), whole.size(), with, &error, &at, nullptr);
  };
  pattern.code_.reset(compile_with(flags));
  const bool utf = pattern.code_ != nullptr;
  // A pattern that is no UTF-8 is meant as bytes.
  if (!utf && error < 0) pattern.code_.reset(compile_with(flags & ~(PCRE2_UTF | PCRE2_MATCH_INVALID_UTF)));
  if (!pattern.code_)
    return reactor::failed(
        {}, fmt::format("'{}'", text),
        fmt::format("{} (at character {})", message_of(error), std::min(at - std::min(at, before.size()), text.size()) + 1));
  if (utf) pattern.valid_code_.reset(compile_with(flags & ~PCRE2_MATCH_INVALID_UTF));
  pattern.data_.reset(pcre2_match_data_create_from_pattern(pattern.code_.get(), nullptr));
  pattern.context_.reset(pcre2_match_context_create(nullptr));
  if (!pattern.data_ || !pattern.context_ || (utf && !pattern.valid_code_)) return reactor::failed({}, {}, ENOMEM);
  pcre2_set_match_limit(pattern.context_.get(), kMatchLimit);
  pcre2_set_heap_limit(pattern.context_.get(), kHeapLimitKib);
  return pattern;
}

reactor::Result<std::optional<Pattern::Match>> Pattern::find(std::string_view text, std::size_t from) const {
  if (!code_) {
    const std::size_t at = text.find(plain_, from);
    if (at == std::string_view::npos) return std::optional<Match>();
    return std::optional<Match>(Match{at, at + plain_.size()});
  }
  const int n =
      pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), from, 0, data_.get(), context_.get());
  return result_of(n);
}

reactor::Result<std::optional<Pattern::Match>> Pattern::result_of(int n) const {
  if (n == PCRE2_ERROR_NOMATCH) return std::optional<Match>();
  if (n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_HEAPLIMIT || n == PCRE2_ERROR_DEPTHLIMIT)
    return reactor::failed({}, {}, "takes too long");
  if (n < 0) return reactor::failed({}, {}, message_of(n));
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data_.get());
  return std::optional<Match>(Match{bounds[0], bounds[1]});
}

reactor::Result<std::optional<Pattern::Match>> Pattern::Matches::find() {
  if (!pattern_->valid_code_ || invalid_) return pattern_->find(text_, at_);
  // Where an empty match left off may be within a character; PCRE2 goes on behind that by itself only where it checks.
  while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xc0) == 0x80) ++at_;
  const int n = pcre2_match(pattern_->valid_code_.get(), reinterpret_cast<PCRE2_SPTR>(text_.data()), text_.size(), at_,
                            checked_ ? PCRE2_NO_UTF_CHECK : 0, pattern_->data_.get(), pattern_->context_.get());
  invalid_ = n <= PCRE2_ERROR_UTF8_ERR1 && n >= PCRE2_ERROR_UTF8_ERR21;
  checked_ = true;
  return invalid_ ? pattern_->find(text_, at_) : pattern_->result_of(n);
}

reactor::Result<std::optional<Pattern::Match>> Pattern::Matches::next() {
  if (at_ > text_.size()) return std::optional<Match>();
  TRY(match, find());
  at_ = match ? std::max(match->end, match->begin + 1) : text_.size() + 1;
  return match;
}

std::vector<std::optional<Pattern::Match>> Pattern::groups() const {
  std::vector<std::optional<Match>> result;
  if (!data_) return result;
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data_.get());
  for (std::uint32_t i = 0; i < pcre2_get_ovector_count(data_.get()); ++i)
    result.push_back(bounds[2 * i] == PCRE2_UNSET ? std::nullopt : std::optional(Match{bounds[2 * i], bounds[2 * i + 1]}));
  return result;
}

}  // namespace shell
