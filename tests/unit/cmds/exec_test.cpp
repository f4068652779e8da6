// exec at the console: a program has a terminal of its own.
#include <signal.h>

#include <catch2/catch.hpp>

#include "shell/pty_session.h"

using namespace test;

TEST_CASE("exec on the console gives the program a terminal") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 60, .rows = 20});
    co_await t.shows(">");
    co_await t.type("exec sh -c 'test -t 0 && test -t 1 && stty size && read line && echo got $line; exit 3'\r");
    co_await t.contains("20 60");
    co_await t.type("typ\x7fpe\r");  // the line is edited by the terminal's own driver
    co_await t.contains("got type\n>");
    co_await t.type("echo status $?\r");
    co_await t.contains("status 3\n>");
    co_await t.close();
  });
}

TEST_CASE("Ctrl-C on the console is a signal of the program's terminal, and a new size reaches it") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 60, .rows = 20});
    co_await t.shows(">");
    co_await t.type("exec sh -c 'trap \"stty size\" WINCH; trap \"echo caught; exit 5\" INT; echo up; while :; do sleep 0.05; done'\r");
    co_await t.contains("\nup");
    t.set_driver_size(50, 15);
    ::raise(SIGWINCH);
    co_await t.contains("15 50");
    co_await t.type("\x03");
    co_await t.contains("caught\n>");
    co_await t.type("echo status $?\r");
    co_await t.contains("status 5\n");
    co_await t.close();
  });
}

TEST_CASE("exec on the console with a redirection or in a pipe has no terminal there") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 60, .rows = 20});
    co_await t.shows(">");
    co_await t.type("exec sh -c 'test -t 0 || echo no input terminal' < /dev/null\r");
    co_await t.contains("\nno input terminal");
    co_await t.type("exec sh -c 'test -t 1 || echo none' | cat\r");
    co_await t.contains("\nnone");
    co_await t.close();
  });
}

TEST_CASE("a hang-up ends the program on the console") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("exec sleep 1000\r");
    co_await t.read_for(200ms);
    t.hang_up();
    auto status = co_await t.ended();
    CHECK(status != -1);
    co_await t.close();
  });
}
