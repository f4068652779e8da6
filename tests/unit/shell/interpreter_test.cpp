// Scripts and what comes of them: output, errors, status.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "reactor/loop.h"
#include "reactor/stream.h"
#include "reactor/timeout.h"
#include "shell/shell.h"

namespace {

using reactor::Task;

struct Outcome {
  std::string out, err;
  int status = -1;
};

struct Run {
  std::string text;
  std::string name = "t.run";
  std::vector<std::string> arguments = {};
  std::string input = {};
  reactor::Nanoseconds stop_after{0};  // 0: never
  bool together = false;               // errors go where the output goes
};

Task<int> run_inside(Run run, Outcome* outcome) {
  shell::Shell shell(reactor::string_sink(outcome->out), reactor::string_sink(outcome->err));
  shell::Script script{.name = run.name, .arguments = run.arguments};
  reactor::In in(reactor::string_source(run.input));
  reactor::Out out(reactor::string_sink(outcome->out));
  reactor::Out err(reactor::string_sink(run.together ? outcome->out : outcome->err));
  {
    reactor::JobScope scope;
    auto job = scope.spawn("script", shell.run_text(run.text, script, {in, out, err}));
    reactor::Timer timer([](void* j) noexcept { static_cast<reactor::Job*>(j)->request_stop(); }, job.get());
    if (run.stop_after.count() > 0) timer.arm(reactor::monotonic_now() + run.stop_after);
    auto status = co_await job->finished();
    outcome->status = *status;
    co_await scope.join();
  }
  co_await shell.close();
  (void)co_await out.finish();
  (void)co_await err.finish();
  co_return 0;
}

Outcome run(Run what) {
  Outcome outcome;
  reactor::Loop loop;
  loop.run(run_inside(std::move(what), &outcome));
  return outcome;
}

Outcome run(const std::string& text) { return run(Run{.text = text}); }

// A folder of its own that is the working directory while it lives.
struct Folder {
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "shell-XXXXXX").string();
    path = ::mkdtemp(name.data());
    std::filesystem::current_path(path);
  }
  ~Folder() {
    std::filesystem::current_path(before);
    std::filesystem::remove_all(path);
  }
};

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Takes nothing until it may.
class HeldSink final : public reactor::Sink {
 public:
  HeldSink(reactor::Event& may, std::string& text) : may_(may), text_(text) {}
  Task<reactor::Result<void>> write(std::string_view data) override {
    auto waited = co_await may_.wait();
    if (waited) text_ += data;
    co_return waited;
  }

 private:
  reactor::Event& may_;
  std::string& text_;
};

Task<int> notify_in_a_burst(int count, std::string* printed) {
  reactor::Event may;
  shell::Shell shell(reactor::null_sink(), std::make_shared<HeldSink>(may, *printed));
  for (int i = 0; i < count; ++i) shell.notify("line");
  co_await reactor::yield();
  may.set();
  co_await shell.close();
  co_return 0;
}

void put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace

TEST_CASE("lines run one after the other and the last status is the script's") {
  const Outcome o = run("echo a\nstatus 3\n# comment\n\n");
  CHECK(o.out == "a\n");
  CHECK(o.err.empty());
  CHECK(o.status == 3);
  CHECK(run("").status == 0);
  CHECK(run("status 3; echo x").status == 0);
}

TEST_CASE("echo prints unquoted text as it was typed") {
  CHECK(run("echo a   b\techo ").out == "a   b\techo\n");
  CHECK(run("echo 'a'   b").out == "a b\n");
  CHECK(run("S=x  y\necho $S   $undefined").out == "x  y   $undefined\n");
  CHECK(run("echo").out == "\n");
}

TEST_CASE("&& and || follow the status") {
  CHECK(run("status 1 && echo a || echo b").out == "b\n");
  CHECK(run("status 0 && echo a || echo b").out == "a\n");
  CHECK(run("status 1 && echo a; echo $?").out == "1\n");
  CHECK(run("status 4 || status 5; echo $?").out == "5\n");
  CHECK(run("A=1 && echo $A").out == "1\n");
}

TEST_CASE("a failing line does not end a script, under set -e it does") {
  CHECK(run("status 1\necho on").out == "on\n");
  const Outcome o = run("option -e\nstatus 3\necho on");
  CHECK(o.out.empty());
  CHECK(o.status == 3);
  CHECK(run("option -e\nstatus 1 || echo a\nstatus 1 && echo b\necho c\noption +e\nstatus 1\necho d").out == "a\nc\nd\n");
  CHECK(o.err == "t.run:2: status 3 ends the script (set -e)\n");
  CHECK(run("option -e\nunknown\necho on").status == 127);
  CHECK(run("option -e\necho 'x\necho on").status == 2);
}

TEST_CASE("exit ends the script with its status") {
  const Outcome o = run("echo a; leave 7; echo b\necho c");
  CHECK(o.out == "a\n");
  CHECK(o.status == 7);
}

