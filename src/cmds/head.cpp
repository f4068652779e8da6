// head: the first lines (or bytes) of files. A long or endless input is left as soon as they are there.
#include "shell/filter.h"

namespace {
using namespace shell;

struct Amount {
  bool bytes;
  std::uint64_t count;
};

// "-c N", "-n N" or "-N".
Result<Amount> amount_of(const Args& args, std::vector<std::string>& names) {
  Amount amount{args.has("-c"), 10};
  names.assign(args.positional().begin(), args.positional().end());
  if (const auto text = args.value(amount.bytes ? "-c" : "-n")) {
    TRY(count, parse_size(*text, amount.bytes ? "-c" : "-n"));
    amount.count = count;
  } else if (!names.empty() && names[0].size() > 1 && names[0][0] == '-') {
    TRY(count, parse_size(std::string_view(names[0]).substr(1), names[0]));
    amount.count = count;
    names.erase(names.begin());
  }
  if (names.empty()) names.emplace_back("-");
  return amount;
}

Task<Result<void>> copy_bytes(In* in, Out* out, std::uint64_t left) {
  std::string piece(64 * 1024, '\0');
  while (left > 0) {
    auto n = co_await in->read(std::span(piece).first(std::min<std::uint64_t>(left, piece.size())));
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) break;
    left -= *n;
    out->write(std::string_view(piece).substr(0, *n));
    auto flushed = co_await out->flush();
    if (!flushed) co_return flushed;
  }
  co_return Result<void>();
}

Task<Result<void>> copy_lines(In* in, Out* out, std::uint64_t left) {
  for (; left > 0; --left) {
    auto line = co_await in->line();
    if (!line) co_return tl::unexpected(line.error());
    if (!*line) break;
    out->print("{}{}", **line, in->line_was_open() ? "" : "\n");
    auto went_on = co_await after_line(*in, *out);
    if (!went_on) co_return went_on;
  }
  co_return Result<void>();
}

Task<int> run(Context& cx) {
  std::vector<std::string> names;
  const auto amount = amount_of(cx.args, names);
  if (!amount) co_return cx.bad_usage(amount.error());
  int status = 0;
  bool first = true;
  for (const std::string& name : names) {
    auto input = co_await Input::open(cx, name);
    if (!input) {
      status = cx.fail(input.error());
      if (status == 130) break;
      continue;
    }
    if ((names.size() > 1 && !cx.args.has("-q")) || cx.args.has("-v"))
      cx.out.print("{}==> {} <==\n", first ? "" : "\n", input->name());
    first = false;
    Task<Result<void>> copy =
        amount->bytes ? copy_bytes(&input->in(), &cx.out, amount->count) : copy_lines(&input->in(), &cx.out, amount->count);
    auto copied = co_await std::move(copy);
    if (copied) continue;
    if (cx.out.broken()) co_return cx.fail(copied.error());
    status = cx.fail(input->named(copied.error()));
    if (status == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-n", .value = "N", .kind = Arg::number, .help = "so many lines (10)"},
                               {.flag = "-c", .value = "N", .kind = Arg::size, .help = "so many bytes"},
                               {.flag = "-q", .help = "no headings"},
                               {.flag = "-v", .help = "headings always"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "head",
                              .group = Group::files,
                              .usage = "[-n N|-c N] [-q] [-v] [FILE…]",
                              .help = "show the first lines",
                              .options = options,
                              .args = args,
                              .details = "-5 is -n 5. N may end in K, M or G.",
                              .example = "dmesg -a | head -5",
                              .run = run};
const Command self(spec);

}  // namespace
