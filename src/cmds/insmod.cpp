// insmod: loads one kernel module from its file; packed files too (.ko.zst, .ko.xz, .ko.gz), and without the ending.
// A bare NAME is looked for on disk. Loaded already: status 0, said in a word. A failure shows what the kernel wrote about it.
#include <sys/stat.h>
#include <unistd.h>

#include "net/modules.h"
#include "shell/text.h"

#include "shell/command.h"

namespace {
using namespace shell;

// The first of the files that may be meant; empty when there is none.
std::string file_for(const std::string& path) {
  for (const std::string& candidate : net::ModuleTree::with_endings(path)) {
    struct stat s {};
    if (::stat(candidate.c_str(), &s) == 0 && !S_ISDIR(s.st_mode)) return candidate;
  }
  return {};
}

Task<int> run(Context& cx) {
  const std::string path = cx.args[0];
  std::vector<std::string> parameters(cx.args.from(1).begin(), cx.args.from(1).end());
  std::string file = file_for(path);
  if (file.empty()) {
    net::ModuleTree tree;
    std::string name = net::module_name_of(path);
    if (name.empty()) name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
    auto found = co_await tree.find(name);
    // A file that was asked for by its path is not replaced by another one; but it is not missed when the kernel has it.
    if (!name.empty() && found && found->path.empty()) {
      cx.out.print("Module {} is {}\n", found->name, found->built_in ? "built into the kernel" : "already loaded");
      co_return 0;
    }
    if (found && path.find('/') == std::string::npos) file = found->path;
  }
  if (file.empty()) {
    auto tried = net::ModuleTree::with_endings(path);
    tried.erase(tried.begin());
    cx.err.print("insmod: Error: Module file '{}' not found\n", path);
    if (!tried.empty()) cx.err.print("Not found either: {}\n", join(tried));
    co_return 1;
  }
  auto inserted = co_await net::insert_module(file, join(parameters, " "));
  if (inserted) {
    cx.out.print("{}: {}\n", inserted->already ? "Module already loaded" : "Successfully loaded module", file);
    for (const std::string& warning : inserted->warnings) cx.err.print("insmod: kernel: {}\n", warning);
    co_return 0;
  }
  const net::LoadError& failure = inserted.error();
  if (failure.path.empty()) co_return cx.fail(failure.error);
  const int status = cx.fail(failure.text());
  for (const std::string& message : failure.kernel) cx.err.print("  kernel: {}\n", message);
  if (!failure.hint.empty()) cx.err.print("  hint: {}\n", failure.hint);
  co_return status;
}

constexpr ArgSpec args[] = {{.name = "PATH|NAME", .kind = Arg::path}, {.name = "param=value", .optional = true, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "insmod",
    .group = Group::kernel,
    .usage = "PATH|NAME [param=value…]",
    .help = "load a kernel module from its file",
    .args = args,
    .details = "PATH may lack .ko, .zst, .xz or .gz. What it depends on must be loaded; modprobe sees to that.",
    .example = "insmod /nat46.ko debug=1",
    .run = run};
const Command self(spec);

}  // namespace
