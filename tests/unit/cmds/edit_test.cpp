// `edit` on a pseudo terminal: whole tasks, as a person does them, and what is then in the file.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "cmds/runner.h"
#include "shell/pty_session.h"

using namespace test;

namespace {

constexpr const char* keys_row = "^S save  ^X save+leave  ^Q leave  ^F find  ^R replace  ^G line  ^Z undo  F1 help";

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool only(const Folder& folder, const std::string& name) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) count += entry.path().filename() == name ? 1 : 100;
  return count == 1;
}

}  // namespace

TEST_CASE("a new file is typed, saved and left", "[edit]") {
  on_pty({.columns = 100, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    co_await t.enter("edit " + folder.path() + "/new.txt", "a new file");
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
    co_await t.leave("\x1b[1;5H\x1b[3~O\x1b[1;5F\r\x18");
    CHECK(folder.read("new.txt") == "One\n  two\n  three\n  ");
    CHECK(only(folder, "new.txt"));
    co_await t.enter("echo $?", "echo $?\n0\n>");
  });
}

TEST_CASE("a stream to edit is another command's output, and not what is typed", "[edit]") {
  on_pty({.columns = 100, .rows = 8}, [](PtySession& t) -> Task<void> {
    co_await t.enter("edit -", "edit: - is for the output of another command: dmesg | edit -");
    co_await t.enter("less", "less: a file, or the output of another command, is needed");
    co_await t.enter("echo a text | edit -", "a text\n");
    co_await t.leave("\x11\x11");
  });
}

TEST_CASE("what is not understood stays byte for byte", "[edit]") {
  on_pty({.columns = 40, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    std::string odd("a\xff\xfe\x00\x1b[H\xc3\r\n\xe4\xb8\xad\xe5\x9b\xbd\r\nno end", 24);
    const std::string file = folder.write("odd", odd);
    ::chmod(file.c_str(), 0751);
    co_await t.enter("edit " + file, "a<ff><fe>^@^[[H<c3>\n\xe4\xb8\xad\xe5\x9b\xbd\nno end\n~");
    co_await t.type("\x1b[B\x1b[C-\x13");
    co_await t.contains("saved");
    odd.insert(odd.find('\xe5'), "-");
    CHECK(folder.read("odd") == odd);
    struct stat s {};
    CHECK(::stat(file.c_str(), &s) == 0);
    CHECK((s.st_mode & 07777) == 0751);
    co_await t.leave("\x1b[B\r\x18");
    odd.insert(odd.size() - 3, "\r\n");
    CHECK(folder.read("odd") == odd);
  });
}

TEST_CASE("leaving asks when the text is not saved", "[edit]") {
  on_pty({.columns = 100, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n");
    co_await t.enter("edit " + file, "old\n");
    co_await t.type("x\x11");
    co_await t.contains("Not saved. Ctrl-Q");
    co_await t.type("y");  // returns, and is not typed
    co_await t.contains(keys_row);
    co_await t.type("\x1a");
    co_await t.comes_true([&] { return t.screen.row(0).find("[+]") == std::string::npos; });
    co_await t.type("z\x11");
    co_await t.contains("Not saved. Ctrl-Q");
    co_await t.leave("\x11");
    CHECK(folder.read("a") == "old\n");
    co_await t.enter("edit " + file, "old\n");
    co_await t.leave("new \x11\x13");
    CHECK(folder.read("a") == "new old\n");
    co_await t.enter("edit " + file, "new old\n");
    co_await t.leave("\x11");
    CHECK(only(folder, "a"));
  });
}

