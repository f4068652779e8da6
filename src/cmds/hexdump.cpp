// hexdump: bytes as hexadecimal and as text, 16 a line, as `hexdump -C`; equal lines once, then *.
#include "shell/filter.h"

namespace {
using namespace shell;

constexpr std::size_t kRow = 16;

struct Dump {
  std::uint64_t offset = 0;
  std::string previous;
  bool starred = false;
  bool all = false;
};

std::string row_text(std::uint64_t offset, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = fmt::format("{:08x} ", offset), letters;
  for (std::size_t i = 0; i < kRow; ++i) {
    if (i % 8 == 0) text += ' ';
    if (i >= bytes.size()) {
      text += "   ";
      continue;
    }
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += {digits[byte >> 4], digits[byte & 15], ' '};
    letters += byte >= 32 && byte < 127 ? bytes[i] : '.';
  }
  return text + " |" + letters + "|\n";
}

void add_row(Out& out, Dump& dump, std::string_view bytes) {
  if (!dump.all && bytes.size() == kRow && bytes == dump.previous) {
    if (!dump.starred) out.write("*\n");
    dump.starred = true;
  } else {
    out.write(row_text(dump.offset, bytes));
    dump.starred = false;
    dump.previous = bytes;
  }
  dump.offset += bytes.size();
}

Task<int> run(Context& cx) {
  std::uint64_t skip = 0, left = UINT64_MAX;
  if (const auto text = cx.args.value("-s")) {
    const auto value = parse_size(*text, "-s");
    if (!value) co_return cx.bad_usage(value.error());
    skip = *value;
  }
  if (const auto text = cx.args.value("-n")) {
    const auto value = parse_size(*text, "-n");
    if (!value) co_return cx.bad_usage(value.error());
    left = *value;
  }
  Dump dump;
  dump.all = cx.args.has("-v");
  dump.offset = skip;
  std::string row, piece(4 * 1024, '\0');  // 256 rows, half a millisecond, 20 times that in an emulated machine
  int status = 0;
  // Several files are one after the other, as one.
  for (const std::string& name : input_names(cx.args.positional())) {
    auto input = co_await Input::open(cx, name);
    if (!input) {
      status = cx.fail(input.error());
      if (status == 130) co_return status;
      continue;
    }
    while (left > 0) {
      auto n = co_await input->in().read(piece);
      if (!n) {
        status = cx.fail(input->named(n.error()));
        if (status == 130) co_return status;
        break;
      }
      if (*n == 0) break;
      std::string_view bytes = std::string_view(piece).substr(0, *n);
      const std::uint64_t skipped = std::min<std::uint64_t>(skip, bytes.size());
      skip -= skipped;
      bytes.remove_prefix(static_cast<std::size_t>(skipped));
      bytes = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
      left -= bytes.size();
      while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, kRow - row.size());
        row += part;
        bytes.remove_prefix(part.size());
        if (row.size() < kRow) continue;
        add_row(cx.out, dump, row);
        row.clear();
      }
      auto flushed = co_await cx.out.flush();
      if (!flushed) co_return cx.fail(flushed.error());
      auto went_on = co_await breathe(cx.out);
      if (!went_on) co_return cx.fail(went_on.error());
    }
  }
  if (!row.empty()) add_row(cx.out, dump, row);
  if (dump.offset > 0) cx.out.print("{:08x}\n", dump.offset);
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-C", .help = "hexadecimal and text (it always is)"},
                               {.flag = "-n", .value = "N", .kind = Arg::size, .help = "so many bytes"},
                               {.flag = "-s", .value = "N", .kind = Arg::size, .help = "leave out so many before"},
                               {.flag = "-v", .help = "equal lines too"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "hexdump",
                              .aliases = "hd",
                              .group = Group::files,
                              .usage = "[-C] [-n N] [-s N] [-v] [FILE…]",
                              .help = "show bytes in hexadecimal",
                              .options = options,
                              .args = args,
                              .details = "N may be 0x… or end in K, M or G.",
                              .example = "hexdump -n 64 /init",
                              .run = run};
const Command self(spec);

}  // namespace
