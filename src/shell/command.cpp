#include "shell/command.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace shell {

namespace {

bool is_alias(std::string_view aliases, std::string_view name) {
  while (!aliases.empty()) {
    const std::size_t end = std::min(aliases.find(' '), aliases.size());
    if (aliases.substr(0, end) == name) return true;
    aliases.remove_prefix(std::min(end + 1, aliases.size()));
  }
  return false;
}

bool looks_like_number(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && (std::isdigit(static_cast<unsigned char>(word[1])) != 0 || word[1] == '.');
}

tl::unexpected<Error> wrong(std::string what) { return reactor::failed({}, {}, what); }

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// Digits with a decimal point, exact up to 15 of them. strtod takes more (blanks, hexadecimal, "inf") and is 10 KB of a static
// binary, std::from_chars of a double 60 KB.
std::optional<double> decimal(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  double value = 0, scale = 1;
  bool any = false, fraction = false;
  for (const char c : digits) {
    if (c == '.' && !fraction) {
      fraction = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (fraction && scale >= 1e18) continue;  // nobody asks for the digits of an attosecond
      value = value * 10 + (c - '0');
      if (fraction) scale *= 10;
    } else {
      return std::nullopt;
    }
  }
  if (!any || !std::isfinite(value)) return std::nullopt;
  return (negative ? -value : value) / scale;
}

}  // namespace

std::span<const CommandSpec* const> commands() {
  static const auto sorted = [] {
    std::vector<const CommandSpec*> all;
    for (const Command* command = Command::last_; command != nullptr; command = command->before_) all.push_back(&command->spec_);
    std::sort(all.begin(), all.end(), [](const CommandSpec* a, const CommandSpec* b) { return a->name < b->name; });
    return all;
  }();
  return sorted;
}

const CommandSpec* find_command(std::string_view name) {
  for (const Command* command = Command::last_; command != nullptr; command = command->before_)
    if (const CommandSpec& spec = command->spec_; spec.name == name || is_alias(spec.aliases, name)) return &spec;
  return nullptr;
}

const OptSpec* find_option(const CommandSpec& spec, std::string_view flag) {
  const auto found = std::ranges::find(spec.options, flag, &OptSpec::flag);
  return found == spec.options.end() ? nullptr : &*found;
}

Result<Args> Args::parse(const CommandSpec& spec, std::vector<std::string> words, std::string text) {
  Args args;
  args.words_ = std::move(words);
  args.text_ = std::move(text);
  if (spec.raw) {
    args.positional_ = args.words_;
    return args;
  }
  bool only_words = false;
  for (std::size_t i = 0; i < args.words_.size(); ++i) {
    const std::string& word = args.words_[i];
    const bool option = !only_words && word.size() > 1 && word[0] == '-';
    if (option && word == "--") {
      only_words = true;
      continue;
    }
    if (!option || (looks_like_number(word) && find_option(spec, word.substr(0, 2)) == nullptr)) {
      args.positional_.push_back(word);
      continue;
    }
    const auto take_value = [&](const OptSpec& spec_of, std::string_view rest) -> Result<void> {
      if (!rest.empty()) {
        args.given_.push_back({spec_of.flag, std::string(rest)});
      } else if (i + 1 < args.words_.size()) {
        args.given_.push_back({spec_of.flag, args.words_[++i]});
      } else {
        return wrong("option " + std::string(spec_of.flag) + " needs " + std::string(spec_of.value));
      }
      return {};
    };
    if (const OptSpec* whole = find_option(spec, word)) {
      if (whole->value.empty()) {
        args.given_.push_back({whole->flag, {}});
      } else {
        TRY_VOID(take_value(*whole, {}));
      }
      continue;
    }
    if (word[1] == '-') {
      const std::size_t equals = word.find('=');
      const OptSpec* named = equals == std::string::npos ? nullptr : find_option(spec, std::string_view(word).substr(0, equals));
      if (named == nullptr || named->value.empty()) return wrong("unknown option " + quoted(word));
      args.given_.push_back({named->flag, word.substr(equals + 1)});
      continue;
    }
    // Several one-letter options in one word; the last may carry its value: -la, -c5.
    for (std::size_t k = 1; k < word.size(); ++k) {
      const OptSpec* letter = find_option(spec, std::string{'-', word[k]});
      if (letter == nullptr) return wrong("unknown option " + quoted(word.size() == 2 ? word : std::string{'-', word[k]}));
      if (letter->value.empty()) {
        args.given_.push_back({letter->flag, {}});
        continue;
      }
      TRY_VOID(take_value(*letter, std::string_view(word).substr(k + 1)));
      break;
    }
  }
  std::size_t least = 0;
  bool open_end = false;
  for (const ArgSpec& arg : spec.args) {
    if (!arg.optional) ++least;
    if (arg.repeated) open_end = true;
  }
  if (args.count() < least) return wrong("missing " + std::string(spec.args[args.count()].name));
  if (!open_end && args.count() > spec.args.size()) return wrong("too many arguments: " + quoted(args[spec.args.size()]));
  return args;
}

