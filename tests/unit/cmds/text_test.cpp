#include <iterator>
#include <random>

#include <catch2/catch.hpp>

#include "cmds/runner.h"
#include "shell/pattern.h"
#include "shell/table.h"
#include "shell/text.h"

using test::run;

TEST_CASE("a table is as wide as its cells, right-aligned where asked, without blanks at line ends") {
  std::string text;
  shell::Table table({{"NAME", shell::Table::Align::left, 6}, {"SIZE", shell::Table::Align::right}, {"NOTE"}});
  table.row({"a", "1", "x"});
  table.row({"größer", "12345"});
  reactor::Loop loop;
  (void)loop.run([](std::string* into, const shell::Table* t) -> reactor::Task<int> {
    reactor::Out out(reactor::string_sink(*into));
    t->print(out, 3);
    (void)co_await out.finish();
    co_return 0;
  }(&text, &table));
  CHECK(text == "NAME    SIZE NOTE\n---\na          1 x\ngrößer 12345\n");
}

TEST_CASE("modes are read as chmod reads them") {
  const auto mode = [](std::string_view text, mode_t old, bool directory = false) {
    mode_t value = 0;
    return shell::parse_mode(text, old, directory, value) ? static_cast<int>(value) : -1;
  };
  CHECK(mode("755", 0) == 0755);
  CHECK(mode("0", 0777) == 0);
  CHECK(mode("u+x", 0644) == 0744);
  CHECK(mode("go-rwx", 0777) == 0700);
  CHECK(mode("a=r", 0777) == 0444);
  CHECK(mode("u=rw,g=r,o=", 0777) == 0640);
  CHECK(mode("a+X", 0644) == 0644);
  CHECK(mode("a+X", 0744) == 0755);
  CHECK(mode("a+X", 0644, true) == 0755);
  CHECK(mode("u+s,o+t", 0755) == 05755);
  CHECK(mode("u+r-w+x", 0600) == 0500);
  for (const char* bad : {"", "8", "77777", "u", "u+q", "x+r", ","}) CHECK(mode(bad, 0644) == -1);
}

TEST_CASE("sizes are short and never wider than four characters with their unit") {
  CHECK(shell::human_size(0) == "0");
  CHECK(shell::human_size(1023) == "1023");
  CHECK(shell::human_size(1024) == "1.0K");
  CHECK(shell::human_size(1536) == "1.5K");
  CHECK(shell::human_size(10 * 1024) == "10K");
  CHECK(shell::human_size(1048575) == "1.0M");
  CHECK(shell::human_size(UINT64_MAX) == "16E");
}

TEST_CASE("a pattern has limits, takes any bytes, and says where it is wrong") {
  using shell::Pattern;
  const auto found = [](std::string_view pattern, std::string_view text, Pattern::Options how = {}) {
    const auto compiled = Pattern::compile(pattern, how);
    REQUIRE(compiled);
    const auto match = compiled->find(text);
    return match && *match;
  };
  CHECK(found("nat46.*registered", "xx nat46 driver registered"));
  CHECK(found("^größe$", "größe"));
  CHECK_FALSE(found("GRÖSSE", "größe"));
  CHECK(found("GRÖßE", "größe", {.ignore_case = true}));
  CHECK(found("a.c", "a.c", {.fixed = true}));
  CHECK_FALSE(found("a.c", "abc", {.fixed = true}));
  CHECK(found("b", "\xff\xfe b \xff"));
  CHECK(found(std::string_view("a\0b", 3), std::string_view("xa\0by", 5)));
  CHECK_FALSE(found("foo", "food", {.whole_word = true}));
  CHECK(found("foo", "a foo.", {.whole_word = true}));
  CHECK(found("", ""));
  const auto wrong = Pattern::compile("a(b");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().text().find("at character 4") != std::string::npos);
  const auto slow = Pattern::compile("(a+)+$");
  REQUIRE(slow);
  const auto given_up = slow->find(std::string(5000, 'a') + "b");
  REQUIRE_FALSE(given_up);
  CHECK(given_up.error().text() == "takes too long");
}

