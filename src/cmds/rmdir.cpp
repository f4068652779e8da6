// rmdir: removes empty directories; -p those above them too.
#include <unistd.h>

#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  int status = 0;
  for (std::string path : cx.args.positional()) {
    do {
      if (::rmdir(path.c_str()) < 0) {
        status = cx.fail("failed to remove '" + path + "': " + reactor::errno_text(errno));
        break;
      }
      while (path.size() > 1 && path.back() == '/') path.pop_back();
      const std::size_t slash = path.find_last_of('/');
      path.resize(slash == std::string::npos ? 0 : slash);
    } while (cx.args.has("-p") && !path.empty());
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-p", .help = "then those above, as long as they are empty"}};
constexpr ArgSpec args[] = {{.name = "DIR", .kind = Arg::directory, .repeated = true}};
constexpr CommandSpec spec = {.name = "rmdir",
                              .group = Group::files,
                              .usage = "[-p] DIR…",
                              .help = "remove empty directories",
                              .options = options,
                              .args = args,
                              .example = "rmdir /tmp/work",
                              .run = run};
const Command self(spec);

}  // namespace
