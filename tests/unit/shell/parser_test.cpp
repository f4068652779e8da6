// The line language by a table: a line, and what it means with the variables below.
#include "shell/parser.h"

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "shell/expand.h"

namespace {

const shell::Variables variables = {{"A", "apple"}, {"S", "x  y"}, {"E", ""}, {"G", "*.c"}, {"OP", "a > b; c | d & e"}, {"Q", "it's \"q\" \\"}, {"D", "$A"}, {"W", " l r "}};
const std::vector<std::string> arguments = {"one", "two words"};
const shell::Values values{.variables = &variables, .name = "script", .arguments = arguments, .status = 7};

// [word] {redirection} NAME:=[value], and the signs between. A pattern is shown behind its word as ~pattern.
std::string shown(const shell::ast::Simple& command) {
  if (!command.assigned.empty()) return command.assigned + ":=[" + shell::expand_text(command.value, values) + "]";
  std::string result;
  for (const auto& field : shell::expand_words(command, values).words) {
    result += "[" + field.text + "]";
    if (!field.pattern.empty()) result += "~" + field.pattern;
  }
  for (const auto& r : command.redirections) {
    using Kind = shell::ast::Redirection::Kind;
    const char* sign = r.kind == Kind::read ? "<" : r.kind == Kind::append ? ">>" : r.kind == Kind::duplicate ? ">&" : ">";
    const std::string target = r.kind == Kind::duplicate ? std::to_string(r.from_fd) : shell::expand_text(r.target, values);
    result += "{" + std::to_string(r.fd) + sign + target + "}";
  }
  return result;
}

std::string shown(const shell::Parsed& parsed) {
  if (!parsed.line) return fmt::format("{}:{}: {}", parsed.line.error().line, parsed.line.error().column, parsed.line.error().message);
  std::string result;
  for (const auto& chain : parsed.line->chains) {
    if (!result.empty()) result += result.ends_with('&') ? " " : "; ";
    for (const auto& pipeline : chain.pipelines) {
      using Run = shell::ast::Pipeline::Run;
      if (pipeline.run != Run::always) result += pipeline.run == Run::if_success ? " && " : " || ";
      for (std::size_t i = 0; i < pipeline.commands.size(); ++i) result += (i > 0 ? " | " : "") + shown(pipeline.commands[i]);
    }
    if (chain.background) result += " &";
  }
  return result;
}

struct Case {
  const char* line;
  const char* meaning;
};

const Case cases[] = {
    // Words.
    {"", ""},
    {"   \t ", ""},
    {"ls", "[ls]"},
    {"  ls  ", "[ls]"},
    {"ls\r", "[ls]"},
    {"ls -l /", "[ls][-l][/]"},
    {"ls\t-l\t\t/", "[ls][-l][/]"},
    {"echo a   b", "[echo][a][b]"},
    {"ifconfig tap0 hw ether 02:AA:bb:00:00:01", "[ifconfig][tap0][hw][ether][02:AA:bb:00:00:01]"},
    {"insmod /nat46.ko", "[insmod][/nat46.ko]"},
    {"ip -6 route add ::/0 via fe80::1 dev tap1", "[ip][-6][route][add][::/0][via][fe80::1][dev][tap1]"},
    {"ping fe80::1%tap1", "[ping][fe80::1%tap1]"},
    {"mknod /dev/net/tun c 10 200", "[mknod][/dev/net/tun][c][10][200]"},
    {"echo (a) {b} `c` !d ~e =f", "[echo][(a)][{b}][`c`][!d][~e][=f]"},
    {"echo words:", "[echo][words:]"},
    {"test 1 = 1", "[test][1][=][1]"},
    {"[ a != b ]", "[[]~[[a][!=][b][]]"},
    {"echo \xc3\xa9\xe4\xb8\xad", "[echo][\xc3\xa9\xe4\xb8\xad]"},
    {"echo \xff\xfe", "[echo][\xff\xfe]"},
    {"\x01\x02 \x7f", "[\x01\x02][\x7f]"},
    // Comments.
    {"# all of it", ""},
    {"   # all of it", ""},
    {"#", ""},
    {"#!/init", ""},
    {"ls # the root", "[ls]"},
    {"ls #", "[ls]"},
    {"echo a#b", "[echo][a#b]"},
    {"echo a# b", "[echo][a#][b]"},
    {"echo \\# b", "[echo][#][b]"},
    {"echo '#' b", "[echo][#][b]"},
    {"echo \"# b\" # c", "[echo][# b]"},
    {"ls;# c", "[ls]"},
    {"ls # ' unclosed", "[ls]"},
    {"# ' unclosed \\", ""},
    {"ls & # c", "[ls] &"},
    // Quotes and backslashes.
    {"echo 'a  b'", "[echo][a  b]"},
    {"echo \"a  b\"", "[echo][a  b]"},
    {"echo a'b c'd", "[echo][ab cd]"},
    {"echo 'a'\"b\"c", "[echo][abc]"},
    {"echo ''", "[echo][]"},
    {"echo \"\"", "[echo][]"},
    {"echo '' \"\" x", "[echo][][][x]"},
    {"echo ''''", "[echo][]"},
    {"echo 'say \"x\"'", "[echo][say \"x\"]"},
    {"echo \"it's\"", "[echo][it's]"},
    {"echo it\\'s", "[echo][it's]"},
    {"echo \"a \\\" b\"", "[echo][a \" b]"},
    {"echo \"a \\\\ b\"", "[echo][a \\ b]"},
    {"echo \"\\$A\"", "[echo][$A]"},
    {"echo \"a\\nb\"", "[echo][a\\nb]"},
    {"echo '\\$A \\ \\\\'", "[echo][\\$A \\ \\\\]"},
    {"echo a\\ b", "[echo][a b]"},
    {"echo a\\\\b", "[echo][a\\b]"},
    {"echo a\\nb", "[echo][anb]"},
    {"echo \\;\\&\\|\\<\\>", "[echo][;&|<>]"},
    {"echo ';' \"&&\" '|' '>' \"<\"", "[echo][;][&&][|][>][<]"},
    {"'echo' a", "[echo][a]"},
    {"\"a b\" c", "[a b][c]"},
    {"echo \\\xc3\xa9", "[echo][\xc3\xa9]"},
    {"echo '\xc3\xa9 \xff'", "[echo][\xc3\xa9 \xff]"},
    {"echo a\\", "[echo][a\\]"},
    {"echo \\", "[echo][\\]"},
    // Variables.
    {"echo $A", "[echo][apple]"},
    {"echo ${A}", "[echo][apple]"},
    {"echo ${A}s", "[echo][apples]"},
    {"echo $As", "[echo][$As]"},
    {"echo $A-$A", "[echo][apple-apple]"},
    {"echo $A$A", "[echo][appleapple]"},
    {"echo $undefined", "[echo][$undefined]"},
    {"echo ${undefined}", "[echo][${undefined}]"},
    {"echo \"$undefined ${undefined}\"", "[echo][$undefined ${undefined}]"},
    {"echo ${abc", "[echo][${abc}]"},
    {"echo ${A", "[echo][apple]"},
    {"echo ${}", "[echo][${}]"},
    {"echo $", "[echo][$]"},
    {"echo $ a", "[echo][$][a]"},
    {"echo $% $- $= $.", "[echo][$%][$-][$=][$.]"},
    {"echo a$", "[echo][a$]"},
    {"echo \"$\"", "[echo][$]"},
    {"echo $$", "[echo][$$]"},
    {"echo $(ls)", "[echo][$(ls)]"},
    {"echo '$A'", "[echo][$A]"},
    {"echo \"$A\"", "[echo][apple]"},
    {"echo \"${A}s\"", "[echo][apples]"},
    {"echo \\$A", "[echo][$A]"},
    {"$A b", "[apple][b]"},
    {"echo $S", "[echo][x][y]"},
    {"echo \"$S\"", "[echo][x  y]"},
    {"echo a$S-b", "[echo][ax][y-b]"},
    {"echo a\"$S\"b", "[echo][ax  yb]"},
    {"echo $W", "[echo][l][r]"},
    {"echo a${W}b", "[echo][a][l][r][b]"},
    {"echo \"$W\"", "[echo][ l r ]"},
    {"echo $E", "[echo]"},
    {"echo \"$E\"", "[echo][]"},
    {"echo a$E", "[echo][a]"},
    {"$E", ""},
    {"$E echo", "[echo]"},
    {"echo $OP", "[echo][a][>][b;][c][|][d][&][e]"},
    {"echo $Q", "[echo][it's][\"q\"][\\]"},
    {"echo $D", "[echo][$A]"},
    {"echo $? $#", "[echo][7][2]"},
    {"echo $0 $1", "[echo][script][one]"},
    {"echo $2", "[echo][two][words]"},
    {"echo \"$2\"", "[echo][two words]"},
    {"echo [$3]", "[echo][[]]~[]"},
    {"echo $9", "[echo]"},
    {"echo $10", "[echo][one0]"},
    {"echo ${1}0 ${10}", "[echo][one0]"},
    {"echo $1a", "[echo][onea]"},
    {"echo $@", "[echo][one][two][words]"},
    {"echo \"$@\"", "[echo][one][two words]"},
    {"echo \"<$@>\"", "[echo][<one][two words>]"},
    {"echo $*", "[echo][one][two][words]"},
    {"echo \"$*\"", "[echo][one two words]"},
    {"echo $#x $?x", "[echo][2x][7x]"},
    // Assignments.
    {"A=b", "A:=[b]"},
    {"  A=b  ", "A:=[b]"},
    {"A=", "A:=[]"},
    {"A= ", "A:=[]"},
    {"_x9=1", "_x9:=[1]"},
    {"A=a b  c", "A:=[a b  c]"},
    {"A= b", "A:=[ b]"},
    {"A=1 cmd", "A:=[1 cmd]"},
    {"A=a > b < c", "A:=[a > b < c]"},
    {"A=a 2>&1 | b & c", "A:=[a 2>&1 | b & c]"},
    {"A=a;B=b", "A:=[a]; B:=[b]"},
    {"A=a ; ls", "A:=[a]; [ls]"},
    {"A=a && ls", "A:=[a] && [ls]"},
    {"A=a||ls", "A:=[a] || [ls]"},
    {"A=a # c", "A:=[a]"},
    {"A=# c", "A:=[# c]"},
    {"A=a#b", "A:=[a#b]"},
    {"A='a  b '", "A:=[a  b ]"},
    {"A=\"a ; b\"", "A:=[a ; b]"},
    {"A=a\\;b", "A:=[a;b]"},
    {"A=a\\ ", "A:=[a ]"},
    {"A=x\"y\"'z'", "A:=[xyz]"},
    {"A=$A $A", "A:=[apple apple]"},
    {"A=$S", "A:=[x  y]"},
    {"A=$undefined", "A:=[$undefined]"},
    {"A=$OP", "A:=[a > b; c | d & e]"},
    {"A='$A'", "A:=[$A]"},
    {"A=b=c", "A:=[b=c]"},
    {"A=$@", "A:=[one two words]"},
    {"A=*.c", "A:=[*.c]"},
    {"A =b", "[A][=b]"},
    {"9A=b", "[9A=b]"},
    {"A-B=c", "[A-B=c]"},
    {"=b", "[=b]"},
    {"\"A\"=b", "[A=b]"},
    {"echo A=b", "[echo][A=b]"},
    {"ls && A=b; ls", "[ls] && A:=[b]; [ls]"},
    {"insmod x.ko debug=1 name=\"a b\"", "[insmod][x.ko][debug=1][name=a b]"},
    // Redirections.
    {"echo 1 >/proc/x", "[echo][1]{1>/proc/x}"},
    {"echo 1 > /proc/x", "[echo][1]{1>/proc/x}"},
    {"echo 1>/proc/x", "[echo]{1>/proc/x}"},
    {"echo a1>/proc/x", "[echo][a1]{1>/proc/x}"},
    {"echo add nat46dev > /proc/net/nat46/control", "[echo][add][nat46dev]{1>/proc/net/nat46/control}"},
    {"cat < in", "[cat]{0<in}"},
    {"cat <in>out", "[cat]{0<in}{1>out}"},
    {"cat < in > out", "[cat]{0<in}{1>out}"},
    {"cat > out < in", "[cat]{1>out}{0<in}"},
    {"cat 0<in 1>out", "[cat]{0<in}{1>out}"},
    {"echo a >> f", "[echo][a]{1>>f}"},
    {"echo a>>f", "[echo][a]{1>>f}"},
    {"ls 2> e", "[ls]{2>e}"},
    {"ls 2>e", "[ls]{2>e}"},
    {"ls 2>> e", "[ls]{2>>e}"},
    {"ls 2 > e", "[ls][2]{1>e}"},
    {"ls a2>e", "[ls][a2]{1>e}"},
    {"ls > f 2>&1", "[ls]{1>f}{2>&1}"},
    {"ls 2>&1 >f", "[ls]{2>&1}{1>f}"},
    {"echo a >&2", "[echo][a]{1>&2}"},
    {"echo a 1>&2 b", "[echo][a][b]{1>&2}"},
    {"ls 2>& 1", "[ls]{2>&1}"},
    {"> f echo a", "[echo][a]{1>f}"},
    {"echo a > f b", "[echo][a][b]{1>f}"},
    {"> f", "{1>f}"},
    {"echo a > 'b c'", "[echo][a]{1>b c}"},
    {"echo a > $S", "[echo][a]{1>x  y}"},
    {"echo a > $A.txt", "[echo][a]{1>apple.txt}"},
    {"echo a '>' b", "[echo][a][>][b]"},
    {"echo a \\> b", "[echo][a][>][b]"},
    {"echo a > *.c", "[echo][a]{1>*.c}"},
    // Sequences, pipelines, jobs.
    {"a; b", "[a]; [b]"},
    {"a;b;", "[a]; [b]"},
    {"a && b", "[a] && [b]"},
    {"a&&b||c", "[a] && [b] || [c]"},
    {"a | b", "[a] | [b]"},
    {"a|b|c", "[a] | [b] | [c]"},
    {"a | b && c | d", "[a] | [b] && [c] | [d]"},
    {"a &", "[a] &"},
    {"a&", "[a] &"},
    {"a & b", "[a] & [b]"},
    {"a && b & c; d", "[a] && [b] & [c]; [d]"},
    {"a > f | b 2>e", "[a]{1>f} | [b]{2>e}"},
    {"a | B=c", "[a] | [B=c]"},
    {"capture start any f &", "[capture][start][any][f] &"},
    // Patterns.
    {"ls *.ko", "[ls][*.ko]~*.ko"},
    {"ls '*'.ko", "[ls][*.ko]"},
    {"ls \\*.ko", "[ls][*.ko]"},
    {"ls a?[b-d]", "[ls][a?[b-d]]~a?[b-d]"},
    {"ls \"a*\"*", "[ls][a**]~a\\**"},
    {"ls [\"a-z\"]*", "[ls][[a-z]*]~[a\\-z]*"},
    {"ls $G", "[ls][*.c]~*.c"},
    {"ls \"$G\"", "[ls][*.c]"},
    {"ls $G$G", "[ls][*.c*.c]~*.c*.c"},
    {"*", "[*]~*"},
    // Continued lines.
    {"echo a \\\nb", "[echo][a][b]"},
    {"echo a\\\nb", "[echo][ab]"},
    {"echo a \\\r\nb", "[echo][a][b]"},
    {"echo \"a \\\n b\"", "[echo][a  b]"},
    {"ls \\\n| cat \\\n> f", "[ls] | [cat]{1>f}"},
    {"A=a \\\nb", "A:=[a b]"},
    {"echo ${A\\\n}", "[echo][apple]"},
    {"echo a \\\n", "[echo][a]"},
    {"echo a \\ \nb", "[echo][a][ ]"},
    {"\\\necho", "[echo]"},
    // Errors.
    {"echo 'a", "1:6: unclosed quote '"},
    {"echo \"a", "1:6: unclosed quote \""},
    {"echo a'b c", "1:7: unclosed quote '"},
    {"echo \"a\\\"", "1:6: unclosed quote \""},
    {"A='b", "1:3: unclosed quote '"},
    {"echo 'a\\\nb'", "1:6: unclosed quote '"},
    {"echo \xc3\xa9\xc3\xa9 'x", "1:9: unclosed quote '"},
    {"echo \"${A\"", "1:6: unclosed quote \""},
    {"echo a >", "1:8: no file name after >"},
    {"echo a > ", "1:8: no file name after >"},
    {"echo a >>", "1:8: no file name after >>"},
    {"cat <", "1:5: no file name after <"},
    {"cat 2>", "1:5: no file name after 2>"},
    {"cat > # f", "1:5: no file name after >"},
    {"cat > ; ls", "1:5: no file name after >"},
    {"cat > > f", "1:5: no file name after >"},
    {"cat < | b", "1:5: no file name after <"},
    {"cat << end", "1:5: << is not known; write the text to a file"},
    {"a 3> f", "1:3: 3>: only 0<, 1> and 2> are known"},
    {"a 1< f", "1:3: 1<: only 0<, 1> and 2> are known"},
    {"a 0> f", "1:3: 0>: only 0<, 1> and 2> are known"},
    {"a >&3", "1:3: >& takes 1 or 2"},
    {"a 2>&1x", "1:3: >& takes 1 or 2"},
    {"a &> f", "1:3: &> is not known; write > FILE 2>&1"},
    {"a &&", "1:3: no command after &&"},
    {"a && # b", "1:3: no command after &&"},
    {"a && && b", "1:3: no command after &&"},
    {"a ||", "1:3: no command after ||"},
    {"a |", "1:3: no command after |"},
    {"a | | b", "1:3: no command after |"},
    {"a && ; b", "1:3: no command after &&"},
    {"A=b &&", "1:5: no command after &&"},
    {"&& b", "1:1: no command before &&"},
    {"| b", "1:1: no command before |"},
    {"; b", "1:1: no command before ;"},
    {"a ;; b", "1:4: no command before ;"},
    {"a & ; b", "1:5: no command before ;"},
    {"& b", "1:1: no command before &"},
    {"a \\\n&& \\\n", "2:1: no command after &&"},
    {"a \\\n b 'c", "2:4: unclosed quote '"},
    {"echo a >\\\n", "1:8: no file name after >"},
};

}  // namespace