TEST_CASE("all matches of a text are those that a search behind each finds, also where it is no UTF-8") {
  using shell::Pattern;
  std::mt19937 random(5);
  const std::string_view pieces[] = {"a", "b", " ", "\xc3\xa9", "\xe4\xb8\xad", "ab", "\xff", "\xc3", "\xa9", "\xe4\xb8"};
  for (const char* expression : {"a", "", "a*", "\\b", "(?<=a)b", "(?<=\xc3\xa9).", ".", "$", "^", "[^a]+", "\xe4\xb8\xad?", "\xff", "a|(b)", "\\Bb*"}) {
    const auto pattern = Pattern::compile(expression);
    REQUIRE(pattern);
    for (int round = 0; round < 400; ++round) {
      std::string text;
      const std::size_t kinds = round % 2 == 0 ? 6 : std::size(pieces);
      for (std::size_t i = random() % 12; i > 0; --i) text += pieces[random() % kinds];
      Pattern::Matches matches(*pattern, text);
      for (std::size_t at = 0; at <= text.size();) {
        const auto one = pattern->find(text, at), next = matches.next();
        INFO("'" << expression << "' in '" << text << "' from " << at);
        REQUIRE((one && next));
        REQUIRE(one->has_value() == next->has_value());
        if (!*one) break;
        REQUIRE(((*one)->begin == (*next)->begin && (*one)->end == (*next)->end));
        at = std::max((*one)->end, (*one)->begin + 1);
      }
    }
  }
}

TEST_CASE("a million matches in one line take about as long as in a million lines") {
  const std::string line(1U << 20, 'x');
  std::string each;
  for (std::size_t i = 0; i < line.size(); ++i) each += "x\n";
  const auto start = reactor::monotonic_now();
  CHECK(run("grep -o x", each).out == each);
  const auto lines = reactor::monotonic_now();
  CHECK(run("grep -o x", line).out == each);
  CHECK(reactor::monotonic_now() - lines < 10 * (lines - start));  // checked anew for each match it is a quarter of an hour
}

TEST_CASE("grep -o: the first match of any pattern, the longest one, and behind it the first again") {
  CHECK(run("grep -o -e b -e bcd -e ef -e de", "abcdef\n").out == "bcd\nef\n");
  CHECK(run("grep -o -e ab -e 'b.*'", "abxbc\n").out == "ab\nbc\n");
  CHECK(run("grep -n -o -e 'x*' -e y", "axxy\n").out == "1:xx\n1:y\n");
}

TEST_CASE("grep goes on after a line that takes too long, and its status says so") {
  const auto ran = run("grep -n '(a+)+$'", std::string(5000, 'a') + "b\naaa\n");
  CHECK(ran.status == 2);
  CHECK(ran.out == "2:aaa\n");
  CHECK(ran.err.find("line 1: takes too long") != std::string::npos);
}

TEST_CASE("filters take long lines, NUL bytes and a last line without newline") {
  const std::string longest(1U << 20, 'x');
  CHECK(run("grep -c x", longest + "\n" + longest).out == "2\n");
  CHECK(run("wc -c", std::string("a\0b\n", 4)).out == "4\n");
  CHECK(run("grep a", std::string("a\0b\nc", 5)).out == std::string("a\0b\n", 4));
  CHECK(run("head -n 1", longest).out == longest);
  CHECK(run("tail -n 1", "a\nb").out == "b");
  CHECK(run("sort", "b\na").out == "a\nb\n");
  CHECK(run("cat", std::string("a\0b", 3)).out == std::string("a\0b", 3));
}