bool Args::has(std::string_view flag) const {
  return std::any_of(given_.begin(), given_.end(), [flag](const Given& g) { return g.flag == flag; });
}

std::optional<std::string> Args::value(std::string_view flag) const {
  const auto found = std::find_if(given_.rbegin(), given_.rend(), [flag](const Given& g) { return g.flag == flag; });
  if (found == given_.rend()) return std::nullopt;
  return found->value;
}

Result<std::int64_t> Args::number(std::size_t index, std::int64_t least, std::int64_t most) const {
  return parse_number(positional_[index], positional_[index], least, most);
}

Result<std::int64_t> Args::number(std::string_view flag, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
  const auto text = value(flag);
  if (!text) return otherwise;
  return parse_number(*text, flag, least, most);
}

Result<std::chrono::nanoseconds> Args::duration(std::size_t index) const { return parse_duration(positional_[index], positional_[index]); }

Result<std::chrono::nanoseconds> Args::duration(std::string_view flag, std::chrono::nanoseconds otherwise) const {
  const auto text = value(flag);
  if (!text) return otherwise;
  return parse_duration(*text, flag);
}

Result<std::int64_t> parse_number(std::string_view text, std::string_view what, std::int64_t least, std::int64_t most) {
  std::string_view digits = text;
  const bool negative = !digits.empty() && digits[0] == '-';
  if (negative) digits.remove_prefix(1);
  int base = 10;
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    base = 16;
    digits.remove_prefix(2);
  }
  std::uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  const std::string where = what == text ? "" : std::string(what) + ": ";
  if (digits.empty() || end != digits.data() + digits.size() || error == std::errc::invalid_argument)
    return wrong(where + quoted(text) + " is not a number");
  const std::uint64_t room = negative ? std::uint64_t{1} << 63 : static_cast<std::uint64_t>(INT64_MAX);
  if (error == std::errc::result_out_of_range || magnitude > room) return wrong(where + quoted(text) + " is too large");
  const auto value = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  if (value < least || value > most) {
    if (most == INT64_MAX) return wrong(where + quoted(text) + " is less than " + std::to_string(least));
    return wrong(where + quoted(text) + " is not in " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

Result<double> parse_fraction(std::string_view text, std::string_view what, double least, double most) {
  const auto value = decimal(text);
  if (value && *value >= least && *value <= most) return *value;
  return wrong(fmt::format("{}: {} is not a number from {} to {}", what, quoted(text), least, most));
}

Result<std::chrono::nanoseconds> parse_duration(std::string_view text, std::string_view what) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  static constexpr Unit units[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
  std::string_view digits = text;
  double factor = 1;
  for (const Unit& unit : units)
    if (text.size() > unit.name.size() && text.ends_with(unit.name)) {
      digits = text.substr(0, text.size() - unit.name.size());
      factor = unit.seconds;
      break;
    }
  const auto value = decimal(digits);
  const std::string where = what == text ? "" : std::string(what) + ": ";
  if (!value) return wrong(where + quoted(text) + " is not a time in seconds");
  // 100 years; more would not fit into nanoseconds.
  if (*value < 0 || *value * factor > 3.2e9) return wrong(where + quoted(text) + " is out of range");
  return std::chrono::nanoseconds(std::llround(*value * factor * 1e9));
}

Result<std::uint64_t> parse_size(std::string_view text, std::string_view what) {
  std::string_view digits = text;
  unsigned shift = 0;
  if (!digits.empty()) {
    if (digits.size() > 1 && (digits.back() == 'B' || digits.back() == 'b')) digits.remove_suffix(1);
    switch (digits.back()) {
      case 'k': case 'K': shift = 10; break;
      case 'm': case 'M': shift = 20; break;
      case 'g': case 'G': shift = 30; break;
      default: break;
    }
    if (shift != 0) digits.remove_suffix(1);
  }
  auto value = parse_number(digits, digits, 0, INT64_MAX >> shift);
  if (!value) return wrong((what == text ? "" : std::string(what) + ": ") + quoted(text) + " is not a size");
  return static_cast<std::uint64_t>(*value) << shift;
}

int Context::fail(const Error& error) {
  if (error.cancelled()) return 130;
  if (error.code == EPIPE && error.tried == "write") return 141;
  return fail(error.text());
}

int Context::fail(std::string_view what) {
  err.print("{}: {}\n", spec.name, what);
  return 1;
}

int Context::bad_usage(std::string_view what) {
  err.print("{}: {}\n", spec.name, what);
  std::string_view forms = spec.usage;
  std::string_view lead = "usage: ";
  do {
    const std::size_t end = std::min(forms.find('\n'), forms.size());
    err.print("{}{} {}\n", lead, spec.name, forms.substr(0, end));
    forms.remove_prefix(std::min(end + 1, forms.size()));
    lead = "       ";
  } while (!forms.empty());
  return 2;
}

}  // namespace shell
