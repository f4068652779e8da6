// The console on a pseudo terminal: what a person types, and what then stands on the screen.
#include <signal.h>

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "shell/pty_session.h"

using namespace test;

namespace {

// What init does: waits a little, tries again, and has the device some time later.
Task<int> next_terminal(PtySession* other, int* tries) {
  do {
    auto slept = co_await reactor::sleep_for(20ms);
    if (!slept) co_return -1;
  } while (++*tries < 3);
  co_return other->slave();
}

std::string temporary(const char* name) { return (std::filesystem::temp_directory_path() / (std::string(name) + std::to_string(::getpid()))).string(); }

}  // namespace

TEST_CASE("a line is edited, run, and the next prompt comes", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    CHECK(t.screen.cursor_column() == 2);
    co_await t.type("echo hx\x7f" "i\r");
    co_await t.shows("> echo hi\nhi\n>");
    co_await t.type("status 3\recho $?\r");
    co_await t.shows("> echo hi\nhi\n> status 3\n> echo $?\n3\n>");
    co_await t.type("nonsense\r");
    co_await t.contains("Unknown command: nonsense\nType 'help' for the list of commands.\n>");
    co_await t.close();
  });
}

TEST_CASE("Ctrl-D and exit leave with the last status, and the terminal is as it was", "[console]") {
  on_loop([]() -> Task<void> {
    for (const char* leaving : {"status 4\r\x04", "leave 4\r"}) {
      PtySession t;
      co_await t.shows(">");
      CHECK_FALSE(t.cooked());
      CHECK(t.screen.bracketed_paste());
      co_await t.type(leaving);
      auto status = co_await t.ended();
      CHECK(status == 4);
      CHECK(t.cooked());
      co_await t.read_for(20ms);
      CHECK_FALSE(t.screen.bracketed_paste());
      CHECK(t.screen.cursor_column() == 0);
      co_await t.close();
    }
  });
}

TEST_CASE("the console of PID 1 says that it stays", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 70, .stays = true});
    co_await t.shows(">");
    co_await t.type("\x04");
    co_await t.shows(">\nThis is PID 1: the console stays. 'poweroff' ends the machine.\n>");
    co_await t.type("leave 3\recho $?\r");
    co_await t.contains("> leave 3\nThis is PID 1: the console stays. 'poweroff' ends the machine.\n> echo $?\n3\n>");
    co_await t.close();
  });
}

TEST_CASE("Ctrl-C stops the foreground line and nothing else", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("nap 0.3 && echo alive &\r");
    co_await t.contains("[1] nap 0.3 && echo alive");
    int n = 0;
    for (const char* line : {"nap 100", "nap 100; echo no", "nap 100 | upper", "upper", "upper | first", "upper < /dev/tty0none || nap 9"}) {
      co_await t.type(std::string(line) + "\r");
      co_await t.read_for(60ms);
      co_await t.type("\x03");
      const auto start = reactor::monotonic_now();
      co_await t.type(fmt::format("echo status {} $?\r", n));
      co_await t.contains(fmt::format("\nstatus {} 130\n", n));
      CHECK(reactor::monotonic_now() - start < 2s);
      ++n;
    }
    co_await t.contains("\nalive\n");
    co_await t.contains("[1] done: nap 0.3 && echo alive");
    CHECK(t.screen.everything().find("\nno\n") == std::string::npos);
    co_await t.close();
  });
}

TEST_CASE("Ctrl-C stops endless output at once", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("endless\r");
    co_await t.contains("and on\nand on\n");
    const auto start = reactor::monotonic_now();
    co_await t.type("\x03");
    co_await t.comes_true([&] { return t.screen.screen().ends_with("\n>"); });
    CHECK(reactor::monotonic_now() - start < 2s);
    co_await t.close();
  });
}

TEST_CASE("Ctrl-C gives up the typed line", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("echo no\x03" "echo $?\r");
    co_await t.shows("> echo no^C\n> echo $?\n130\n>");
    co_await t.close();
  });
}

TEST_CASE("output of background jobs appears above the line that is typed", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 20, .rows = 10});
    co_await t.shows(">");
    co_await t.type("nap 0.1 && echo note &\r");
    co_await t.contains("[1]");
    co_await t.type("echo a line that is longer than a row\x1b[D\x1b[D");
    co_await t.shows("> nap 0.1 && echo no\nte &\n[1] nap 0.1 && echo\nnote\nnote\n[1] done: nap 0.1 &&\n echo note\n> echo a line that i\ns longer than a row");
    CHECK(t.screen.cursor_row() == 8);
    CHECK(t.screen.cursor_column() == 17);
    co_await t.type("X\r");
    co_await t.contains("\na line that is longe\nr than a rXow\n>");
    co_await t.close();
  });
}

