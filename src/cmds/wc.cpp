// wc: counts lines, words, bytes, characters.
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "shell/filter.h"

namespace {
using namespace shell;

struct Counts {
  std::uint64_t lines = 0, words = 0, characters = 0, bytes = 0;
};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void count(Counts& counts, std::string_view piece, bool& in_word) {
  counts.bytes += piece.size();
  counts.lines += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
  for (const char c : piece) {
    counts.characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1U : 0U;
    const bool blank = is_blank(c);
    counts.words += !blank && !in_word ? 1U : 0U;
    in_word = !blank;
  }
}

Task<Result<Counts>> count_all(Result<Input>* input) {
  if (!*input) co_return tl::unexpected(input->error());
  std::string piece(128 * 1024, '\0');
  Counts counts;
  for (bool in_word = false;;) {
    auto n = co_await (*input)->in().read(piece);
    if (!n) co_return tl::unexpected((*input)->named(n.error()));
    if (*n == 0) co_return counts;
    count(counts, std::string_view(piece).substr(0, *n), in_word);
    auto turn = co_await take_turns();
    if (!turn) co_return tl::unexpected(turn.error());
  }
}

Task<int> run(Context& cx) {
  struct Column {
    std::string_view flag;
    std::uint64_t Counts::*value;
    bool usual;
  };
  constexpr std::array<Column, 4> columns = {{{"-l", &Counts::lines, true},
                                              {"-w", &Counts::words, true},
                                              {"-m", &Counts::characters, false},
                                              {"-c", &Counts::bytes, true}}};
  const bool chosen = std::any_of(columns.begin(), columns.end(), [&cx](const Column& c) { return cx.args.has(c.flag); });
  const auto wanted = [&](const Column& c) { return chosen ? cx.args.has(c.flag) : c.usual; };
  struct Row {
    Counts counts;
    std::string name;
  };
  std::vector<Row> rows;
  Counts total;
  int status = 0;
  bool sized = true;
  for (const std::string& name : input_names(cx.args.positional())) {
    auto input = co_await Input::open(cx, name);
    auto counts = co_await count_all(&input);
    if (!counts) {
      status = cx.fail(counts.error());
      if (status == 130) co_return status;
      continue;
    }
    struct stat s {};
    sized = sized && name != "-" && ::stat(name.c_str(), &s) == 0 && S_ISREG(s.st_mode);
    rows.push_back({*counts, cx.args.count() == 0 ? std::string() : name});
    for (const Column& c : columns) total.*c.value += (*counts).*c.value;
  }
  const bool alone = std::count_if(columns.begin(), columns.end(), wanted) == 1 && cx.args.count() <= 1;
  // As wide as the largest number can be; 7, as ever, where no size tells.
  const std::size_t width = alone ? 1 : sized ? std::to_string(total.bytes).size() : 7;
  if (cx.args.count() > 1) rows.push_back({total, "total"});
  for (const Row& row : rows) {
    std::string line;
    for (const Column& c : columns)
      if (wanted(c)) line += fmt::format("{}{:{}}", line.empty() ? "" : " ", row.counts.*c.value, width);
    cx.out.print("{}{}{}\n", line, row.name.empty() ? "" : " ", row.name);
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-l", .help = "lines"},
                               {.flag = "-w", .help = "words"},
                               {.flag = "-c", .help = "bytes"},
                               {.flag = "-m", .help = "characters (UTF-8)"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "wc",
                              .group = Group::files,
                              .usage = "[-l] [-w] [-c] [-m] [FILE…]",
                              .help = "count lines, words and bytes",
                              .options = options,
                              .args = args,
                              .example = "wc -l /tmp/result.jsonl",
                              .run = run};
const Command self(spec);

}  // namespace
