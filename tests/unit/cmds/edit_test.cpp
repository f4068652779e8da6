// `edit` on a pseudo terminal: whole tasks, as a person does them, and what is then in the file.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "cmds/runner.h"
#include "shell/pty_session.h"

using namespace test;

namespace {

constexpr const char* keys_row = "^S save  ^X save+leave  ^Q leave  ^F find  ^R replace  ^G line  ^Z undo  F1 help";

Task<void> leaves(PtySession& t) {
  co_await t.comes_true([&] { return !t.screen.alternate(); });
}

void resize(PtySession& t, int columns, int rows) {
  t.screen.resize(columns, rows);
  t.set_driver_size(columns, rows);
  ::kill(::getpid(), SIGWINCH);
}

bool only(const Folder& folder, const std::string& name) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) count += entry.path().filename() == name ? 1 : 100;
  return count == 1;
}

}  // namespace

TEST_CASE("a new file is typed, saved and left", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    PtySession t({.columns = 100, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + folder.path() + "/new.txt\r");
    co_await t.contains("a new file");
    co_await t.type("one\r  two\rthree");
    co_await t.contains("one\n  two\n  three\n~\n");
    CHECK(t.screen.row(0).find("/new.txt [+]") != std::string::npos);
    CHECK(t.screen.row(0).ends_with("line 3/3  column 8"));
    CHECK(t.screen.row(7) == keys_row);
    CHECK(t.screen.cursor_row() == 3);
    CHECK(t.screen.cursor_column() == 7);
    co_await t.type("\x13");
    co_await t.contains("saved: 17 bytes, 2 lines");
    CHECK(folder.read("new.txt") == "one\n  two\n  three");
    co_await t.type("\x1b[1;5H\x1b[3~O\x1b[1;5F\r\x18");
    co_await leaves(t);
    CHECK(folder.read("new.txt") == "One\n  two\n  three\n  ");
    CHECK(only(folder, "new.txt"));
    co_await t.type("echo $?\r");
    co_await t.contains("echo $?\n0\n>");
    co_await t.close();
  });
}

TEST_CASE("what is not understood stays byte for byte", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    std::string odd("a\xff\xfe\x00\x1b[H\xc3\r\n\xe4\xb8\xad\xe5\x9b\xbd\r\nno end", 24);
    const std::string file = folder.write("odd", odd);
    ::chmod(file.c_str(), 0751);
    PtySession t({.columns = 40, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("a<ff><fe>^@^[[H<c3>\n\xe4\xb8\xad\xe5\x9b\xbd\nno end\n~");
    co_await t.type("\x1b[B\x1b[C-\x13");
    co_await t.contains("saved");
    odd.insert(odd.find('\xe5'), "-");
    CHECK(folder.read("odd") == odd);
    struct stat s {};
    CHECK(::stat(file.c_str(), &s) == 0);
    CHECK((s.st_mode & 07777) == 0751);
    co_await t.type("\x1b[B\r\x18");
    co_await leaves(t);
    odd.insert(odd.size() - 3, "\r\n");
    CHECK(folder.read("odd") == odd);
    co_await t.close();
  });
}

TEST_CASE("leaving asks when the text is not saved", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n");
    PtySession t({.columns = 100, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("old\n");
    co_await t.type("x\x11");
    co_await t.contains("Not saved. Ctrl-Q");
    co_await t.type("y");  // returns, and is not typed
    co_await t.contains(keys_row);
    co_await t.type("\x1a");
    co_await t.comes_true([&] { return t.screen.row(0).find("[+]") == std::string::npos; });
    co_await t.type("z\x11");
    co_await t.contains("Not saved. Ctrl-Q");
    co_await t.type("\x11");
    co_await leaves(t);
    CHECK(folder.read("a") == "old\n");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("old\n");
    co_await t.type("new \x11\x13");
    co_await leaves(t);
    CHECK(folder.read("a") == "new old\n");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("new old\n");
    co_await t.type("\x11");
    co_await leaves(t);
    CHECK(only(folder, "a"));
    co_await t.close();
  });
}

