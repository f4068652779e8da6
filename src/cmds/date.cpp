// date: shows the time, in a format of its own if wanted, or sets it.
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <ctime>

#include "shell/command.h"
#include "shell/text.h"

namespace {
using namespace shell;

// A time of which `pattern` says the parts, Y m d H M S, and what stands between them. (strptime knows all locales' names: 13 KB.)
bool read_parts(std::string_view text, std::string_view pattern, std::tm& parts) {
  struct Part {
    char letter;
    int std::tm::*part;
    int least, most, offset;
  };
  static constexpr Part known[] = {{'Y', &std::tm::tm_year, 1900, 9999, 1900}, {'m', &std::tm::tm_mon, 1, 12, 1},
                                   {'d', &std::tm::tm_mday, 1, 31, 0},         {'H', &std::tm::tm_hour, 0, 23, 0},
                                   {'M', &std::tm::tm_min, 0, 59, 0},          {'S', &std::tm::tm_sec, 0, 60, 0}};
  for (const char c : pattern) {
    const auto* const found = std::ranges::find(known, c, &Part::letter);
    if (found == std::end(known)) {
      if (!text.starts_with(c)) return false;
      text.remove_prefix(1);
      continue;
    }
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), c == 'Y' ? 4 : 2), value);
    if (error != std::errc{} || value < found->least || value > found->most) return false;
    parts.*found->part = value - found->offset;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return text.empty();
}

// "@SECONDS[.FRACTION]", "YYYY-MM-DD[ T]HH:MM[:SS]", "YYYY-MM-DD", "HH:MM[:SS]" of today.
Result<timespec> parse_time(const std::string& text, bool utc) {
  timespec time{};
  if (text.starts_with('@')) {
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string fraction = text.substr(std::min(point + 1, text.size()));
    TRY(seconds, parse_number(std::string_view(text).substr(1, point - 1), text));
    if (fraction.find_first_not_of("0123456789") != std::string::npos)
      return reactor::failed({}, {}, "'" + text + "' is not @SECONDS");
    fraction.resize(9, '0');  // nanoseconds
    TRY(nanoseconds, parse_number(fraction, text));
    time.tv_sec = seconds;
    time.tv_nsec = nanoseconds;
    return time;
  }
  const std::time_t now = std::time(nullptr);
  for (const std::string_view pattern : {"Y-m-d H:M:S", "Y-m-dTH:M:S", "Y-m-d H:M", "Y-m-dTH:M", "Y-m-d", "H:M:S", "H:M"}) {
    std::tm parts{};
    if (utc) ::gmtime_r(&now, &parts);
    else ::localtime_r(&now, &parts);
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    parts.tm_isdst = -1;
    if (!read_parts(text, pattern, parts)) continue;
    time.tv_sec = utc ? ::timegm(&parts) : ::mktime(&parts);
    return time;
  }
  return reactor::failed({}, {}, "'" + text + "' is not @SECONDS, YYYY-MM-DD HH:MM:SS or HH:MM:SS");
}

// strftime, with %N for nanoseconds (%3N milliseconds and so on) as in date(1).
std::string formatted(const timespec& time, std::string_view format, bool utc) {
  std::string plain;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      plain += format[i];
      continue;
    }
    const bool digit = format[i + 1] >= '1' && format[i + 1] <= '9' && i + 2 < format.size() && format[i + 2] == 'N';
    if (format[i + 1] == 'N' || digit) {
      plain += fmt::format("{:09}", time.tv_nsec).substr(0, digit ? static_cast<std::size_t>(format[i + 1] - '0') : 9);
      i += digit ? 2 : 1;
    } else {
      plain += format.substr(i++, 2);
    }
  }
  std::tm parts{};
  if (utc) ::gmtime_r(&time.tv_sec, &parts);
  else ::localtime_r(&time.tv_sec, &parts);
  // strftime says 0 for too little room and for nothing: a character more tells them apart.
  plain += ' ';
  std::string text(plain.size() * 32 + 256, '\0');
  text.resize(std::strftime(text.data(), text.size(), plain.c_str(), &parts));
  if (!text.empty()) text.pop_back();
  return text;
}

Task<int> run(Context& cx) {
  const bool utc = cx.args.has("-u");
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  if (const auto file = cx.args.value("-r")) {
    struct stat s {};
    if (::stat(file->c_str(), &s) < 0) co_return cx.fail(*file + ": " + reactor::errno_text(errno));
    time = s.st_mtim;
  }
  for (const std::string_view flag : {"-d", "-s"}) {
    const auto text = cx.args.value(flag);
    if (!text) continue;
    const auto wanted = parse_time(*text, utc);
    if (!wanted) co_return cx.bad_usage(wanted.error());
    time = *wanted;
    if (flag == "-s" && ::clock_settime(CLOCK_REALTIME, &time) < 0)
      co_return cx.fail("cannot set the clock: " + reactor::errno_text(errno));
  }
  std::string_view format = utc ? "%a %b %e %H:%M:%S UTC %Y" : "%a %b %e %H:%M:%S %Z %Y";
  if (cx.args.has("-I")) format = "%F";
  if (cx.args.count() > 0) {
    if (!cx.args[0].starts_with('+')) co_return cx.bad_usage("'" + cx.args[0] + "' is no +FORMAT (date -s sets the clock)");
    format = std::string_view(cx.args[0]).substr(1);
  }
  cx.out.print("{}\n", formatted(time, format, utc));
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-u", .help = "in UTC"},
                               {.flag = "-d", .value = "TIME", .help = "this time instead of now"},
                               {.flag = "-s", .value = "TIME", .help = "set the clock"},
                               {.flag = "-r", .value = "FILE", .kind = Arg::path, .help = "the time of a file's last change"},
                               {.flag = "-I", .help = "as YYYY-MM-DD"}};
constexpr ArgSpec args[] = {{.name = "+FORMAT", .optional = true}};
constexpr CommandSpec spec = {
    .name = "date",
    .group = Group::system,
    .usage = "[-u] [-d TIME] [-s TIME] [-r FILE] [-I] [+FORMAT]",
    .help = "show or set the time",
    .options = options,
    .args = args,
    .details = "TIME: @SECONDS since 1970, YYYY-MM-DD HH:MM:SS, YYYY-MM-DD or HH:MM:SS. FORMAT as in strftime, %N nanoseconds.",
    .example = "date +%s.%3N",
    .run = run};
const Command self(spec);

}  // namespace