TEST_CASE("errors name the script and the line") {
  const Outcome o = run("echo a\nnonsense b\necho 'c\ncat <\necho $?");
  CHECK(o.err == "t.run:2: Unknown command: nonsense\nt.run:3:6: unclosed quote '\nt.run:4:5: no file name after <\n");
  CHECK(o.out == "a\n2\n");
  CHECK(run("\x1b[2Jx\xff").err == "t.run:1: Unknown command: \\x1b[2Jx\\xff\n");
  CHECK(run(Run{.text = "nonsense", .name = ""}).err == "Unknown command: nonsense\nType 'help' for the list of commands.\n");
}

TEST_CASE("a wrong argument is told with the usage, status 2") {
  const Outcome o = run("status x");
  CHECK(o.err.find("status: 'x' is not a number") == 0);
  CHECK(o.status == 2);
  CHECK(run("status 1 2").status == 2);
}

TEST_CASE("a command that throws is reported and the script goes on") {
  const Outcome o = run("burst\necho on");
  CHECK(o.err == "burst: internal error: burst\n");
  CHECK(o.out == "on\n");
}

TEST_CASE("a script has its arguments") {
  const Outcome o = run(Run{.text = "echo $0 $# $1 $3.\nwords \"$@\" $@", .name = "s", .arguments = {"one", "t w"}});
  CHECK(o.out == "s 2 one .\n[one][t w][one][t][w]\n");
}

TEST_CASE("set -x shows each command as it is run") {
  CHECK(run("A=x y\noption -x\necho $A 'b c'\nB=$A\noption +x\necho d").err == "+ echo x y 'b c'\n+ B='x y'\n+ option +x\n");
  CHECK(run({.text = "option -x\necho a\necho b > /dev/null; echo c | upper", .together = true}).out ==
        "+ echo a\na\n+ echo b\n+ echo c\n+ upper\nC\n");
}

TEST_CASE("pipelines connect commands, and the status is that of the last") {
  CHECK(run("echo abc | upper").out == "ABC\n");
  CHECK(run("echo abc | upper | upper | first").out == "ABC\n");
  CHECK(run("status 3 | status 4").status == 4);
  CHECK(run("status 3 | echo a").status == 0);
  CHECK(run("echo a | nonsense").status == 127);
  CHECK(run(Run{.text = "upper | first", .input = "x\ny\n"}).out == "X\n");
}

TEST_CASE("a writer whose reader is gone ends without a word") {
  const Outcome o = run("endless | first\necho on");
  CHECK(o.out == "and on\non\n");
  CHECK(o.err.empty());
}

TEST_CASE("redirections go to files and come from them") {
  const Folder folder;
  CHECK(run("echo a > f\necho b >> f\nupper < f").out == "A\nB\n");
  CHECK(content("f") == "a\nb\n");
  run("warn w 2> e\nwarn v 2>> e\nnonsense 2>>e");
  CHECK(content("e") == "w\nv\nt.run:3: Unknown command: nonsense\n");
  run("echo abc > in; upper < in > out1; upper > out2 < in");
  CHECK(content("out1") == "ABC\n");
  CHECK(content("out2") == "ABC\n");
  run("> empty");
  CHECK(std::filesystem::exists("empty"));
  run("echo x > 'name with spaces'; N=n m; echo y > $N");
  CHECK(content("name with spaces") == "x\n");
  CHECK(content("n m") == "y\n");
}

TEST_CASE("2>&1 takes the streams in the order in which it is written") {
  const Folder folder;
  run("warn w > both 2>&1");
  CHECK(content("both") == "w\n");
  const Outcome o = run("warn w 2>&1 > only");
  CHECK(o.out == "w\n");
  CHECK(content("only").empty());
  CHECK(run("echo a >&2").err == "a\n");
  CHECK(run("warn x 2>&1 | upper").out == "X\n");
}

TEST_CASE("a redirection that cannot be opened is told and the command is not run") {
  const Outcome o = run("echo a > /no/such/file\necho $?\nupper < /no/such");
  CHECK(o.err == "t.run:1: Output redirection error: /no/such/file: No such file or directory\nt.run:3: Input redirection error: /no/such: No such file or directory\n");
  CHECK(o.out == "1\n");
  CHECK(o.status == 1);
}

TEST_CASE("a failing write is reported with the kernel's answer and is a failure") {
  const Outcome o = run("echo a > /dev/full\necho $?");
  CHECK(o.err == "t.run:1: echo: /dev/full: No space left on device\n");
  CHECK(o.out == "1\n");
  // A control file that takes only a boolean or a number.
  const Outcome control = run("echo bogus > /proc/self/oom_score_adj");
  CHECK(control.err == "t.run:1: echo: /proc/self/oom_score_adj: Invalid argument\n");
  CHECK(control.status == 1);
}

