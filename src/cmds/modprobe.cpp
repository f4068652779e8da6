// modprobe: loads kernel modules by name or alias, with what they depend on; -r removes them. The kernel calls us by this name.
// Loaded already or built in: status 0, said in a word. Status 1 when one is not to be had.
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>

#include "net/modules.h"
#include "reactor/directory.h"
#include "reactor/io.h"
#include "reactor/job.h"
#include "shell/text.h"

#include "shell/command.h"

namespace {
using namespace shell;

struct Wanted {
  std::string name, parameters;
};

// Words with '=' are parameters of the name before them.
Result<std::vector<Wanted>> wanted_of(std::span<const std::string> words) {
  std::vector<Wanted> all;
  for (const std::string& word : words) {
    if (word.find('=') == std::string::npos) all.push_back({word, {}});
    else if (all.empty()) return reactor::failed({}, word, "a parameter needs a module before it");
    else all.back().parameters += (all.back().parameters.empty() ? "" : " ") + word;
  }
  return all;
}

void explain(Context& cx, const net::LoadError& failure) {
  for (const std::string& message : failure.kernel) cx.err.print("  kernel: {}\n", message);
  if (!failure.hint.empty()) cx.err.print("  hint: {}\n", failure.hint);
}

// What the devices of a bus ask for: the aliases in /sys/bus/BUS/devices/*/modalias.
Result<std::vector<Wanted>> wanted_by(const std::string& bus, const std::string& except) {
  const std::string folder = "/sys/bus/" + bus + "/devices";
  auto devices = reactor::directory_names(folder);
  if (!devices) return reactor::failed({}, bus, "no such bus");
  std::vector<Wanted> all;
  for (const std::string& device : *devices) {
    auto alias = reactor::read_small_file(folder + "/" + device + "/modalias");
    if (!alias) continue;
    for (const std::string_view line : split(*alias, "\n"))
      if (std::string name(line); ::fnmatch(except.c_str(), name.c_str(), 0) != 0) all.push_back({std::move(name), {}});
  }
  return all;
}

Task<int> show(Context& cx, net::ModuleTree& tree, Wanted wanted) {
  auto plan = co_await tree.plan(wanted.name, wanted.parameters);
  if (!plan) co_return cx.fail(plan.error());
  for (const net::ModuleStep& step : *plan) {
    if (step.built_in) cx.out.print("builtin {}\n", step.name);
    else cx.out.print("insmod {}{}{}\n", step.path, step.parameters.empty() ? "" : " ", step.parameters);
  }
  co_return 0;
}

Task<int> load(Context& cx, net::ModuleTree& tree, Wanted wanted) {
  using How = net::LoadedStep::How;
  const bool quiet = cx.args.has("-q"), verbose = cx.args.has("-v");
  auto loaded = co_await net::load_module(tree, wanted.name, wanted.parameters);
  if (!loaded) {
    const net::LoadError& failure = loaded.error();
    if (failure.error.cancelled()) co_return 130;
    if (quiet && failure.path.empty()) co_return 1;
    const int status = cx.fail(failure.text());
    explain(cx, failure);
    co_return status;
  }
  for (std::size_t i = 0; i < loaded->size(); ++i) {
    const net::LoadedStep& done = (*loaded)[i];
    const bool asked_for = done.step.name == net::normal_module_name(wanted.name) || i + 1 == loaded->size();
    if (done.how == How::loaded && !quiet) cx.out.print("Successfully loaded module: {}\n", done.step.path);
    if (done.how == How::already && !quiet && (asked_for || verbose)) cx.out.print("Module {} is already loaded\n", done.step.name);
    if (done.how == How::built_in && !quiet && (asked_for || verbose))
      cx.out.print("Module {} is built into the kernel\n", done.step.name);
    for (const std::string& warning : done.warnings) cx.err.print("modprobe: kernel: {}\n", warning);
    if (done.failure && verbose) {
      cx.err.print("modprobe: only wanted, not needed: {}\n", done.failure->text());
      explain(cx, *done.failure);
    }
  }
  co_return 0;
}

// With what nobody else uses then.
Task<int> remove(Context& cx, net::ModuleTree& tree, Wanted wanted) {
  auto plan = co_await tree.plan(wanted.name);
  if (!plan) co_return cx.fail(plan.error());
  bool first = true;
  for (auto step = plan->rbegin(); step != plan->rend(); ++step, first = false) {
    auto state = co_await net::module_state(step->name);
    if (state != net::ModuleState::loaded) {
      if (first) co_return cx.fail(step->name + (state == net::ModuleState::built_in ? ": built into the kernel" : ": not loaded"));
      continue;
    }
    auto done = co_await net::remove_module(step->name);
    if (done) cx.out.print("Successfully removed module: {}\n", step->name);
    else if (first) co_return cx.fail(done.error());
  }
  co_return 0;
}

// All in one go, which saves a helper process for each name. False: not all are there now. Nothing is said; so not for names with
// parameters, about which the kernel may have something to say.
Task<bool> load_together(net::ModuleTree* tree, std::span<const Wanted> wanted) {
  std::vector<net::ModuleStep> steps;
  for (const Wanted& one : wanted) {
    if (!one.parameters.empty()) co_return false;
    auto plan = co_await tree->plan(one.name);
    if (!plan) co_return false;
    for (net::ModuleStep& step : *plan) {
      const auto same = std::find_if(steps.begin(), steps.end(), [&step](const auto& other) { return other.name == step.name; });
      if (same == steps.end()) steps.push_back(std::move(step));
      else same->optional = same->optional && step.optional;
    }
  }
  const std::size_t count = steps.size();
  auto loaded = co_await net::load_steps(std::move(steps), count);
  co_return loaded.has_value();
}

Task<int> run(Context& cx) {
  auto wanted = wanted_of(cx.args.positional());
  if (!wanted) co_return cx.bad_usage(wanted.error());
  const auto bus = cx.args.value("--bus");
  if (!bus && wanted->empty()) co_return cx.bad_usage("no module named");
  if (!bus && cx.args.has("--except")) co_return cx.bad_usage("--except needs --bus");
  int status = 0;
  if (bus) {
    auto present = wanted_by(*bus, cx.args.value("--except").value_or(""));
    if (present) wanted->insert(wanted->begin(), present->begin(), present->end());
    else status = cx.args.has("-q") ? 1 : cx.fail(present.error());
  }
  if (wanted->empty()) co_return status;
  net::ModuleTree tree;
  const bool removes = cx.args.has("-r"), shows = cx.args.has("-n") || cx.args.has("--show-depends");
  if (!removes && !shows && cx.args.has("-q") && !cx.args.has("-v") && wanted->size() > 1) {
    auto done = co_await load_together(&tree, *wanted);
    if (done) co_return status;
    if (reactor::must_stop()) co_return 130;
  }
  for (const Wanted& one : *wanted) {
    Task<int> work = removes ? remove(cx, tree, one) : shows ? show(cx, tree, one) : load(cx, tree, one);
    auto done = co_await std::move(work);
    if (done != 0) status = done;
    if (done == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-q", .help = "say nothing of success, nor of a name that is nowhere"},
                               {.flag = "-v", .help = "say all that is done"},
                               {.flag = "-n", .help = "only show what would be loaded"},
                               {.flag = "--show-depends", .help = "the same"},
                               {.flag = "-r", .help = "remove, with what is no longer used"},
                               {.flag = "--bus", .value = "BUS", .help = "also what the devices of /sys/bus/BUS ask for"},
                               {.flag = "--except", .value = "ALIAS", .help = "not what they ask for by this alias; it may be a pattern"},
                               {.flag = "-a", .help = "all words are names (they always are)"}};
constexpr ArgSpec args[] = {{.name = "NAME", .kind = Arg::module, .optional = true},
                            {.name = "param=value", .kind = Arg::module, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {
    .name = "modprobe",
    .group = Group::kernel,
    .usage = "[-q] [-v] [-n|--show-depends] [-r] [-a] [--bus BUS] [--except ALIAS] NAME [param=value…] [NAME…]",
    .help = "load kernel modules with what they depend on",
    .options = options,
    .args = args,
    .details =
        "NAME is a module or an alias; '-' and '_' are the same. Looked for in /lib/modules/<release>/ (modules.dep, .alias,\n"
        ".softdep, .builtin) and, as flat files, in / (depends, softdep and alias of each file).",
    .example = "modprobe tun\nmodprobe -v 9pnet_virtio 9p\nmodprobe --bus virtio",
    .run = run};
const Command self(spec);

}  // namespace
