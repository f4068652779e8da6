// Full-screen tools on a pseudo terminal: views, keys, dialogs, and the terminal as it was afterwards.
#include <signal.h>

#include <catch2/catch.hpp>

#include "shell/dialogs.h"
#include "shell/pty_session.h"

using namespace test;
using namespace shell;

namespace {

History answers;

// Its size in the first row, what happened last in the second.
class Panel final : public View {
 public:
  void draw(Canvas& canvas) override {
    ++drawn;
    canvas.put(0, 0, fmt::format("{}x{}", canvas.columns(), canvas.rows()), {.reverse = true});
    canvas.put(1, 0, said);
    canvas.put(canvas.rows() - 1, 0, "status", {.text = Colour::green});
    canvas.set_cursor(1, 0);
  }
  std::string said = "ready";
  int drawn = 0;
};

Task<void> say_later(Screen* screen, Panel* panel) {
  auto slept = co_await reactor::sleep_for(30ms);
  panel->said = slept ? "later" : "stopped";
  screen->refresh();
}

Task<int> tool(Screen& screen) {
  Panel panel;
  const Screen::Showing showing(screen, panel);
  for (;;) {
    auto key = co_await screen.key();
    if (!key) co_return key.error().cancelled() ? 130 : 3;
    if (key->is('q')) co_return 7;
    if (key->is('x')) throw std::runtime_error("burst");
    if (key->is('l')) {
      auto line = co_await ask_line(screen, "name: ", answers, "ab");
      if (!line) co_return 3;
      panel.said = line->value_or("nothing");
    } else if (key->is('y')) {
      auto yes = co_await ask_yes(screen, "sure?");
      if (!yes) co_return 3;
      panel.said = *yes ? "yes" : "no";
    } else if (key->is('c')) {
      std::vector<std::string> entries{"ether", "ip", "ipv6", "tcp", "udp", "icmp", "arp", "raw"};
      auto chosen = co_await choose(screen, "layer", std::move(entries));
      if (!chosen) co_return 3;
      panel.said = *chosen ? std::to_string(**chosen) : "none";
    } else if (key->is('r')) {
      reactor::JobScope scope;
      scope.spawn("later", say_later(&screen, &panel));
      auto next = co_await screen.key();
      scope.request_stop();
      co_await scope.join();
      if (!next) co_return 3;
    } else if (key->code == Key::Code::function) {
      panel.said = fmt::format("{}F{}", key->shift ? "Shift-" : "", key->number);
    } else if (key->code == Key::Code::escape) {
      panel.said = "escape";
    }
  }
}

Task<int> other_terminal(PtySession* other) {
  (void)co_await reactor::sleep_for(20ms);
  co_return other->slave();
}

Task<int> run(Context& cx) {
  auto status = co_await on_screen(cx, tool);
  co_return status ? *status : cx.fail(status.error());
}
constexpr CommandSpec spec = {.name = "panel", .help = "a full-screen tool", .example = "panel", .run = run};
const Command self(spec);

}  // namespace

TEST_CASE("a tool has the other screen and gives it back with its status", "[screen]") {
  on_pty({}, [](PtySession& t) -> Task<void> {
    co_await t.type("panel\r");
    co_await t.shows("40x10\nready\n\n\n\n\n\n\n\nstatus");
    CHECK(t.screen.alternate());
    CHECK(t.screen.cursor_row() == 1);
    co_await t.type("\x1b");
    co_await t.contains("escape");
    co_await t.type("qecho $?\r");
    co_await t.shows("> panel\n> echo $?\n7\n>");
    CHECK_FALSE(t.screen.alternate());
  });
}

TEST_CASE("an exception, a stop and a hang-up leave the terminal as it was", "[screen]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.enter("panel", "ready");
    co_await t.type("x");
    co_await t.shows("> panel\npanel: internal error: burst\n>");
    co_await t.enter("panel", "ready");
    t.job->request_stop();
    co_await t.comes_true([&] { return t.job->done() && !t.screen.alternate(); });
    CHECK(t.cooked());
    co_await t.close();
    PtySession gone;
    co_await gone.shows(">");
    co_await gone.type("panel\r");
    co_await gone.contains("ready");
    co_await gone.hangs_up();
    co_await gone.close();
  });
}

TEST_CASE("a line is asked for with the line editor and its history", "[screen]") {
  on_pty({}, [](PtySession& t) -> Task<void> {
    answers.clear();
    co_await t.type("panel\rl");
    co_await t.shows("40x10\nready\n\n\n\n\n\n\n\nname: ab");
    CHECK(t.screen.cursor_column() == 8);
    co_await t.type("\x01x\x05y\r");
    co_await t.shows("40x10\nxaby\n\n\n\n\n\n\n\nstatus");
    co_await t.enter("l\x15\x1b[A", "xaby");
    co_await t.type("l\x15\x12xa");
    co_await t.contains("(search) 'xa'");
    co_await t.type("\x1b");
    co_await t.contains("name:");
    co_await t.type("\x1b");
    co_await t.contains("nothing");
    co_await t.type("l\x15" + std::string(60, 'z') + "END");
    co_await t.comes_true([&] { return t.screen.row(9).ends_with("zzEND"); });
    CHECK(t.screen.row(9).starts_with("name: zz"));
    CHECK(t.screen.cursor_column() == 39);
    co_await t.type("\rq");
    co_await t.shows("> panel\n>");
  });
}

