// rmmod: removes kernel modules. Status 0; 1 when one could not be removed.
#include <algorithm>

#include "net/modules.h"
#include "shell/text.h"

#include "shell/command.h"

namespace {
using namespace shell;

// Who holds a module, in words.
Task<std::string> users_of(std::string name) {
  auto all = co_await net::loaded_modules();
  if (all)
    for (const net::LoadedModule& m : *all)
      if (m.name == name) co_return m.users.empty() ? "in use" : "in use by " + join(m.users);
  co_return std::string("in use");
}

Task<int> run(Context& cx) {
  int status = 0;
  for (const std::string& word : cx.args.positional()) {
    const std::string stem = net::module_name_of(word);
    const std::string name = stem.empty() ? net::normal_module_name(word) : stem;
    auto done = co_await net::remove_module(name, cx.args.has("-f"));
    if (done) {
      cx.out.print("Successfully removed module: {}\n", name);
      continue;
    }
    Error error = done.error();
    if (error.code == EWOULDBLOCK || error.code == EBUSY) {
      auto users = co_await users_of(name);
      error = Error{{}, name, 0, std::move(users)};
    } else if (error.code == ENOENT) {
      auto state = co_await net::module_state(name);
      error = Error{{}, name, 0, state == net::ModuleState::built_in ? "built into the kernel" : "not loaded"};
    }
    status = cx.fail(error);
    if (status == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-f", .help = "also when in use, if the kernel allows it"}};
constexpr ArgSpec args[] = {{.name = "NAME", .kind = Arg::module, .repeated = true}};
constexpr CommandSpec spec = {.name = "rmmod",
                              .group = Group::kernel,
                              .usage = "[-f] NAME…",
                              .help = "remove kernel modules",
                              .options = options,
                              .args = args,
                              .example = "rmmod nat46",
                              .run = run};
const Command self(spec);

}  // namespace
