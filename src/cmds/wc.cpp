// wc: counts lines, words, bytes, characters.
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

Task<Result<Counts>> count_all(In* in) {
  std::string piece(128 * 1024, '\0');
  Counts counts;
  for (bool in_word = false;;) {
    auto n = co_await in->read(piece);
    if (!n) co_return tl::unexpected(n.error());
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
  constexpr std::array<Column, 4> columns = {{{"-l", &Counts::lines, true}, {"-w", &Counts::words, true}, {"-m", &Counts::characters, false}, {"-c", &Counts::bytes, true}}};
  const bool chosen = std::any_of(columns.begin(), columns.end(), [&cx](const Column& c) { return cx.args.has(c.flag); });
  const auto wanted = [&](const Column& c) { return chosen ? cx.args.has(c.flag) : c.usual; };
  const bool alone = std::count_if(columns.begin(), columns.end(), wanted) == 1 && cx.args.count() <= 1;
  const auto print = [&](const Counts& counts, std::string_view name) {
    std::string line;
    for (const Column& c : columns)
      if (wanted(c)) line += (line.empty() ? "" : " ") + (alone ? std::to_string(counts.*c.value) : fmt::format("{:7}", counts.*c.value));
    cx.out.print("{}{}{}\n", line, name.empty() ? "" : " ", name);
  };
  Counts total;
  int status = 0;
  for (const std::string& name : input_names(cx.args.positional())) {
    auto input = co_await Input::open(cx, name);
    if (!input) {
      status = cx.fail(input.error());
      if (status == 130) co_return status;
      continue;
    }
    auto counts = co_await count_all(&input->in());
    if (!counts) {
      status = cx.fail(input->named(counts.error()));
      if (status == 130) co_return status;
      continue;
    }
    print(*counts, cx.args.count() == 0 ? std::string_view() : std::string_view(name));
    for (const Column& c : columns) total.*c.value += (*counts).*c.value;
  }
  if (cx.args.count() > 1) print(total, "total");
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-l", .help = "lines"}, {.flag = "-w", .help = "words"}, {.flag = "-c", .help = "bytes"}, {.flag = "-m", .help = "characters (UTF-8)"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "wc", .group = Group::files, .usage = "[-l] [-w] [-c] [-m] [FILE…]", .help = "count lines, words and bytes", .options = options, .args = args,
                              .example = "wc -l /tmp/result.jsonl", .run = run};
const Command self(spec);

}  // namespace