TEST_CASE("every line of the table means what the table says") {
  REQUIRE(std::size(cases) >= 200);
  for (const Case& each : cases) {
    INFO(each.line);
    CHECK(shown(shell::parse_line(each.line)) == each.meaning);
  }
}

TEST_CASE("a NUL byte is an error wherever it stands") {
  using namespace std::string_literals;
  CHECK(shown(shell::parse_line("ec\0ho"s)) == "1:3: NUL byte in the line");
  CHECK(shown(shell::parse_line("echo 'a\0'"s)) == "1:8: NUL byte in the line");
  CHECK(shown(shell::parse_line("echo \"\0\""s)) == "1:7: NUL byte in the line");
  CHECK(shown(shell::parse_line("echo \\\0"s)) == "1:7: NUL byte in the line");
  CHECK(shown(shell::parse_line("echo ${\0}"s)) == "1:8: NUL byte in the line");
  CHECK(shown(shell::parse_line("A=\0"s)) == "1:3: NUL byte in the line");
  CHECK(shown(shell::parse_line("# \0"s)).empty());
}

TEST_CASE("a script is read line by line, and a faulty line is skipped whole") {
  const std::string script = "a\n\nb \\\n  c\n# d \\\ne 'x\\\n still e\nf";
  std::vector<std::string> lines;
  std::size_t at = 0;
  std::uint32_t line = 1;
  while (at < script.size()) {
    const shell::Parsed parsed = shell::parse_line(script, at, line);
    lines.push_back(std::to_string(line) + " " + shown(parsed));
    REQUIRE(parsed.next > at);
    at = parsed.next;
    line = parsed.next_line;
  }
  CHECK(lines == std::vector<std::string>{"1 [a]", "2 ", "3 [b][c]", "5 ", "6 6:3: unclosed quote '", "8 [f]"});
}

