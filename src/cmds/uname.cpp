// uname: name and release of the kernel and the machine.
#include <sys/utsname.h>

#include "shell/command.h"
#include "shell/text.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  utsname names{};
  ::uname(&names);
  struct Part {
    std::string_view flag;
    const char* text;
  };
  const Part parts[] = {{"-s", names.sysname}, {"-n", names.nodename}, {"-r", names.release},
                        {"-v", names.version}, {"-m", names.machine},  {"-o", "GNU/Linux"}};
  std::vector<std::string> shown;
  for (const Part& part : parts)
    if (cx.args.has("-a") || cx.args.has(part.flag)) shown.emplace_back(part.text);
  if (shown.empty()) shown.emplace_back(names.sysname);
  cx.out.print("{}\n", join(shown, " "));
  co_return 0;
}

constexpr OptSpec options[] = {
    {.flag = "-a", .help = "all of it"},           {.flag = "-s", .help = "the kernel's name (without any option)"},
    {.flag = "-n", .help = "the machine's name"},  {.flag = "-r", .help = "the kernel's release"},
    {.flag = "-v", .help = "its version"},         {.flag = "-m", .help = "the kind of machine"},
    {.flag = "-o", .help = "the operating system"}};
constexpr CommandSpec spec = {.name = "uname",
                              .group = Group::system,
                              .usage = "[-a] [-s] [-n] [-r] [-v] [-m] [-o]",
                              .help = "show kernel and machine",
                              .options = options,
                              .example = "uname -r",
                              .run = run};
const Command self(spec);

}  // namespace