TEST_CASE("a job that prints all the time does not disturb typing", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 30, .rows = 8});
    co_await t.shows(">");
    for (int i = 0; i < 4; ++i) co_await t.type("nap 0.0" + std::to_string(i + 1) + " && echo tick" + std::to_string(i) + " &\r");
    for (const char c : std::string("echo typed meanwhile")) {
      co_await t.type(std::string(1, c));
      co_await t.read_for(3ms);
    }
    co_await t.contains("[4] done");
    co_await t.comes_true([&] { return t.screen.screen().ends_with("\n> echo typed meanwhile"); });
    co_await t.close();
  });
}

TEST_CASE("the history is kept in a file", "[console]") {
  on_loop([]() -> Task<void> {
    const std::string file = temporary("console-history");
    std::filesystem::remove(file);
    {
      PtySession t({.history_file = file});
      co_await t.shows(">");
      co_await t.type("echo one\recho 'two \\ x'\recho 'two \\ x'\r");
      co_await t.contains("two \\ x\n>");
      co_await t.type("\x04");
      (void)co_await t.ended();
      co_await t.close();
    }
    PtySession t({.history_file = file});
    co_await t.shows(">");
    co_await t.type("\x1b[A\x1b[A");
    co_await t.shows("> echo one");
    co_await t.type("\x1b[B");
    co_await t.shows("> echo 'two \\ x'");
    co_await t.type("\x15\x12one");
    co_await t.shows("(search) 'one': echo one");
    co_await t.type("\r");
    co_await t.shows("> echo one\none\n>");
    std::filesystem::remove(file);
    co_await t.close();
  });
}

TEST_CASE("a history file that cannot be written is told once", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 80, .history_file = "/no/such/history"});
    co_await t.shows(">");
    co_await t.type("echo a\recho b\r");
    co_await t.shows("> echo a\nhistory: /no/such/history: No such file or directory (not kept any more)\na\n> echo b\nb\n>");
    co_await t.close();
  });
}

TEST_CASE("Tab completes commands, sub-commands, files, interfaces, variables and jobs", "[console]") {
  on_loop([]() -> Task<void> {
    const std::string folder = temporary("console-folder");
    std::filesystem::create_directories(folder + "/sub dir");
    std::ofstream(folder + "/file one.txt") << "x";
    PtySession t({.columns = 100, .rows = 20});
    co_await t.shows(">");
    co_await t.type("D=" + folder + "\r");
    co_await t.type("endl\t");
    co_await t.contains("> endless");
    co_await t.type("\x15link se\t");
    co_await t.contains("> link set");
    co_await t.type("l\t");
    co_await t.contains("> link set lo");
    co_await t.type("u\t");
    co_await t.contains("> link set lo up");
    co_await t.type("\x15" "echo > " + folder + "/f\t");
    co_await t.contains("/file\\ one.txt");
    co_await t.type("\x15" "echo '" + folder + "/s\t");
    co_await t.contains("'" + folder + "/sub dir/");
    co_await t.type("\x15" "echo $\t");
    co_await t.contains("> echo $D");
    co_await t.type("\x15nap 5 &\rkill-job \t");
    co_await t.contains("> kill-job %1");
    co_await t.type("\x15link \t\t");
    co_await t.contains("set   show\n> link s");
    std::filesystem::remove_all(folder);
    co_await t.close();
  });
}

TEST_CASE("lines wrap at the right edge, and the terminal may change its size", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 20, .rows = 8});
    co_await t.shows(">");
    co_await t.type("echo 345678901234567");
    co_await t.shows("> echo 3456789012345\n67");
    t.screen.resize(30, 8);
    t.set_driver_size(30, 8);
    ::kill(::getpid(), SIGWINCH);
    co_await t.shows("> echo 345678901234567");
    co_await t.type("\r");
    co_await t.shows("> echo 345678901234567\n345678901234567\n>");
    co_await t.close();
  });
}

TEST_CASE("a serial line has no size: the terminal is asked", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t({.columns = 20, .rows = 8, .driver_knows_size = false});
    co_await t.shows(">");
    co_await t.comes_true([&] { return t.console->columns() == 20 && t.console->rows() == 8; });
    co_await t.type("echo 345678901234567");
    co_await t.shows("> echo 3456789012345\n67");
    winsize size{};
    ::ioctl(t.slave(), TIOCGWINSZ, &size);
    CHECK(size.ws_col == 20);
    // Asked again at the next prompt.
    t.screen.resize(30, 8);
    co_await t.type("\r");
    co_await t.comes_true([&] { return t.console->columns() == 30; });
    co_await t.close();
  });
}

TEST_CASE("a sequence that a slow line cuts in two is one key, and a lone Esc is one", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("ac\x1b[");
    co_await t.read_for(150ms);
    co_await t.type("Db");
    co_await t.shows("> abc");
    co_await t.type("\x12xyz");
    co_await t.contains("search) 'xyz'");
    co_await t.type("\x1b");
    co_await t.shows("> abc");
    co_await t.type("d");
    co_await t.shows("> abdc");
    co_await t.close();
  });
}

