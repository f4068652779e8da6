// umount: unmounts by target or source. Status 0; 1 when one could not be unmounted (the others are).
#include <sys/mount.h>

#include <algorithm>

#include "net/mounts.h"
#include "reactor/blocking.h"

#include "shell/command.h"

namespace {
using namespace shell;

// The last target of a source; the word itself when it is none.
Task<std::string> target_of(std::string word) {
  auto all = co_await net::mounts();
  if (all) {
    for (const net::Mounted& m : *all)
      if (m.target == word) co_return word;
    const auto found = std::find_if(all->rbegin(), all->rend(), [&word](const net::Mounted& m) { return m.source == word; });
    if (found != all->rend()) co_return found->target;
  }
  while (word.size() > 1 && word.back() == '/') word.pop_back();
  co_return word;
}

// What keeps the machine alive stays.
bool spared(const net::Mounted& m) {
  return m.target == "/" || m.target == "/proc" || m.target == "/sys" || m.target == "/dev" || m.target.starts_with("/proc/") ||
         m.target.starts_with("/dev/") || m.target.starts_with("/sys/");
}

Task<int> unmount(Context& cx, std::string target, int flags) {
  const auto call = [target, flags] { return ::umount2(target.c_str(), flags) < 0 ? errno : 0; };
  auto done = co_await reactor::blocking("umount", call);
  if (done) {
    cx.out.print("Successfully unmounted {}\n", target);
    co_return 0;
  }
  Error error = done.error();
  error.tried.clear();
  error.on = target;
  if (error.code == EBUSY) error.reason = "in use (umount -l takes it away and lets go when it is free)";
  else if (error.code == EINVAL) error.reason = "nothing is mounted there";
  if (!error.reason.empty()) error.code = 0;
  co_return cx.fail(error);
}

Task<int> run(Context& cx) {
  const int flags = (cx.args.has("-l") ? MNT_DETACH : 0) | (cx.args.has("-f") ? MNT_FORCE : 0);
  const std::string type = cx.args.value("-t").value_or("");
  std::vector<std::string> targets;
  if (cx.args.has("-a")) {
    auto all = co_await net::mounts();
    if (!all) co_return cx.fail(all.error());
    for (auto m = all->rbegin(); m != all->rend(); ++m)
      if ((type.empty() && !spared(*m)) || m->type == type) targets.push_back(m->target);
  } else if (cx.args.count() == 0) {
    co_return cx.bad_usage("missing TARGET");
  }
  for (const std::string& word : cx.args.positional()) {
    auto target = co_await target_of(word);
    targets.push_back(std::move(target));
  }
  int status = 0;
  for (const std::string& target : targets) {
    auto done = co_await unmount(cx, target, flags);
    if (done != 0) status = done;
    if (done == 130) break;
  }
  co_return status;
}

constexpr OptSpec options[] = {{.flag = "-l", .help = "lazily: away at once, let go when no longer in use"},
                               {.flag = "-f", .help = "by force, for a share that does not answer"},
                               {.flag = "-a", .help = "all but /, /proc, /sys and /dev; with -t all of a type"},
                               {.flag = "-t", .value = "TYPE", .help = "for -a"}};
constexpr ArgSpec args[] = {{.name = "TARGET", .kind = Arg::directory, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "umount",
                              .aliases = "unmount",
                              .group = Group::system,
                              .usage = "[-l] [-f] TARGET…\n[-l] [-f] -a [-t TYPE]",
                              .help = "unmount file systems",
                              .options = options,
                              .args = args,
                              .details = "TARGET is where it is mounted, or its source.",
                              .example = "umount /mnt/host",
                              .run = run};
const Command self(spec);

}  // namespace
