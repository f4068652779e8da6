// mount: lists the mounted file systems, or mounts one.
//   mount                                     list
//   mount proc|sys|dev|devpts|tracefs|debugfs|cgroup2|9p     what a VM needs, at its usual place
//   mount [-t TYPE] [-o OPTIONS] SOURCE TARGET, in any order of options
// Missing directories are made. A 9p share that cannot be mounted is explained by looking. Status 0, 1, 2.
#include <sys/mount.h>
#include <sys/stat.h>

#include "net/mounts.h"
#include "reactor/io.h"
#include "shell/file_tree.h"
#include "shell/table.h"

#include "shell/command.h"

namespace {
using namespace shell;

struct Short {
  std::string_view name, type, source, target;
};
constexpr Short shorts[] = {
    {"proc", "proc", "proc", "/proc"},
    {"sys", "sysfs", "sysfs", "/sys"},
    {"sysfs", "sysfs", "sysfs", "/sys"},
    {"dev", "devtmpfs", "devtmpfs", "/dev"},
    {"devpts", "devpts", "devpts", "/dev/pts"},
    {"tracefs", "tracefs", "tracefs", "/sys/kernel/tracing"},
    {"debugfs", "debugfs", "debugfs", "/sys/kernel/debug"},
    {"cgroup2", "cgroup2", "cgroup2", "/sys/fs/cgroup"},
    {"9p", "9p", "host-code", "/mnt/host"},
};

const Short* find_short(std::string_view name) {
  for (const Short& s : shorts)
    if (s.name == name) return &s;
  return nullptr;
}

Task<int> list(Context& cx, std::string type) {
  auto all = co_await net::mounts();
  if (!all) co_return cx.fail(all.error());
  for (const net::Mounted& m : *all)
    if (type.empty() || m.type == type) cx.out.print("{} on {} type {} ({})\n", m.source, m.target, m.type, m.options);
  co_return 0;
}

// A file is bound onto a file; all else is mounted on a directory.
Result<void> make_target(const net::MountRequest& request) {
  struct stat source {}, target {};
  if (::stat(request.target.c_str(), &target) == 0) return {};
  if ((request.flags & MS_BIND) != 0 && ::stat(request.source.c_str(), &source) == 0 && !S_ISDIR(source.st_mode)) {
    const std::size_t slash = request.target.find_last_of('/');
    if (slash != std::string::npos && slash > 0) TRY_VOID(make_directories(request.target.substr(0, slash)).map([](bool) {}));
    if (::mknod(request.target.c_str(), S_IFREG | 0644, 0) < 0) return reactor::failed("create", request.target, errno);
    return {};
  }
  const auto made = make_directories(request.target);
  if (!made) return reactor::failed("create directory", made.error().on, made.error().code);
  return {};
}

// A path that is nowhere says nothing of itself in the kernel's ENOENT.
std::string explanation(const net::MountRequest& request, int code) {
  struct stat s {};
  if (code == ENODEV) return "the kernel has no file system " + request.type + " now; modprobe " + request.type + "?";
  if (code == ENOTBLK) return request.source + " is no block device";
  if (code == ENOENT && request.source.starts_with('/') && ::stat(request.source.c_str(), &s) < 0)
    return request.source + " does not exist";
  if (code == EBUSY) return "already mounted there, or in use";
  return {};
}

Task<int> mount_one(Context& cx, net::MountRequest request, std::string announcement, std::string success, std::string failure) {
  auto ready = make_target(request);
  if (!ready) co_return cx.fail(ready.error());
  cx.out.write(announcement);
  auto flushed = co_await cx.out.flush();
  if (!flushed && flushed.error().cancelled()) co_return 130;
  auto mounted = co_await net::mount(request);
  if (mounted) {
    cx.out.write(success);
    co_return 0;
  }
  const Error& error = mounted.error();
  if (error.cancelled()) co_return 130;
  std::string why;
  if (request.type == "9p") {
    auto reason = co_await net::why_no_p9(request.source);
    why = std::move(reason);
  }
  if (why.empty()) why = explanation(request, error.code);
  std::string text = error.code == 0 ? error.text() : fmt::format("errno {} - {}", error.code, reactor::errno_text(error.code));
  if (!why.empty()) text += " (" + why + ")";
  co_return cx.fail(failure + ": " + text);
}

std::string attempt_line(const net::MountRequest& request, const std::string& options) {
  return fmt::format("Attempting to mount {} at {} (type: {}, options: {})\n", request.source, request.target,
                     request.type.empty() ? "auto" : request.type, options.empty() ? "none" : options);
}

// Whatever a share's own options say; what they leave out makes it work.
void complete_p9_options(net::MountRequest& request) {
  for (std::string_view rest = net::p9_options; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const std::string key(word.substr(0, word.find('=') + 1));
    if (("," + request.data).find("," + key) == std::string::npos)
      request.data += (request.data.empty() ? "" : ",") + std::string(word);
  }
}

Task<int> mount_short(Context& cx, Short what, std::string options) {
  net::MountRequest request{std::string(what.source), std::string(what.target), std::string(what.type), 0, {}};
  net::add_mount_options(request, options);
  const bool p9 = what.name == "9p";
  struct stat s {};
  if (what.name == "proc" ? ::stat("/proc/mounts", &s) == 0 : net::is_mount_point(request.target)) {
    cx.out.print("{} already mounted\n", request.target);
    co_return 0;
  }
  std::string announcement;
  if (p9) {
    complete_p9_options(request);
    announcement = "Mounting 9p filesystem...\n" + attempt_line(request, request.data);
  } else {
    announcement = fmt::format("Mounting {} filesystem...\n", request.target);
  }
  std::string success = p9 ? fmt::format("Successfully mounted {} at {}\n", request.source, request.target)
                           : fmt::format("Successfully mounted {}\n", request.target);
  std::string failure = p9 ? std::string("Failed to mount 9p filesystem") : "Failed to mount " + request.target;
  auto status = co_await mount_one(cx, std::move(request), std::move(announcement), std::move(success), std::move(failure));
  co_return status;
}

// All options given, as one text for -o.
std::string options_of(const Args& args) {
  std::string text;
  const auto add = [&text](std::string_view more) { text += (text.empty() ? "" : ",") + std::string(more); };
  const auto words = args.words();
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "-o" && i + 1 < words.size()) add(words[++i]);
    else if (words[i] == "-t") ++i;
    else if (words[i].starts_with("-o")) add(std::string_view(words[i]).substr(2));
  }
  if (args.has("-r")) add("ro");
  if (args.has("-w")) add("rw");
  if (args.has("--bind")) add("bind");
  if (args.has("--rbind")) add("rbind");
  if (args.has("--move")) add("move");
  for (const std::string_view kind :
       {"--make-private", "--make-rprivate", "--make-shared", "--make-rshared", "--make-slave", "--make-rslave"})
    if (args.has(kind)) add(kind.substr(7));
  return text;
}

