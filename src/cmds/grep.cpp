// grep: lines that match a regular expression (PCRE2) or hold a fixed string. Status 0 some, 1 none, 2 an error.
#include <sys/stat.h>

#include "reactor/directory.h"
#include "shell/file_tree.h"
#include "shell/filter.h"
#include "shell/pattern.h"

namespace {
using namespace shell;

constexpr int kTrouble = 2;

struct Search {
  std::vector<Pattern> patterns;
  bool invert = false, count = false, quiet = false, files = false, files_without = false, number = false, only = false,
       silent = false;
  bool names = false;
  std::uint64_t most = UINT64_MAX, before = 0, after = 0;
  bool found = false, trouble = false;
};

Result<bool> matches(const Search& search, std::string_view line) {
  for (const Pattern& pattern : search.patterns) {
    TRY(found, pattern.find(line));
    if (found) return true;
  }
  return false;
}

void heading(Out& out, const Search& search, std::string_view name, std::uint64_t number, char mark) {
  if (search.names) out.print("{}{}", name, mark);
  if (search.number) out.print("{}{}", number, mark);
}

void complain(Context& cx, Search& search, std::string_view name, std::uint64_t number, const Error& error) {
  cx.err.print("grep: {}: line {}: {}\n", name, number, error.text());
  search.trouble = true;
}

// The first match of any pattern, the longest where several begin; then the first behind it. The error is of writing.
Task<Result<void>> print_matches(Context& cx, Search* search, std::string_view name, std::uint64_t number, std::string_view line) {
  struct Ahead {
    Pattern::Matches matches;
    std::optional<Pattern::Match> match = {};
  };
  std::vector<Ahead> ahead;
  const auto step = [&](Ahead& pattern) {
    const auto next = pattern.matches.next();
    if (!next) complain(cx, *search, name, number, next.error());
    pattern.match = next ? *next : std::nullopt;
  };
  for (const Pattern& pattern : search->patterns) step(ahead.emplace_back(Ahead{Pattern::Matches(pattern, line)}));
  for (;;) {
    std::optional<Pattern::Match> first;
    for (const auto& [matches, match] : ahead)
      if (match && (!first || match->begin < first->begin || (match->begin == first->begin && match->end > first->end))) first = match;
    if (!first) co_return Result<void>();
    if (first->end > first->begin) {
      heading(cx.out, *search, name, number, ':');
      cx.out.print("{}\n", line.substr(first->begin, first->end - first->begin));
    }
    const std::size_t behind = std::max(first->end, first->begin + 1);
    for (Ahead& pattern : ahead) {
      if (!pattern.match || pattern.match->begin >= behind) continue;
      pattern.matches.go_on_from(behind);
      step(pattern);
    }
    auto went_on = co_await breathe(cx.out);
    if (!went_on) co_return went_on;
  }
}

// Everything about one input. The error is of reading or writing.
Task<Result<void>> search_lines(Context& cx, Search* search, In* in, std::string name) {
  std::uint64_t number = 0, hits = 0, last_shown = 0, after_left = 0;
  std::vector<std::string> before;  // the lines before, for -B
  for (;;) {
    auto line = co_await in->line();
    if (!line) co_return tl::unexpected(line.error());
    if (!*line) break;
    ++number;
    const auto hit = matches(*search, **line);
    if (!hit) complain(cx, *search, name, number, hit.error());
    if (hit && *hit != search->invert) {
      ++hits;
      search->found = true;
      if (search->quiet) co_return Result<void>();
      if (search->files || search->files_without) break;
      if (!search->count) {
        const bool context = search->before > 0 || search->after > 0;
        if (context && last_shown > 0 && number - before.size() > last_shown + 1) cx.out.write("--\n");
        for (std::size_t i = 0; i < before.size(); ++i) {
          heading(cx.out, *search, name, number - before.size() + i, '-');
          cx.out.print("{}\n", before[i]);
        }
        before.clear();
        if (search->only && !search->invert) {
          auto printed = co_await print_matches(cx, search, name, number, **line);
          if (!printed) co_return printed;
        } else {
          heading(cx.out, *search, name, number, ':');
          cx.out.print("{}\n", **line);
        }
        last_shown = number;
        after_left = search->after;
      }
      if (hits >= search->most) break;
    } else if (after_left > 0 && !search->count) {
      --after_left;
      heading(cx.out, *search, name, number, '-');
      cx.out.print("{}\n", **line);
      last_shown = number;
    } else if (search->before > 0) {
      before.push_back(std::move(**line));
      if (before.size() > search->before) before.erase(before.begin());
    }
    auto went_on = co_await after_line(*in, cx.out);
    if (!went_on) co_return went_on;
  }
  if (search->files && hits > 0) cx.out.print("{}\n", name);
  if (search->files_without && hits == 0) cx.out.print("{}\n", name);
  if (search->count) {
    if (search->names) cx.out.print("{}:", name);
    cx.out.print("{}\n", hits);
  }
  co_return Result<void>();
}

// 0 to go on, else the status to end with.
Task<int> search_file(Context& cx, Search* search, std::string path, bool recursive) {
  struct stat s {};
  if (path != "-" && ::stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode)) {
    if (!recursive) {
      cx.err.print("grep: {}: Is a directory\n", path);
      search->trouble = true;
      co_return 0;
    }
    const auto names = reactor::directory_names(path);
    if (!names) {
      (void)cx.fail(path + ": " + reactor::errno_text(names.error().code));
      search->trouble = true;
      co_return 0;
    }
    for (const std::string& name : *names) {
      const std::string below = path_join(path, name);
      // Links in a tree may lead round in circles, nodes may never end.
      if (::lstat(below.c_str(), &s) < 0 || (!S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode))) continue;
      auto status = co_await search_file(cx, search, below, true);
      if (status != 0 || (search->quiet && search->found)) co_return status;
    }
    co_return 0;
  }
  auto input = co_await Input::open(cx, path);
  Result<void> done;
  if (input) {
    done = co_await search_lines(cx, search, &input->in(), path == "-" ? std::string("(standard input)") : path);
    if (done) co_return 0;
    if (cx.out.broken()) co_return cx.fail(done.error());
    done = tl::unexpected(input->named(done.error()));
  } else {
    done = tl::unexpected(input.error());
  }
  if (done.error().cancelled()) co_return 130;
  search->trouble = true;
  if (!search->silent) (void)cx.fail(done.error());
  co_return 0;
}