TEST_CASE("search and replace, with groups, and undone in one step", "[edit]") {
  on_pty({.columns = 100, .rows = 9}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "key=one\nother\nkey=two\nKEY=three\nkey=four\n");
    co_await t.enter("edit " + file, "key=four");
    co_await t.type("\x06key\r");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 3; });
    co_await t.type("\x0e");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 4; });
    co_await t.type("\x10\x10");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 1; });
    co_await t.type("\x10");
    co_await t.contains("from the end on");
    CHECK(t.screen.cursor_row() == 5);
    co_await t.enter("\x06nowhere", "not found");
    co_await t.enter("\x06(", "missing closing parenthesis");
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
    co_await t.leave("\x1b[1;5H\x12^\r# \rya\x18");
    CHECK(folder.read("a") == "# key=one\n# other\n# key=two\n# KEY=three\n# key=four\n# ");
  });
}

TEST_CASE("cut, copy and paste, also in the next file", "[edit]") {
  on_pty({.columns = 100, .rows = 9}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string a = folder.write("a", "one\ntwo\nthree\n"), b = folder.write("b", "");
    co_await t.enter("edit " + a, "three");
    co_await t.type("\x0b\x0b\x0b\x0b\x1b[1;5F\x16");
    co_await t.contains("three\none\ntwo\n\n~");
    co_await t.type("\x1a");
    co_await t.contains("three\n\n~");
    co_await t.type("\x19");
    co_await t.contains("three\none\ntwo\n\n~");
    co_await t.leave("\x1b[1;5H\x1b[1;2C\x1b[1;2C\x03\x05\x16\x18");
    CHECK(folder.read("a") == "threeth\none\ntwo\n");
    co_await t.enter("edit " + b, "line 1/1");
    co_await t.leave("\x16\x16\x18");
    CHECK(folder.read("b") == "thth");
  });
}

TEST_CASE("lines longer than the screen wrap or go aside, with numbers or without", "[edit]") {
  on_pty({.columns = 11, .rows = 7}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "abcdefghijklmnopqrstuvwxyz\nshort\n");
    co_await t.enter("edit " + file, "abcdefghij\nklmnopqrst\nuvwxyz\nshort\n");
    co_await t.type("\x1b[B\x1b[B\x1b[B");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 4; });
    co_await t.type("\x1b[A\x05");
    co_await t.comes_true([&] { return t.screen.cursor_row() == 3 && t.screen.cursor_column() == 6; });
    co_await t.type("\x1bw");
    co_await t.comes_true([&] { return t.screen.row(1) == "vwxyz"; });
    co_await t.type("\x01");
    co_await t.comes_true([&] { return t.screen.row(1) == "abcdefghijk" && t.screen.row(2) == "short"; });
    t.resize(20, 7);
    co_await t.type("\x1bn");
    co_await t.comes_true([&] { return t.screen.row(1) == "1 abcdefghijklmnopqr" && t.screen.row(3) == "3"; });
    co_await t.leave("\x11");
  });
}

TEST_CASE("a key in a full screen of 200x60 sends less than 200 bytes", "[edit]") {
  on_pty({.columns = 200, .rows = 60}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    std::string text;
    for (int line = 1; line <= 200; ++line) {
      for (int word = 0; word < 16; ++word) text += "word" + std::to_string(line * 17 + word * 5) + "   ";
      text += "\n";
    }
    const std::string file = folder.write("a", text);
    co_await t.enter("edit " + file, "^S save");
    co_await t.enter("\x07" "30:80", "line 30/201  column 80");
    for (const char* key : {"x", "y", "\x7f", " ", "\x1b[A", "\x1b[C", "\r", "z", "\x1a", "\x04", "\t", "\x0b", "\x16", "\x1b[1;2C"}) {
      auto sent = co_await t.bytes_for(key);
      INFO("key " << key << " on\n" << t.screen.screen());
      CHECK(sent < 200);
    }
    co_await t.leave("\x11\x11");
  });
}