TEST_CASE("patterns become the names of files, and stay when there are none") {
  const Folder folder;
  run("> b.c; > a.c; > .h.c; > x.d; > 'sp ace.c'");
  std::filesystem::create_directories("dir/sub");
  put("dir/sub/f.c", "");
  CHECK(run("words *.c").out == "[a.c][b.c][sp ace.c]\n");
  CHECK(run("words ?.c x*").out == "[a.c][b.c][x.d]\n");
  CHECK(run("words *.none '*.c' \\*.c").out == "[*.none][*.c][*.c]\n");
  CHECK(run("words .h*").out == "[.h.c]\n");
  CHECK(run("words */*/*.c").out == "[dir/sub/f.c]\n");
  CHECK(run("words d*/").out == "[dir/]\n");
  CHECK(run("P=*.d\nwords $P \"$P\"").out == "[x.d][*.d]\n");
  CHECK(run("words " + folder.path.string() + "/[ab].c").out == "[" + folder.path.string() + "/a.c][" + folder.path.string() + "/b.c]\n");
  CHECK(run("echo   a.*   x").out == "a.c x\n");
}

TEST_CASE("background jobs run beside the script and can be waited for") {
  const Folder folder;
  const Outcome o = run("nap 0.05 && echo late &\necho early\nall-jobs");
  CHECK(o.out == "early\nlate\n");
  CHECK(run("status 3 &\necho $?").out == "0\n");
  CHECK(run("leave 5 & all-jobs; echo on").out == "on\n");
  CHECK(run("upper & all-jobs; echo on").out == "on\n");  // its input is empty
  run("nap 0.01 && echo x > f & all-jobs");
  CHECK(content("f") == "x\n");
}

TEST_CASE("of a burst of notices that nobody takes the number of those left out is told") {
  std::string printed, expected;
  reactor::Loop loop;
  loop.run(notify_in_a_burst(1500, &printed));
  for (int i = 0; i < 1000; ++i) expected += "line\n";
  CHECK(printed == expected + "(500 lines left out)\n");
}

TEST_CASE("a stop request ends the command and the script with 130") {
  const auto start = reactor::monotonic_now();
  const Outcome o = run(Run{.text = "echo a\nnap 10\necho b", .stop_after = std::chrono::milliseconds(30)});
  CHECK(o.out == "a\n");
  CHECK(o.err.empty());
  CHECK(o.status == 130);
  CHECK(run(Run{.text = "endless | upper | upper > /dev/null", .stop_after = std::chrono::milliseconds(30)}).status == 130);
  CHECK(run(Run{.text = "nap 10 | first; echo b", .stop_after = std::chrono::milliseconds(30)}).out.empty());
  CHECK(reactor::monotonic_now() - start < std::chrono::seconds(5));
}

TEST_CASE("what a stopped command had printed reaches its file") {
  const Folder folder;
  put("s", "echo kept\nnap 10\n");
  CHECK(run(Run{.text = "source s > f", .stop_after = std::chrono::milliseconds(500)}).status == 130);
  CHECK(content("f") == "kept\n");
}

TEST_CASE("scripts call scripts") {
  const Folder folder;
  put("s", "echo s $1\nleave 4\necho not");
  const Outcome o = run("source s x > f; echo $?");
  CHECK(content("f") == "s x\n");
  CHECK(o.out == "4\n");
  CHECK(run("source none; echo $?").out == "1\n");
  CHECK(run("source none").err == "Failed to read script file 'none': No such file or directory\n");
  CHECK(run("source .").err == "Failed to read script file '.': Is a directory\n");
}

TEST_CASE("a script that runs itself comes to an end") {
  const Folder folder;
  put("s", "source s\nsource s\n");
  const Outcome o = run("source s; echo $?");
  CHECK(o.err.find("run: s: scripts run each other more than 64 deep") == 0);
  CHECK(std::count(o.err.begin(), o.err.end(), '\n') == 1);
}

TEST_CASE("bad scripts: binary data, NUL bytes, very long lines") {
  using namespace std::string_literals;
  const Folder folder;
  put("elf", "\x7f" "ELF\2\1\1\0\0\0garbage\n"s);
  CHECK(run("source elf").err == "elf: not a script: it holds binary data\n");
  CHECK(run("source elf").status == 2);
  put("nul", "echo a\necho \0\necho b\n"s);
  const Outcome nul = run("source nul");
  CHECK(nul.err == "nul:2:6: NUL byte in the line\n");
  CHECK(nul.out == "a\nb\n");
  put("long", "echo " + std::string(1'000'000, 'x') + "\n" + std::string(1'000'000, 'y') + "\necho end");
  const Outcome o = run("source long");
  CHECK(o.out == std::string(1'000'000, 'x') + "\nend\n");
  CHECK(o.err == "long:2: Unknown command: " + std::string(100, 'y') + "…\n");
}

TEST_CASE("the output of one command reaches a file in one write") {
  // The kernel takes each write to this file as a whole new name of the task.
  const std::string before = content("/proc/self/comm");
  run("echo add nat46dev > /proc/self/comm");
  CHECK(content("/proc/self/comm") == "add nat46dev\n\n");  // its newline is part of the name
  put("/proc/self/comm", before.substr(0, before.size() - 1));
}