Result<Search> search_of(const Args& args, std::vector<std::string>& names) {
  Search search{.invert = args.has("-v"),
                .count = args.has("-c"),
                .quiet = args.has("-q"),
                .files = args.has("-l"),
                .files_without = args.has("-L"),
                .number = args.has("-n"),
                .only = args.has("-o"),
                .silent = args.has("-s")};
  const Pattern::Options how{
      .fixed = args.has("-F"), .ignore_case = args.has("-i"), .whole_word = args.has("-w"), .whole_line = args.has("-x")};
  names.assign(args.positional().begin(), args.positional().end());
  std::vector<std::string> texts;
  for (std::size_t i = 0; i + 1 < args.words().size(); ++i) {
    if (args.words()[i] == "--") break;
    if (args.words()[i] == "-e") texts.push_back(args.words()[i + 1]);
  }
  if (texts.empty()) {
    if (const auto text = args.value("-e")) texts.push_back(*text);  // written -ePATTERN
    else if (names.empty()) return reactor::failed({}, {}, "missing PATTERN");
    else {
      texts.push_back(names[0]);
      names.erase(names.begin());
    }
  }
  for (const std::string& text : texts) {
    // As in grep(1), a newline in the pattern separates patterns.
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      TRY(pattern, Pattern::compile(std::string_view(text).substr(at, end - at), how));
      search.patterns.push_back(std::move(pattern));
      at = end + 1;
    }
  }
  TRY(most, args.number("-m", INT64_MAX, 0));
  TRY(around, args.number("-C", 0, 0, 1'000'000));
  TRY(before, args.number("-B", around, 0, 1'000'000));
  TRY(after, args.number("-A", around, 0, 1'000'000));
  search.most = static_cast<std::uint64_t>(most);
  search.before = static_cast<std::uint64_t>(before);
  search.after = static_cast<std::uint64_t>(after);
  return search;
}

Task<int> run(Context& cx) {
  std::vector<std::string> names;
  auto search = search_of(cx.args, names);
  if (!search) co_return cx.bad_usage(search.error());
  const bool recursive = cx.args.has("-r") || cx.args.has("-R");
  if (names.empty()) names.emplace_back(recursive ? "." : "-");
  search->names = (names.size() > 1 || recursive || cx.args.has("-H")) && !cx.args.has("-h");
  if (search->most == 0) co_return 1;
  for (const std::string& name : names) {
    auto status = co_await search_file(cx, &*search, name, recursive);
    if (status != 0) co_return status;
    if (search->quiet && search->found) co_return 0;
  }
  if (search->trouble) co_return kTrouble;
  co_return search->found ? 0 : 1;
}

constexpr OptSpec options[] = {{.flag = "-i", .help = "capitals and small letters are the same"},
                               {.flag = "-v", .help = "the lines that do not match"},
                               {.flag = "-c", .help = "only how many"},
                               {.flag = "-q", .help = "only the status"},
                               {.flag = "-n", .help = "with line numbers"},
                               {.flag = "-l", .help = "only names of files that match"},
                               {.flag = "-L", .help = "only names of files that do not"},
                               {.flag = "-o", .help = "only what matches"},
                               {.flag = "-F", .help = "PATTERN is the text itself"},
                               {.flag = "-E", .help = "PATTERN is a regular expression (it always is)"},
                               {.flag = "-P", .help = "the same"},
                               {.flag = "-w", .help = "whole words"},
                               {.flag = "-x", .help = "whole lines"},
                               {.flag = "-s", .help = "say nothing of files that cannot be read"},
                               {.flag = "-r", .help = "directories with all that is below"},
                               {.flag = "-R", .help = "the same"},
                               {.flag = "-H", .help = "with the file's name"},
                               {.flag = "-h", .help = "without it"},
                               {.flag = "-e", .value = "PATTERN", .help = "a pattern; may be given several times"},
                               {.flag = "-m", .value = "N", .kind = Arg::number, .help = "end after N lines"},
                               {.flag = "-A", .value = "N", .kind = Arg::number, .help = "N lines after each"},
                               {.flag = "-B", .value = "N", .kind = Arg::number, .help = "N lines before each"},
                               {.flag = "-C", .value = "N", .kind = Arg::number, .help = "both"}};
constexpr ArgSpec args[] = {{.name = "PATTERN", .optional = true},
                            {.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "grep",
    .group = Group::files,
    .usage =
        "[-i] [-v] [-c] [-q] [-n] [-l] [-L] [-o] [-F] [-E] [-P] [-w] [-x] [-s] [-r|-R] [-H] [-h] [-m N] [-A N] [-B N] [-C N] "
        "PATTERN|-e PATTERN [FILE…]",
    .help = "show the lines that match",
    .options = options,
    .args = args,
    .details =
        "PATTERN is a Perl-compatible regular expression: a|b, a+, (a), \\d, without backslashes before them. One that would try "
        "too\nmany ways on a line is given up for that line, with a message.",
    .example = "dmesg -a | grep -i 'nat46|error'",
    .run = run};
const Command self(spec);

}  // namespace