TEST_CASE("echo prints what was typed, and knows -n and -e") {
  CHECK(run("echo a   b").out == "a   b\n");
  CHECK(run("echo").out == "\n");
  CHECK(run("echo -n a").out == "a");
  CHECK(run("echo -ne 'a\\tb\\x41\\0101'").out == "a\tbAA");
  CHECK(run("echo -x -n").out == "-x -n\n");
  CHECK(run("echo -n-e").out == "-n-e\n");
  CHECK(run("echo -e 'a\\cb' c").out == "a");
  CHECK(run("echo \"it's  here\"").out == "it's  here\n");
  CHECK(run("echo -e 'a\\q\\'").out == "a\\q\\\n");
}

TEST_CASE("variables are listed sorted, asked for by name, and removed") {
  CHECK(run("env").out == "No variables defined\n");
  CHECK(run("B=2\nA=1\nenv").out == "A=1\nB=2\n");
  CHECK(run("A=1\nenv A").out == "A=1\n");
  const auto missing = run("A=1\nunset A\nenv A");
  CHECK(missing.status == 1);
  CHECK(missing.err == "env: A: not set\n");
}

TEST_CASE("exit, set and run end and start scripts") {
  const test::Folder folder;
  const std::string script = folder.write("s.run", "echo $# $1\nfalse\nexit 7\necho never\n");
  const auto ran = run("run " + script + " a 'b c'\necho $?");
  CHECK(ran.out == "Running script: " + script + "\n2 a\n7\n");
  CHECK(run("exit 3\necho never").status == 3);
  CHECK(run("false\nexit").status == 1);
  CHECK(run("exit 256").status == 2);
  const auto stopped = run("set -e\nfalse\necho never");
  CHECK(stopped.status == 1);
  CHECK(stopped.out.empty());
  CHECK(run("set -ex\nset +e\nfalse\necho on").out == "on\n");
  CHECK(run("set -- x 'y z'\necho $# $2").out == "2 y z\n");
  CHECK(run("set -q").status == 2);
  CHECK(run("set A=1").status == 2);
  CHECK(run("set").out == "set +e  # errexit\nset +x  # xtrace\n");
  const auto missing = run("run /nosuch.run");
  CHECK(missing.status == 1);
  CHECK(missing.err.find("Failed to read script file '/nosuch.run': No such file or directory") != std::string::npos);
}

TEST_CASE("--help is help, where a word is not taken as it is") {
  CHECK(run("ls --help").out.find("Usage") != std::string::npos);
  for (const std::string name : {"ls", "ip", "chmod", "run", "exec", "kill", "set", "wait"}) {
    INFO(name);
    CHECK(run(name + " --help").out == run("help " + name).out);
  }
  for (const std::string name : {"netcat", "capture", "ping"}) CHECK(run(name + " -h").out == run("help " + name).out);
  CHECK(run("df -h /").out.find("Filesystem") == 0);
  CHECK(run("ls -h /dev/null").out.find("/dev/null") != std::string::npos);
  CHECK(run("echo --help").out == "--help\n");
  CHECK(run("test --help").out.empty());
  CHECK(run("true --help").out.empty());
  CHECK(run("false --help").status == 1);
}

TEST_CASE("a module file that is not there is not taken for a part of the kernel") {
  for (const char* path : {"/nonexist", "/tmp/", "/", "''", "no/such.ko"}) {
    const auto ran = run(std::string("insmod ") + path);
    CHECK(ran.status == 1);
    CHECK(ran.err.find("not found") != std::string::npos);
    CHECK(ran.out.empty());
  }
}

