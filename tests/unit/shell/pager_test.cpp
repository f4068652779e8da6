// The pager on a pseudo terminal.
#include <catch2/catch.hpp>

#include "shell/pager.h"
#include "shell/pty_session.h"

using namespace test;
using namespace shell;

namespace {

Task<int> page(Screen& screen, Context* cx) {
  Pager pager(screen, "input", cx->in);
  auto done = co_await pager.run();
  co_return done ? 0 : cx->fail(done.error());
}

// Pages its input.
Task<int> run(Context& cx) {
  std::function<Task<int>(Screen&)> tool = [&cx](Screen& screen) { return page(screen, &cx); };
  auto status = co_await on_screen(cx, std::move(tool));
  co_return status ? *status : cx.fail(status.error());
}
constexpr CommandSpec spec = {.name = "pages", .help = "page the input", .example = "pages", .run = run};
const Command self(spec);

// Numbered lines; then the input ends, or stays open.
constexpr ArgSpec line_args[] = {{.name = "N", .kind = Arg::number}, {.name = "END", .optional = true}};
Task<int> number_lines(Context& cx) {
  const auto n = cx.args.number(0);
  for (std::int64_t i = 1; i <= *n; ++i) {
    cx.out.print("line {}{}\n", i, i % 10 == 0 ? " Ten" : "");
    if (!cx.out.full()) continue;
    auto flushed = co_await cx.out.flush();
    if (!flushed) co_return cx.fail(flushed.error());
  }
  (void)co_await cx.out.flush();
  if (cx.args.count() > 1) (void)co_await reactor::sleep_for(100s);
  co_return 0;
}
constexpr CommandSpec lines_spec = {.name = "lines", .help = "print lines", .args = line_args, .example = "lines 3", .run = number_lines};
const Command lines_command(lines_spec);

constexpr ArgSpec count[] = {{.name = "N", .kind = Arg::number}};
Task<int> paged(Context& cx) {
  std::string text;
  for (std::int64_t i = 1; i <= *cx.args.number(0); ++i) text += fmt::format("row {}\n", i);
  auto printed = co_await print_paged(cx, "rows", std::move(text));
  co_return printed ? 0 : cx.fail(printed.error());
}
constexpr CommandSpec paged_spec = {.name = "paged", .help = "print rows", .args = count, .example = "paged 3", .run = paged};
const Command paged_command(paged_spec);

}  // namespace

TEST_CASE("the pager moves by rows, screens and lines", "[pager]") {
  on_pty({.columns = 40, .rows = 5}, [](PtySession& t) -> Task<void> {
    co_await t.type("lines 100 | pages\r");
    co_await t.shows("line 1\nline 2\nline 3\nline 4\ninput  lines 1-4 3%    q leaves, h helps");
    co_await t.type("j\x1b[B ");
    co_await t.contains("line 7\nline 8\nline 9\nline 10 Ten\n");
    co_await t.type("bk");
    co_await t.contains("line 2\nline 3\nline 4\nline 5\n");
    co_await t.type("50g");
    co_await t.contains("line 50 Ten\nline 51\n");
    co_await t.type("G");
    co_await t.shows("line 97\nline 98\nline 99\nline 100 Ten\ninput  lines 97-100 (END)");
    co_await t.type("    jj");
    co_await t.read_for(50ms);
    CHECK(t.screen.row(0) == "line 97");
    co_await t.type("k");
    co_await t.contains("line 96\nline 97");
    co_await t.type("g");
    co_await t.contains("line 1\nline 2\n");
    co_await t.type("h");
    co_await t.contains("Down j Enter");
    co_await t.leave("qq");
  });
}

TEST_CASE("the pager searches both ways, and in what it has not read yet", "[pager]") {
  on_pty({.columns = 40, .rows = 5}, [](PtySession& t) -> Task<void> {
    co_await t.enter("lines 200000 | pages", "line 4");
    co_await t.enter("/ten", "line 10 Ten\nline 11");
    co_await t.type("n");
    co_await t.contains("line 20 Ten\nline 21");
    co_await t.type("N");
    co_await t.contains("line 10 Ten\nline 11");
    co_await t.enter("/^line 190000\\b", "line 190000 Ten\nline 190001");
    co_await t.enter("?LINE", "not found");
    co_await t.enter("?line 7$", "line 7\nline 8\n");
    co_await t.enter("/(", "missing closing parenthesis");
    co_await t.leave("q");
  });
}

TEST_CASE("an input that stays open is shown, and q does not wait for it", "[pager]") {
  on_pty({.columns = 40, .rows = 5}, [](PtySession& t) -> Task<void> {
    co_await t.enter("lines 2 open | pages", "line 1\nline 2\n~\n~\n");
    co_await t.enter("/nowhere", "searching");
    co_await t.type("k");
    co_await t.read_for(20ms);
    co_await t.leave("q");
    co_await t.type("\x03");
  });
}

TEST_CASE("what is longer than the screen is paged, but not in a script or a pipe", "[pager]") {
  on_pty({.columns = 40, .rows = 6}, [](PtySession& t) -> Task<void> {
    co_await t.type("paged 4\r");
    co_await t.shows("> paged 4\nrow 1\nrow 2\nrow 3\nrow 4\n>");
    co_await t.type("paged 60\r");
    co_await t.shows("row 1\nrow 2\nrow 3\nrow 4\nrow 5\nrows  lines 1-5 7%     q leaves, h helps");
    co_await t.leave("q");
    co_await t.enter("paged 60 | upper", "ROW 60\n>");
  });
}
