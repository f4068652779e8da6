// lsmod: the loaded kernel modules with size and users, from /proc/modules.
#include "net/modules.h"
#include "shell/table.h"
#include "shell/text.h"

#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  auto modules = co_await net::loaded_modules();
  if (!modules) co_return cx.fail(modules.error());
  Table table({{"Module", Table::Align::left, 19}, {"Size", Table::Align::right, 8}, {"Used by"}});
  for (const net::LoadedModule& m : *modules) {
    std::string users = std::to_string(m.uses);
    if (!m.users.empty()) users += " " + join(m.users, ",");
    if (m.state != "Live") users += " (" + m.state + ")";
    table.row({m.name, std::to_string(m.size_bytes), std::move(users)});
  }
  table.print(cx.out);
  co_return 0;
}

constexpr CommandSpec spec = {
    .name = "lsmod", .group = Group::kernel, .help = "list the loaded kernel modules", .example = "lsmod", .run = run};
const Command self(spec);

}  // namespace
