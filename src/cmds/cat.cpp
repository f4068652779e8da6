// cat: copies files, or its input, to its output piece by piece as they come; so pipes and trace_pipe show at once.
// Status 0; 1 when one could not be read (the others are copied); 130 when stopped.
#include "shell/filter.h"

namespace {
using namespace shell;

constexpr std::size_t kPiece = 128 * 1024;

struct Numbering {
  bool on = false;
  std::uint64_t line = 0;
  bool at_start = true;
};

void write_numbered(Out& out, std::string_view piece, Numbering& numbering) {
  while (!piece.empty()) {
    if (numbering.at_start) out.print("{:6}\t", ++numbering.line);
    const std::size_t end = piece.find('\n');
    numbering.at_start = end != std::string_view::npos;
    const std::string_view line = piece.substr(0, numbering.at_start ? end + 1 : end);
    out.write(line);
    piece.remove_prefix(line.size());
  }
}

Task<int> run(Context& cx) {
  int status = 0;
  std::string buffer(kPiece, '\0');
  Numbering numbering{.on = cx.args.has("-n")};
  for (const std::string& name : input_names(cx.args.positional())) {
    auto input = co_await Input::open(cx, name);
    if (!input) {
      status = cx.fail(input.error());
      if (status == 130) co_return status;
      continue;
    }
    for (;;) {
      auto n = co_await input->in().read(buffer);
      if (!n) {
        status = cx.fail(input->named(n.error()));
        if (status == 130) co_return status;
        break;
      }
      if (*n == 0) break;
      const std::string_view piece = std::string_view(buffer).substr(0, *n);
      if (numbering.on) write_numbered(cx.out, piece, numbering);
      else cx.out.write(piece);
      auto flushed = co_await cx.out.flush();
      if (!flushed) co_return cx.fail(flushed.error());
      auto went_on = co_await breathe(cx.out);
      if (!went_on) co_return cx.fail(went_on.error());
    }
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-n", .help = "number the lines"}};
constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "cat", .group = Group::files, .usage = "[-n] [FILE…]", .help = "print files, or the input",
                              .options = options, .args = args, .details = "Without FILE, and for -, the input is copied.",
                              .example = "cat /proc/version\ncat < /proc/net/dev", .run = run};
const Command self(spec);

}  // namespace