TEST_CASE("search and replace, with groups, and undone in one step", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "key=one\nother\nkey=two\nKEY=three\nkey=four\n");
    PtySession t({.columns = 100, .rows = 9});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("key=four");
    co_await t.type("\x06key\r");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 3; });
    co_await t.type("\x0e");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 4; });
    co_await t.type("\x10\x10");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 1; });
    co_await t.type("\x10");
    co_await t.contains("from the end on");
    CHECK(t.screen.cursor_row() == 5);
    co_await t.type("\x06nowhere\r");
    co_await t.contains("not found");
    co_await t.type("\x06(\r");
    co_await t.contains("missing closing parenthesis");
    co_await t.type("\x1b[1;5H\x12k(e)y=(\\w+)\r\\2=\\1\\n\rn");
    co_await t.contains("line 3/6");
    co_await t.type("a");
    co_await t.contains("3 replaced");
    co_await t.type("\x13");
    co_await t.contains("saved");
    CHECK(folder.read("a") == "key=one\nother\ntwo=e\n\nthree=E\n\nfour=e\n\n");
    co_await t.type("\x1a\x13");
    co_await t.contains("saved: 41");
    CHECK(folder.read("a") == "key=one\nother\nkey=two\nKEY=three\nkey=four\n");
    co_await t.type("\x1b[1;5H\x12^\r# \rya\x18");
    co_await leaves(t);
    CHECK(folder.read("a") == "# key=one\n# other\n# key=two\n# KEY=three\n# key=four\n# ");
    co_await t.close();
  });
}

TEST_CASE("cut, copy and paste, also in the next file", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string a = folder.write("a", "one\ntwo\nthree\n"), b = folder.write("b", "");
    PtySession t({.columns = 100, .rows = 9});
    co_await t.shows(">");
    co_await t.type("edit " + a + "\r");
    co_await t.contains("three");
    co_await t.type("\x0b\x0b\x0b\x0b\x1b[1;5F\x16");
    co_await t.contains("three\none\ntwo\n\n~");
    co_await t.type("\x1a");
    co_await t.contains("three\n\n~");
    co_await t.type("\x19");
    co_await t.contains("three\none\ntwo\n\n~");
    co_await t.type("\x1b[1;5H\x1b[1;2C\x1b[1;2C\x03\x05\x16\x18");
    co_await leaves(t);
    CHECK(folder.read("a") == "threeth\none\ntwo\n");
    co_await t.type("edit " + b + "\r");
    co_await t.contains("line 1/1");
    co_await t.type("\x16\x16\x18");
    co_await leaves(t);
    CHECK(folder.read("b") == "thth");
    co_await t.close();
  });
}

TEST_CASE("lines longer than the screen wrap or go aside, with numbers or without", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "abcdefghijklmnopqrstuvwxyz\nshort\n");
    PtySession t({.columns = 11, .rows = 7});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("abcdefghij\nklmnopqrst\nuvwxyz\nshort\n");
    co_await t.type("\x1b[B\x1b[B\x1b[B");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 4; });
    co_await t.type("\x1b[A\x05");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 3 && t.screen.cursor_column() == 6; });
    co_await t.type("\x1bw");
    co_await t.comes_true([&] { return t.screen.row(1) == "vwxyz"; });
    co_await t.type("\x01");
    co_await t.comes_true([&] { return t.screen.row(1) == "abcdefghijk" && t.screen.row(2) == "short"; });
    resize(t, 20, 7);
    co_await t.type("\x1bn");
    co_await t.comes_true([&] { return t.screen.row(1) == "1 abcdefghijklmnopqr" && t.screen.row(3) == "3"; });
    co_await t.type("\x11");
    co_await leaves(t);
    co_await t.close();
  });
}

TEST_CASE("a key in a full screen of 200x60 sends less than 200 bytes", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    std::string text;
    for (int line = 1; line <= 200; ++line) {
      for (int word = 0; word < 16; ++word) text += "word" + std::to_string(line * 17 + word * 5) + "   ";
      text += "\n";
    }
    const std::string file = folder.write("a", text);
    PtySession t({.columns = 200, .rows = 60});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("^S save");
    co_await t.type("\x07" "30:80\r");
    co_await t.contains("line 30/201  column 80");
    for (const char* key : {"x", "y", "\x7f", " ", "\x1b[A", "\x1b[C", "\r", "z", "\x1a", "\x04", "\t", "\x0b", "\x16", "\x1b[1;2C"}) {
      co_await t.read_for(30ms);
      const std::size_t before = t.bytes;
      co_await t.type(key);
      co_await t.comes_true([&] { return t.bytes > before; });
      co_await t.read_for(30ms);
      INFO("key " << key << " on\n" << t.screen.screen());
      CHECK(t.bytes - before < 200);
    }
    co_await t.type("\x11\x11");
    co_await leaves(t);
    co_await t.close();
  });
}