TEST_CASE("a mark of the byte order before a script is not part of it") { CHECK(shown(shell::parse_line("\xef\xbb\xbfls /")) == "[ls][/]"); }

TEST_CASE("the parser says when a prompt has to ask for more") {
  CHECK(shell::parse_line("echo a \\").open);
  CHECK(shell::parse_line("echo a \\\n").open);
  CHECK(shell::parse_line("echo \"a \\").open);
  CHECK_FALSE(shell::parse_line("echo a").open);
  CHECK_FALSE(shell::parse_line("echo a \\\\").open);
  CHECK_FALSE(shell::parse_line("echo 'a\\").open);
  CHECK_FALSE(shell::parse_line("# a \\").open);
  CHECK_FALSE(shell::parse_line("a \\\nb").open);
}

TEST_CASE("words remember the white space before them") {
  const auto text = [](const char* line) {
    const shell::Parsed parsed = shell::parse_line(line);
    const shell::Fields fields = shell::expand_words(parsed.line->chains.front().pipelines.front().commands.front(), values);
    std::string result = fields.plain ? "plain:" : "quoted:";
    for (const auto& field : fields.words) result += field.gap + field.text;
    return result;
  };
  CHECK(text("echo a   b") == "plain:echo a   b");
  CHECK(text("echo a\tb ") == "plain:echo a\tb");
  CHECK(text("echo a   $S   b") == "plain:echo a   x  y   b");
  CHECK(text("echo a $E b") == "plain:echo a b");
  CHECK(text("echo a  >f   b") == "plain:echo a b");
  CHECK(text("echo a   'b'") == "quoted:echo a   b");
  CHECK(text("echo a   b\\c") == "quoted:echo a   bc");
}

