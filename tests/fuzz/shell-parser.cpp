// Any bytes are a script: every line parses or has an error inside the text, and expanding never fails.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "shell/expand.h"
#include "shell/glob.h"
#include "shell/parser.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void expand(const shell::ast::Simple& command, const shell::Values& values) {
  shell::expand_text(command.value, values);
  for (const auto& redirection : command.redirections) shell::expand_text(redirection.target, values);
  for (const auto& field : shell::expand_words(command, values).words) {
    if (!field.pattern.empty()) shell::glob_match(field.pattern, "some.ko");
    const auto again = shell::parse_line("x " + shell::quoted(field.text));
    check(field.text.find('\n') != std::string::npos || (again.line && again.line->chains.size() == 1));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const shell::Variables variables = {{"A", "a  b"}, {"B", "*'\"$A"}, {"C", ""}};
  const std::vector<std::string> arguments = {"1", "2 3"};
  const shell::Values values{.variables = &variables, .name = "script", .arguments = arguments, .status = 1};
  std::size_t at = 0;
  std::uint32_t line = 1;
  while (at < text.size()) {
    const shell::Parsed parsed = shell::parse_line(text, at, line);
    check(parsed.next > at && parsed.next <= text.size() && parsed.next_line >= line);
    if (!parsed.line) {
      check(parsed.line.error().line >= line && parsed.line.error().column >= 1 && !parsed.line.error().message.empty());
    } else {
      for (const auto& chain : parsed.line->chains) {
        check(!chain.pipelines.empty());
        for (const auto& pipeline : chain.pipelines) {
          check(!pipeline.commands.empty());
          for (const auto& command : pipeline.commands) expand(command, values);
        }
      }
    }
    at = parsed.next;
    line = parsed.next_line;
  }
  return 0;
}