TEST_CASE("a storm of sizes and a screen of one cell lose nothing", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "0123456789\n\tx\n\xe4\xb8\xad\n");
    PtySession t({.columns = 60, .rows = 10});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("0123456789");
    for (int i = 0; i < 60; ++i) {
      resize(t, 1 + (i * 37) % 90, 1 + (i * 11) % 30);
      if (i % 4 == 0) co_await t.type("a\x1b[B");
      if (i % 3 == 0) co_await t.read_for(1ms);
    }
    resize(t, 1, 1);
    co_await t.comes_true([&] { return t.console->columns() == 1; });
    co_await t.type("bc\x06x\r\x1b[1;5Fend\x1bn\x1bw\x1bn\x1bw\x1bOP");
    co_await t.read_for(50ms);
    co_await t.type("q\x18");
    co_await leaves(t);
    std::string text = folder.read("a");
    CHECK(std::count(text.begin(), text.end(), 'a') == 15);
    CHECK(text.ends_with("end"));
    co_await t.close();
  });
}

TEST_CASE("a paste of 1 MB is in the file, and one step of undo", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    PtySession t({.columns = 80, .rows = 24});
    co_await t.shows(">");
    co_await t.type("edit " + folder.path() + "/a\r");
    co_await t.contains("a new file");
    std::string text;
    for (int i = 0; text.size() < 1'000'000; ++i) text += "    line " + std::to_string(i) + " of a paste\r";
    const auto start = reactor::monotonic_now();
    reactor::JobScope typing;
    typing.spawn("typing", t.type("\x1b[200~" + text + "\x1b[201~"));
    co_await t.comes_true([&] { return typing.jobs().empty(); });
    co_await typing.join();
    co_await t.type("\x13");
    co_await t.contains("saved: " + std::to_string(text.size()));
    CHECK(reactor::monotonic_now() - start < 20s);
    std::replace(text.begin(), text.end(), '\r', '\n');
    CHECK(folder.read("a") == text);
    co_await t.type("\x1a");
    co_await t.contains("line 1/1");
    co_await t.type("\x18");
    co_await leaves(t);
    CHECK(folder.read("a").empty());
    co_await t.close();
  });
}

TEST_CASE("links stay links, and a file with two names keeps both", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "one"), twin = folder.path() + "/twin", link = folder.path() + "/link", nowhere = folder.path() + "/nowhere";
    std::filesystem::create_symlink("a", link);
    std::filesystem::create_symlink("made", nowhere);
    PtySession t({.columns = 100, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + link + "\r");
    co_await t.contains("one");
    co_await t.type("2\x18");
    co_await leaves(t);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(folder.read("a") == "2one");
    std::filesystem::create_hard_link(file, twin);
    co_await t.type("edit " + file + "\r");
    co_await t.contains("2one");
    co_await t.type("3\x18");
    co_await leaves(t);
    CHECK(folder.read("twin") == "32one");
    co_await t.type("edit " + nowhere + "\r");
    co_await t.contains("a new file");
    co_await t.type("4\x18");
    co_await leaves(t);
    CHECK(folder.read("made") == "4");
    co_await t.close();
  });
}

TEST_CASE("a recovery file is written to no link that somebody has put there", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n"), victim = folder.write("victim", "precious\n");
    std::filesystem::create_symlink("victim", folder.path() + "/.a.edit-recovery");
    {
      PtySession t({.columns = 100, .rows = 8});
      co_await t.shows(">");
      co_await t.type("edit " + file + "\r");
      co_await t.contains("old");
      co_await t.type("new ");
      co_await t.contains("new old");
      t.hang_up();
      const auto done = co_await reactor::with_timeout(5s, "end", t.job->finished());
      CHECK(done);
      co_await t.close();
    }
    CHECK(folder.read("victim") == "precious\n");
    std::ifstream kept("/tmp/.a.edit-recovery");
    CHECK(std::string(std::istreambuf_iterator<char>(kept), {}) == "new old\n");
    std::filesystem::remove("/tmp/.a.edit-recovery");
  });
}

TEST_CASE("a recovery file that cannot be read is not written over", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n"), left = folder.write(".a.edit-recovery", "what was typed\n");
    PtySession t({.columns = 200, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("holds what was not saved");
    std::filesystem::rename(left, folder.path() + "/kept");
    co_await t.type("r");
    co_await t.contains("edit: open " + left + ": No such file or directory");
    CHECK_FALSE(t.screen.alternate());
    co_await t.close();
  });
}

