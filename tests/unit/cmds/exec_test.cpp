// exec at the console: a program has a terminal of its own.
#include <signal.h>

#include <catch2/catch.hpp>

#include "shell/pty_session.h"

using namespace test;

TEST_CASE("exec on the console gives the program a terminal") {
  on_pty({.columns = 60, .rows = 20}, [](PtySession& t) -> Task<void> {
    co_await t.enter("exec sh -c 'test -t 0 && test -t 1 && stty size && read line && echo got $line; exit 3'", "20 60");
    co_await t.enter("typ\x7fpe", "got type\n>");
    co_await t.enter("echo status $?", "status 3\n>");
  });
}

TEST_CASE("Ctrl-C on the console is a signal of the program's terminal, and a new size reaches it") {
  on_pty({.columns = 60, .rows = 20}, [](PtySession& t) -> Task<void> {
    co_await t.enter("exec sh -c 'trap \"stty size\" WINCH; trap \"echo caught; exit 5\" INT; echo up; while :; do sleep 0.05; done'", "\nup");
    t.set_driver_size(50, 15);
    ::raise(SIGWINCH);
    co_await t.contains("15 50");
    co_await t.type("\x03");
    co_await t.contains("caught\n>");
    co_await t.enter("echo status $?", "status 5\n");
  });
}

TEST_CASE("exec on the console with a redirection or in a pipe has no terminal there") {
  on_pty({.columns = 60, .rows = 20}, [](PtySession& t) -> Task<void> {
    co_await t.enter("exec sh -c 'test -t 0 || echo no input terminal' < /dev/null", "\nno input terminal");
    co_await t.enter("exec sh -c 'test -t 1 || echo none' | cat", "\nnone");
  });
}

TEST_CASE("a hang-up ends the program on the console") {
  on_pty({}, [](PtySession& t) -> Task<void> {
    co_await t.type("exec sleep 1000\r");
    co_await t.read_for(200ms);
    co_await t.hangs_up();
  });
}