Task<int> run(Context& cx) {
  const std::string type = cx.args.value("-t").value_or("");
  const std::string options = options_of(cx.args);
  net::MountRequest request{.type = type};
  net::add_mount_options(request, options);
  constexpr unsigned long target_only = MS_REMOUNT | MS_PRIVATE | MS_SHARED | MS_SLAVE | MS_UNBINDABLE;
  switch (cx.args.count()) {
    case 0: {
      if (!options.empty()) co_return cx.bad_usage("missing SOURCE and TARGET");
      auto status = co_await list(cx, type);
      co_return status;
    }
    case 1:
      if (const Short* what = find_short(cx.args[0]); what != nullptr && type.empty()) {
        auto status = co_await mount_short(cx, *what, options);
        co_return status;
      }
      if ((request.flags & target_only) == 0 && type.empty())
        co_return cx.bad_usage("missing TARGET (the short forms are proc, sys, dev, devpts, tracefs, debugfs, cgroup2 and 9p)");
      // A file system without a device needs no source: `mount -t tmpfs /tmp`.
      request.source = type.empty() ? "none" : type;
      request.target = cx.args[0];
      break;
    default:
      request.source = cx.args[0];
      request.target = cx.args[1];
      break;
  }
  if (type == "9p" && (request.flags & target_only) == 0) complete_p9_options(request);
  std::string shown = options;
  if (type == "9p" && shown.empty()) shown = request.data;
  std::string announcement = attempt_line(request, shown);
  std::string success = fmt::format("Successfully mounted {} at {}\n", request.source, request.target);
  auto status =
      co_await mount_one(cx, std::move(request), std::move(announcement), std::move(success), std::string("Mount failed"));
  co_return status;
}

constexpr OptSpec options[] = {
    {.flag = "-t", .value = "TYPE", .help = "file system; for the list: only of this type"},
    {.flag = "-o", .value = "OPTIONS", .help = "ro,nosuid,bind,remount,… and the file system's own, with commas"},
    {.flag = "-r", .help = "-o ro"},
    {.flag = "-w", .help = "-o rw"},
    {.flag = "--bind", .help = "-o bind: a directory or file at a second place"},
    {.flag = "--rbind", .help = "-o rbind: with what is mounted below"},
    {.flag = "--move", .help = "-o move: to another place"},
    {.flag = "--make-private", .help = "mounts below are not passed on"},
    {.flag = "--make-rprivate", .help = "the same for all below"},
    {.flag = "--make-shared", .help = "mounts below are passed on"},
    {.flag = "--make-rshared", .help = "the same for all below"},
    {.flag = "--make-slave", .help = "mounts are taken, not passed on"},
    {.flag = "--make-rslave", .help = "the same for all below"}};
constexpr ArgSpec args[] = {{.name = "SOURCE", .kind = Arg::path, .optional = true},
                            {.name = "TARGET", .kind = Arg::directory, .optional = true}};
constexpr CommandSpec spec = {
    .name = "mount",
    .group = Group::system,
    .usage =
        "[-t TYPE]\nproc|sys|dev|devpts|tracefs|debugfs|cgroup2|9p\n[-t TYPE] [-o OPTIONS] [-r] [-w] [--bind] [--rbind] [--move] "
        "SOURCE TARGET\n"
        "-o remount,OPTIONS TARGET\n--make-private|--make-rprivate|--make-shared|--make-rshared|--make-slave|--make-rslave "
        "TARGET",
    .help = "list or mount file systems",
    .options = options,
    .args = args,
    .details =
        "Missing directories are made. 9p is mounted with trans=virtio,version=9p2000.L,msize=512000 unless OPTIONS say "
        "otherwise;\n"
        "`mount 9p` takes share host-code to /mnt/host.",
    .example = "mount 9p\nmount -t tmpfs -o size=16m tmpfs /tmp/scratch\nmount --bind /mnt/host/lib /lib",
    .run = run};
const Command self(spec);

}  // namespace