TEST_CASE("a storm of sizes and a screen of one cell lose nothing", "[edit]") {
  on_pty({.columns = 60, .rows = 10}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "0123456789\n\tx\n\xe4\xb8\xad\n");
    co_await t.enter("edit " + file, "0123456789");
    for (int i = 0; i < 60; ++i) {
      t.resize(1 + (i * 37) % 90, 1 + (i * 11) % 30);
      if (i % 4 == 0) co_await t.type("a\x1b[B");
      if (i % 3 == 0) co_await t.read_for(1ms);
    }
    t.resize(1, 1);
    co_await t.comes_true([&] { return t.console->columns() == 1; });
    co_await t.type("bc\x06x\r\x1b[1;5Fend\x1bn\x1bw\x1bn\x1bw\x1bOP");
    co_await t.read_for(50ms);
    co_await t.leave("q\x18");
    std::string text = folder.read("a");
    CHECK(std::count(text.begin(), text.end(), 'a') == 15);
    CHECK(text.ends_with("end"));
  });
}

TEST_CASE("a paste of 1 MB is in the file, and one step of undo", "[edit]") {
  on_pty({.columns = 80, .rows = 24}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    co_await t.enter("edit " + folder.path() + "/a", "a new file");
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
    co_await t.leave("\x18");
    CHECK(folder.read("a").empty());
  });
}

TEST_CASE("links stay links, and a file with two names keeps both", "[edit]") {
  on_pty({.columns = 100, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "one"), twin = folder.path() + "/twin", link = folder.path() + "/link", nowhere = folder.path() + "/nowhere";
    std::filesystem::create_symlink("a", link);
    std::filesystem::create_symlink("made", nowhere);
    co_await t.enter("edit " + link, "one");
    co_await t.leave("2\x18");
    CHECK(std::filesystem::is_symlink(link));
    CHECK(folder.read("a") == "2one");
    std::filesystem::create_hard_link(file, twin);
    co_await t.enter("edit " + file, "2one");
    co_await t.leave("3\x18");
    CHECK(folder.read("twin") == "32one");
    co_await t.enter("edit " + nowhere, "a new file");
    co_await t.leave("4\x18");
    CHECK(folder.read("made") == "4");
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
      co_await t.enter("edit " + file, "old");
      co_await t.type("new ");
      co_await t.contains("new old");
      co_await t.hangs_up();
      co_await t.close();
    }
    CHECK(folder.read("victim") == "precious\n");
    std::string name = file;
    std::replace(name.begin(), name.end(), '/', '%');
    CHECK(content_of("/tmp/." + name + ".edit-recovery") == "new old\n");
    std::filesystem::remove("/tmp/." + name + ".edit-recovery");
  });
}

TEST_CASE("a recovery file that cannot be read is not written over", "[edit]") {
  on_pty({.columns = 200, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n"), left = folder.write(".a.edit-recovery", "what was typed\n");
    co_await t.enter("edit " + file, "holds what was not saved");
    std::filesystem::rename(left, folder.path() + "/kept");
    co_await t.type("r");
    co_await t.contains("edit: open " + left + ": No such file or directory");
    CHECK_FALSE(t.screen.alternate());
    CHECK_FALSE(std::filesystem::exists(left));
    CHECK(folder.read("kept") == "what was typed\n");
  });
}

TEST_CASE("a file that somebody else changes is not overwritten without a question", "[edit]") {
  on_pty({.columns = 200, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "mine\n");
    co_await t.enter("edit " + file, "mine");
    folder.write("a", "theirs, and longer\n");
    co_await t.type("x\x13");
    co_await t.contains("was changed by somebody else");
    co_await t.type("\x1b");
    co_await t.contains(keys_row);
    co_await t.enter("\x0f", "was changed by somebody else. Overwrite it?");
    co_await t.type("n");
    co_await t.contains(keys_row);
    CHECK(folder.read("a") == "theirs, and longer\n");
    co_await t.enter("\x13s\x15" + folder.path() + "/b", "saved");
    CHECK(folder.read("b") == "xmine\n");
    co_await t.type("y\x13");
    co_await t.contains("saved: 7");
    folder.write("b", "theirs again\n");
    co_await t.type("z\x18");
    co_await t.contains("was changed by somebody else");
    co_await t.leave("o");
    CHECK(folder.read("b") == "xyzmine\n");
  });
}

