// help on a terminal: rows that are too long for it are broken between words.
#include <catch2/catch.hpp>

#include "cmds/runner.h"
#include "shell/pty_session.h"

using namespace test;

TEST_CASE("help fills the rows of a terminal with whole words", "[help]") {
  on_pty({.columns = 60, .rows = 40}, [](PtySession& t) -> Task<void> {
    co_await t.type("help history\r");
    co_await t.contains(
        "\nUp and Down bring them back, Ctrl-R searches them. They are\n"
        "kept across boots in the file that the variable HISTFILE\n"
        "names when the console begins.\n\nExample:\n");
    co_await t.type("help\r");
    co_await t.contains(" - list the last N lines\n" + std::string(39, ' ') + "of the prompt, or all\n");
    co_await t.type("q");
  });
  // Where not even a command's name fits, lines go over the edge; there was an endless loop.
  on_pty({.columns = 5, .rows = 40}, [](PtySession& t) -> Task<void> {
    co_await t.type("help\r");
    co_await t.contains("Comma");
    co_await t.type("q");
  });
  CHECK(run("help history").out.find("that the variable HISTFILE\nnames when") != std::string::npos);
}