TEST_CASE("a paste of 100 KB is taken quickly and not run", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    std::string text = "echo ";
    while (text.size() < 100'000) text += "0123456789 pasted\r";
    const auto start = reactor::monotonic_now();
    reactor::JobScope typing;
    typing.spawn("typing", t.type("\x1b[200~" + text + "\x1b[201~"));
    co_await t.comes_true([&] { return typing.jobs().empty(); });
    co_await typing.join();
    co_await t.comes_true([&] { return t.screen.screen().find("pasted\n0123456789 pasted") != std::string::npos; });
    CHECK(reactor::monotonic_now() - start < 4s);
    co_await t.type("\x03" "echo $?\r");
    co_await t.contains("echo $?\n130\n>");
    co_await t.close();
  });
}

TEST_CASE("a pasted script runs when Enter says so", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("\x1b[200~echo a\recho b\x1b[201~");
    co_await t.shows("> echo a\necho b");
    co_await t.type("\r");
    co_await t.shows("> echo a\necho b\na\nb\n>");
    co_await t.close();
  });
}

TEST_CASE("a trailing backslash asks for the rest of the line", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("echo a \\\rb\r");
    co_await t.shows("> echo a \\\n.. b\na b\n>");
    co_await t.type("echo \\\r\x03" "echo c\r");
    co_await t.contains(".. ^C\n> echo c\nc\n>");
    co_await t.close();
  });
}

TEST_CASE("a command reads what is typed while it runs", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("upper\r");
    co_await t.read_for(30ms);
    co_await t.type("abx\x7f" "c\r");
    co_await t.shows("> upper\nabc\nABC");
    co_await t.type("d\r\x04");
    co_await t.shows("> upper\nabc\nABC\nd\nD\n>");
    co_await t.type("\x1b[A");
    co_await t.contains("D\n> upper");  // its input is no line of the history
    co_await t.close();
  });
}

TEST_CASE("what is typed while nobody reads belongs to the next prompt", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("nap 0.1\recho ahead\rech");
    co_await t.shows("> nap 0.1\n> echo ahead\nahead\n> ech");
    co_await t.close();
  });
}

TEST_CASE("the prompt begins in the first column whatever a command leaves behind", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("ask name? \rx\r");
    co_await t.shows("> ask name?\nname? x\nhello x\n>");
    co_await t.type("part abc\r");
    co_await t.contains("> part abc\nabc\n>");
    co_await t.close();
  });
}

TEST_CASE("a hang-up ends the console and what it runs", "[console]") {
  on_loop([]() -> Task<void> {
    for (const char* line : {"", "nap 100\r", "upper\r"}) {
      PtySession t;
      co_await t.shows(">");
      co_await t.type(line);
      co_await t.read_for(30ms);
      co_await t.hangs_up();
      co_await t.close();
    }
  });
}

TEST_CASE("PID 1's console outlives a hang-up and does not spin", "[console]") {
  on_loop([]() -> Task<void> {
    // Another terminal takes the place of the one that hung up, after two failed tries.
    PtySession other;
    co_await other.shows(">");
    other.job->request_stop();
    co_await other.scope.join();
    int tries = 0;
    const auto reopen = [&other, &tries]() { return next_terminal(&other, &tries); };
    PtySession t({.stays = true, .reopen = reopen});
    co_await t.shows(">");
    co_await t.type("nap 0.6; echo went on\r");
    co_await t.read_for(30ms);
    t.hang_up();
    co_await other.comes_true([&] { return tries == 3; });
    co_await other.contains("went on\n>");
    co_await other.type("echo new\r");
    co_await other.contains("echo new\nnew\n>");
    co_await t.close();
    co_await other.close();
  });
}

TEST_CASE("an idle console makes no wake-ups", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("ec");
    co_await t.shows("> ec");
    const auto before = reactor::Loop::current().statistics().waits;
    auto slept = co_await reactor::sleep_for(300ms);
    CHECK(slept);
    CHECK(reactor::Loop::current().statistics().waits - before <= 2);
    co_await t.close();
  });
}

TEST_CASE("a full-screen tool has every key, and other output waits for its end", "[console]") {
  on_loop([]() -> Task<void> {
    PtySession t;
    co_await t.shows(">");
    co_await t.type("nap 1 && echo late &\r");
    co_await t.contains("[1]");
    co_await t.type("keys\r");
    co_await t.contains("tool");
    co_await t.type("a\x03");
    co_await t.read_for(1500ms);
    CHECK(t.screen.everything().find("\nlate\n") == std::string::npos);
    co_await t.type("q");
    co_await t.contains("\nlate\n");
    co_await t.contains("a ctrl-c q\n>");
    co_await t.close();
  });
}