TEST_CASE("a question takes as many rows as it needs", "[screen]") {
  on_pty({.columns = 7, .rows = 5}, [](PtySession& t) -> Task<void> {
    co_await t.type("panel\ry");
    co_await t.contains("sure?\n(y/n)");
    co_await t.type("nq");
    co_await t.comes_true([&] { return !t.screen.alternate(); });
  });
}

TEST_CASE("questions and lists", "[screen]") {
  on_pty({.columns = 20, .rows = 6}, [](PtySession& t) -> Task<void> {
    co_await t.type("panel\ry");
    co_await t.contains("sure? (y/n)");
    co_await t.type("kY");
    co_await t.shows("20x6\nyes\n\n\n\nstatus");
    CHECK(t.screen.bells() == 1);
    co_await t.type("c");
    co_await t.shows("layer\n ether\n ip\n ipv6\n tcp\nEnter choose  Esc ba");
    co_await t.type("\x1b[B\x1b[B\x1b[B\x1b[B");
    co_await t.shows("layer\n ip\n ipv6\n tcp\n udp\nEnter choose  Esc ba");
    co_await t.type("\r");
    co_await t.contains("4\n\n\n\nstatus");
    co_await t.enter("cic", "5\n\n\n\nstatus");
    co_await t.type("c\x1b");
    co_await t.contains("none");
    co_await t.type("q");
  });
}

TEST_CASE("resize storms end with the last size, down to one cell", "[screen]") {
  on_pty({}, [](PtySession& t) -> Task<void> {
    co_await t.enter("panel", "ready");
    for (int i = 0; i < 50; ++i) {
      const int columns = 1 + (i * 37) % 120, rows = 1 + (i * 11) % 50;
      t.resize(columns, rows);
      if (i % 5 == 0) co_await t.read_for(1ms);
    }
    t.resize(1, 1);
    co_await t.comes_true([&] { return t.console->columns() == 1; });
    co_await t.type("ly\rc\x1b");
    co_await t.read_for(100ms);
    t.resize(30, 5);
    co_await t.shows("30x5\nnone\n\n\nstatus");
    co_await t.type("q");
  });
}

TEST_CASE("on a serial line a tool asks for the size, and again with Ctrl-L", "[screen]") {
  on_pty({.columns = 30, .rows = 5, .driver_knows_size = false}, [](PtySession& t) -> Task<void> {
    t.screen.resize(20, 6);
    co_await t.type("panel\r");
    co_await t.shows("20x6\nready\n\n\n\nstatus");
    t.screen.resize(25, 4);
    co_await t.type("\x0c");
    co_await t.shows("25x4\nready\n\nstatus");
    co_await t.type("q");
    co_await t.contains("> panel\n>");
  });
}

TEST_CASE("a garbled answer to the question about the size makes no endless screen", "[screen]") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 30, .rows = 5, .driver_knows_size = false});
    co_await t.type("\x1b[30000;30000R");  // before the terminal's own
    co_await t.comes_true([&] { return t.console->columns() == 999 && t.console->rows() == 999; });
    co_await t.type("\r");
    co_await t.comes_true([&] { return t.console->columns() == 30 && t.console->rows() == 5; });
    co_await t.close();
  });
}

TEST_CASE("a key that looks like the answer to a question about the size is a key", "[screen]") {
  on_pty({.columns = 30, .rows = 5, .driver_knows_size = false}, [](PtySession& t) -> Task<void> {
    co_await t.enter("panel", "30x5\nready");
    co_await t.type("\x1b[1;2R");
    co_await t.contains("30x5\nShift-F3");
    co_await t.type("q");
    co_await t.contains("> panel\n>");
  });
}

TEST_CASE("PID 1's tool goes on, on the terminal that was opened anew", "[screen]") {
  on_loop([]() -> Task<void> {
    PtySession other;
    co_await other.shows(">");
    other.job->request_stop();
    co_await other.scope.join();
    const auto reopen = [&other]() { return other_terminal(&other); };
    PtySession t({.stays = true, .reopen = reopen});
    co_await t.shows(">");
    co_await t.type("panel\r\x1b");
    co_await t.contains("escape");
    t.hang_up();
    co_await other.contains("40x10\nescape\n");
    CHECK(other.screen.alternate());
    co_await other.type("q");
    co_await other.comes_true([&] { return !other.screen.alternate(); });
    co_await t.close();
    co_await other.close();
  });
}

TEST_CASE("what another job changes is drawn, and a tool in the background is refused", "[screen]") {
  on_pty({.columns = 100}, [](PtySession& t) -> Task<void> {
    co_await t.enter("panel &", "panel: it needs the whole screen, which only the line in the foreground can have");
    co_await t.type("panel\rr");
    co_await t.contains("later");
    co_await t.leave("zq");
  });
}