TEST_CASE("a file that somebody else changes is not overwritten without a question", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "mine\n");
    PtySession t({.columns = 200, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("mine");
    folder.write("a", "theirs, and longer\n");
    co_await t.type("x\x13");
    co_await t.contains("was changed by somebody else");
    co_await t.type("\x1b");
    co_await t.contains(keys_row);
    co_await t.type("\x0f\r");
    co_await t.contains("was changed by somebody else. Overwrite it?");
    co_await t.type("n");
    co_await t.contains(keys_row);
    CHECK(folder.read("a") == "theirs, and longer\n");
    co_await t.type("\x13s\x15" + folder.path() + "/b\r");
    co_await t.contains("saved");
    CHECK(folder.read("b") == "xmine\n");
    co_await t.type("y\x13");
    co_await t.contains("saved: 7");
    folder.write("b", "theirs again\n");
    co_await t.type("z\x18");
    co_await t.contains("was changed by somebody else");
    co_await t.type("o");
    co_await leaves(t);
    CHECK(folder.read("b") == "xyzmine\n");
    co_await t.close();
  });
}

TEST_CASE("what cannot be read is an error, not an empty file", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    PtySession t({.columns = 200, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + folder.path() + "\r");
    co_await t.contains("edit: read " + folder.path() + ": Is a directory\n>");
    co_await t.type("edit " + folder.path() + "/x/y\r");
    co_await t.contains("cannot be written: No such file or directory. Ctrl-O saves under another name.");
    co_await t.type("z\x13");
    co_await t.contains("not saved: " + folder.path() + "/x/y: No such file or directory");
    co_await t.type("\x0f\x15" + folder.path() + "/y\r");
    co_await t.contains("saved: 1");
    CHECK(folder.read("y") == "z");
    co_await t.type("\x11");
    co_await leaves(t);
    co_await t.close();
  });
}

TEST_CASE("a stream is edited and saved under a name", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    PtySession t({.columns = 100, .rows = 8});
    co_await t.shows(">");
    co_await t.type("echo from a pipe | edit -\r");
    co_await t.contains("(no name) [+]");
    co_await t.type("text \x18" + folder.path() + "/s\r");
    co_await leaves(t);
    CHECK(folder.read("s") == "text from a pipe\n");
    co_await t.close();
  });
}

TEST_CASE("after a hang-up the next edit offers what was not saved", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n");
    {
      PtySession t({.columns = 100, .rows = 8});
      co_await t.shows(">");
      co_await t.type("edit " + file + "\r");
      co_await t.contains("old");
      co_await t.type("new ");
      co_await t.contains("new old");
      t.hang_up();
      const auto done = co_await reactor::with_timeout(5s, "end", t.job->finished());
      CHECK(done);
      co_await t.close();
    }
    CHECK(folder.read("a") == "old\n");
    CHECK(folder.read(".a.edit-recovery") == "new old\n");
    PtySession t({.columns = 200, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("holds what was not saved");
    co_await t.type("r");
    co_await t.contains("new old\n");
    co_await t.type("\x18");
    co_await leaves(t);
    CHECK(folder.read("a") == "new old\n");
    co_await t.close();
  });
}

TEST_CASE("a hang-up in the middle of a save leaves the old file or the new one", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    std::string old;
    while (old.size() < 8'000'000) old += "a line of the old file\n";
    for (const auto pause : {0ms, 2ms, 10ms, 40ms}) {
      const std::string file = folder.write("a", old);
      PtySession t({.columns = 100, .rows = 8});
      co_await t.shows(">");
      co_await t.type("edit " + file + "\r");
      co_await t.contains("old file");
      co_await t.type("X\x13");
      if (pause > 0ms) co_await t.read_for(pause);
      t.hang_up();
      const auto done = co_await reactor::with_timeout(10s, "end", t.job->finished());
      CHECK(done);
      co_await t.close();
      const std::string now = folder.read("a");
      const bool whole = now == old || now == "X" + old;
      CHECK(whole);
      if (now == old && std::filesystem::exists(folder.path() + "/.a.edit-recovery")) CHECK(folder.read(".a.edit-recovery").substr(1) == old);
      std::filesystem::remove(folder.path() + "/.a.edit-recovery");
      CHECK(only(folder, "a"));
    }
  });
}

TEST_CASE("what was typed is in the recovery file after some seconds", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n");
    PtySession t({.columns = 100, .rows = 8});
    co_await t.shows(">");
    co_await t.type("edit " + file + "\r");
    co_await t.contains("old");
    co_await t.type("new ");
    const std::string recovery = folder.path() + "/.a.edit-recovery";
    co_await t.read_for(4200ms);
    co_await t.comes_true([&] { return std::filesystem::exists(recovery); });
    CHECK(folder.read(".a.edit-recovery") == "new old\n");
    co_await t.type("\x13");
    co_await t.contains("saved");
    CHECK_FALSE(std::filesystem::exists(recovery));
    co_await t.type("\x11");
    co_await leaves(t);
    co_await t.close();
  });
}