TEST_CASE("what cannot be read is an error, not an empty file", "[edit]") {
  on_pty({.columns = 200, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    co_await t.enter("edit " + folder.path(), "edit: read " + folder.path() + ": Is a directory\n>");
    co_await t.enter("edit " + folder.path() + "/x/y", "cannot be written: No such file or directory. Ctrl-O saves under another name.");
    co_await t.type("z\x13");
    co_await t.contains("not saved: " + folder.path() + "/x/y: No such file or directory");
    co_await t.enter("\x0f\x15" + folder.path() + "/y", "saved: 1");
    CHECK(folder.read("y") == "z");
    co_await t.leave("\x11");
  });
}

TEST_CASE("a stream is edited and saved under a name", "[edit]") {
  on_pty({.columns = 100, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    co_await t.enter("echo from a pipe | edit -", "(no name) [+]");
    co_await t.leave("text \x18" + folder.path() + "/s\r");
    CHECK(folder.read("s") == "text from a pipe\n");
  });
}

TEST_CASE("after a hang-up the next edit offers what was not saved", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n");
    {
      PtySession t({.columns = 100, .rows = 8});
      co_await t.shows(">");
      co_await t.enter("edit " + file, "old");
      co_await t.type("new ");
      co_await t.contains("new old");
      co_await t.hangs_up();
      co_await t.close();
    }
    CHECK(folder.read("a") == "old\n");
    CHECK(folder.read(".a.edit-recovery") == "new old\n");
    PtySession t({.columns = 200, .rows = 8});
    co_await t.shows(">");
    co_await t.enter("edit " + file, "holds what was not saved");
    co_await t.type("r");
    co_await t.contains("new old\n");
    co_await t.leave("\x18");
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
      co_await t.enter("edit " + file, "old file");
      co_await t.type("X\x13");
      if (pause > 0ms) co_await t.read_for(pause);
      co_await t.hangs_up();
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
  on_pty({.columns = 100, .rows = 8}, [](PtySession& t) -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n");
    co_await t.enter("edit " + file, "old");
    co_await t.type("new ");
    const std::string recovery = folder.path() + "/.a.edit-recovery";
    co_await t.read_for(4200ms);
    co_await t.comes_true([&] { return std::filesystem::exists(recovery); });
    CHECK(folder.read(".a.edit-recovery") == "new old\n");
    co_await t.type("\x13");
    co_await t.contains("saved");
    CHECK_FALSE(std::filesystem::exists(recovery));
    co_await t.leave("\x11");
  });
}

TEST_CASE("the recovery file of another edit that lives is not taken for what a crash has left", "[edit]") {
  on_loop([]() -> Task<void> {
    const Folder folder;
    const std::string file = folder.write("a", "old\n"), recovery = folder.path() + "/.a.edit-recovery";
    std::string elsewhere = "/tmp/." + file + ".edit-recovery";
    std::replace(elsewhere.begin() + 5, elsewhere.end(), '/', '%');
    PtySession first({.columns = 200, .rows = 8}), second({.columns = 200, .rows = 8});
    co_await first.shows(">");
    co_await second.shows(">");
    co_await first.enter("edit " + file, "old");
    co_await first.type("first ");
    co_await first.read_for(4200ms);
    co_await first.comes_true([&] { return std::filesystem::exists(recovery); });
    co_await second.enter("edit " + file, "another editor has changes of this file that are not saved");
    co_await second.type("second ");
    co_await second.contains("second old");
    co_await second.hangs_up();
    co_await second.close();
    CHECK(folder.read(".a.edit-recovery") == "first old\n");
    CHECK(content_of(elsewhere) == "second old\n");
    // Saved by the first, its own goes and the other's stays.
    co_await first.leave("\x18");
    CHECK_FALSE(std::filesystem::exists(recovery));
    co_await first.enter("edit " + file, elsewhere + " of ");
    co_await first.type("d");
    co_await first.comes_true([&] { return !std::filesystem::exists(elsewhere); });
    co_await first.leave("\x11");
    co_await first.close();
  });
}