TEST_CASE("a background chain keeps its text") {
  const shell::Parsed parsed = shell::parse_line("  sleep 1 && echo  'a b'  & ls");
  CHECK(parsed.line->chains.at(0).text == "sleep 1 && echo  'a b'");
  CHECK(parsed.line->chains.at(1).text == "ls");
}

TEST_CASE("what is quoted reads back as the same word") {
  for (const std::string text : {"", "a", "a b", "it's", "$A", "\\", "*", "a\"b", "#", ";", "'", "''", "A=b", "\xc3\xa9"}) {
    const shell::Parsed parsed = shell::parse_line("echo " + shell::quoted(text));
    REQUIRE(parsed.line);
    const auto fields = shell::expand_words(parsed.line->chains.front().pipelines.front().commands.front(), values);
    REQUIRE(fields.words.size() == 2);
    CHECK(fields.words[1].text == text);
    CHECK(fields.words[1].pattern.empty());
  }
}

TEST_CASE("the time for a line grows with its length, not faster") {
  // 1 MB of each; the limit is far above linear time in a slow build and far below quadratic time.
  const std::string pieces[] = {"a", "a ", "'", "''", "\"$A\"", "$", "${", "${a}", "\\\n", "\\", "a;", "a|", "a&&", ">f ", "#", "*", "[", "2>&1 ", "\xff", "\xc3\xa9'"};
  for (const std::string& piece : pieces) {
    INFO(piece);
    std::string line = "echo ";
    while (line.size() < 1'000'000) line += piece;
    const auto start = std::chrono::steady_clock::now();
    const shell::Parsed parsed = shell::parse_line(line);
    if (parsed.line)
      for (const auto& chain : parsed.line->chains) shell::expand_words(chain.pipelines.front().commands.front(), values);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
  }
}