TEST_CASE("jobs are listed, waited for and stopped") {
  const auto waited = run("sleep 0.05 && false &\nwait %1\necho $?\njobs");
  CHECK(waited.out == "1\n");
  const auto late = run("sleep 20 &\nwait %1 within 50ms\necho $?\nkill %1\necho $?\njobs");
  CHECK(late.out == "1\n0\n");
  CHECK(late.err.find("wait: %1: not within 50ms; [1] sleep 20 still runs") != std::string::npos);
  CHECK(run("wait %7").status == 127);
  CHECK(run("sleep 0.01 &\nsleep 0.02 &\nwait").status == 0);
  CHECK(run("kill %3").err == "kill: %3: no such job\n");
  CHECK(run("kill -NOSUCH %1").status == 2);
  CHECK(run("kill").status == 2);
  CHECK(run("sleep 9 &\nkill -USR1 %1\necho $?\nkill -0 %1\necho $?").out == "1\n0\n");
  CHECK(run("sleep 20 &\njobs").out.find("[1] running") == 0);
}

TEST_CASE("wait tells of files when they come and go, and what it saw when they do not") {
  const test::Folder folder;
  const std::string file = folder.path() + "/deep/er/file";
  const auto came = run("sleep 0.05 && mkdir -p " + folder.path() + "/deep/er && touch " + file + " &\nwait file " + file + " within 5s\n");
  CHECK(came.status == 0);
  const auto went = run("sleep 0.05 && rm -r " + folder.path() + "/deep &\nwait file " + file + " gone within 5s");
  CHECK(went.status == 0);
  const auto never = run("wait file " + file + " within 20ms");
  CHECK(never.status == 1);
  CHECK(never.err == "wait: file " + file + ": not within 20ms; not even directory " + folder.path() + "/deep/er is there\n");
  CHECK(run("wait nosuch").status == 2);
  CHECK(run("wait file").status == 2);
  CHECK(run("wait file /proc within").status == 2);
  CHECK(run("wait file /proc within soon").status == 2);
  CHECK(run("wait log '('").status == 2);
}

TEST_CASE("exec gives streams, variables and status of a program as shells do") {
  CHECK(run("exec sh -c 'echo out; echo err >&2; exit 7'").status == 7);
  const auto both = run("exec sh -c 'cat; echo err >&2'", "input");
  CHECK(both.out == "input");
  CHECK(both.err == "err\n");
  CHECK(run("A='x y'\nexec sh -c 'echo \"$A\"'").out == "x y\n");
  CHECK(run("exec sh -c 'kill -9 $$'").status == 137);
  CHECK(run("exec nosuchprogram").status == 127);
  CHECK(run("exec /etc/passwd").status == 126);
  CHECK(run("exec /proc").status == 126);
  CHECK(run("exec").status == 2);
  CHECK(run("exec sh -c 'head -c 3000000 /dev/zero' | wc -c").out == "3000000\n");
  CHECK(run("exec sh -c 'sleep 30 & sleep 30' &\nsleep 0.1\nkill %1\necho ended").out == "ended\n");
}

TEST_CASE("which and cd say what they cannot find") {
  CHECK(run("which cat").out.find("cat: command of this shell") == 0);
  CHECK(run("which sh").out.find("/sh\n") != std::string::npos);
  CHECK(run("which nosuchthing").status == 1);
  CHECK(run("PATH=/nosuch\nwhich sh").status == 1);
  CHECK(run("cd /proc\npwd\ncd /\ncd -").out == "/proc\n/proc\n");
  CHECK(run("cd /nosuch").err == "cd: /nosuch: No such file or directory\n");
}

TEST_CASE("reactor shows back end, operations and jobs") {
  const auto ran = run("sleep 5 &\nreactor");
  CHECK(ran.status == 0);
  CHECK(ran.out.find("1 loop, back end ") == 0);
  CHECK(ran.out.find("longest slice ") != std::string::npos);
  CHECK(ran.out.find("1 timers") != std::string::npos);
  CHECK(ran.out.find("sleep 5") != std::string::npos);
}

TEST_CASE("what only PID 1 may do is refused elsewhere") {
  CHECK(run("poweroff").status == 1);
  CHECK(run("reboot").status == 1);
  CHECK(run("poweroff 256").status == 2);
}
