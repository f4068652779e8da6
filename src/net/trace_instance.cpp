#include "net/trace_instance.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <charconv>
#include <memory>

#include "reactor/blocking.h"
#include "reactor/io.h"
#include "reactor/timer.h"

namespace net {

namespace {

using reactor::failed;

constexpr const char* kMountPoint = "/sys/kernel/tracing";
constexpr std::string_view kInstancePrefix = "myinit-";
constexpr std::string_view kStatePrefix = "myinit-droptrace.";

bool is_tracefs(const char* path) {
  struct statfs status {};
  return ::statfs(path, &status) == 0 && status.f_type == TRACEFS_MAGIC;
}

/// In a helper process: 0 or errno.
int write_setting(const TraceSetting& setting) {
  const reactor::Fd fd(::open(setting.file.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!fd) return errno;
  return ::write(fd.get(), setting.value.data(), setting.value.size()) < 0 ? errno : 0;
}

/// Writes whole paths in one helper process; the error names the file.
Task<Result<void>> write_settings(std::vector<TraceSetting> settings) {
  // Memory that the helper shares with us, for the number of the one that failed.
  void* const page = ::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) co_return failed("mmap", {}, errno);
  const std::shared_ptr<int> at(static_cast<int*>(page), [](int* p) { ::munmap(p, sizeof *p); });
  const auto call = [&settings, at] {
    for (*at = 0; static_cast<std::size_t>(*at) < settings.size(); ++*at)
      if (const int error = write_setting(settings[static_cast<std::size_t>(*at)])) return error;
    return 0;
  };
  auto done = co_await reactor::blocking("write", call);
  if (!done && static_cast<std::size_t>(*at) < settings.size()) done.error().on = settings[static_cast<std::size_t>(*at)].file;
  co_return done;
}

/// The PID at the end of a name that we gave to something in `folder`, of every such entry.
std::vector<std::pair<std::string, pid_t>> ours_in(const std::string& folder, std::string_view prefix) {
  std::vector<std::pair<std::string, pid_t>> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), ::closedir);
  if (!dir) return found;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name(entry->d_name);
    pid_t pid = 0;
    if (!name.starts_with(prefix)) continue;
    if (std::from_chars(name.data() + prefix.size(), name.data() + name.size(), pid).ec == std::errc{})
      found.emplace_back(folder + "/" + std::string(name), pid);
  }
  return found;
}

/// Our own number counts as dead: it belonged to somebody before us. Whoever lives has files of the instance open, so that
/// removing it fails; that also protects those of other PID namespaces.
bool may_be_dead(pid_t pid) { return pid == ::getpid() || (::kill(pid, 0) != 0 && errno == ESRCH); }

Task<Result<void>> restore_from(std::string state_file) {
  auto text = co_await reactor::read_file(state_file);
  if (!text) co_return tl::unexpected(text.error());
  std::vector<TraceSetting> settings;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    const auto tab = line.find('\t');
    if (tab != std::string_view::npos) settings.insert(settings.begin(), {std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))});
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  auto done = co_await write_settings(std::move(settings));
  ::unlink(state_file.c_str());
  co_return done;
}

}  // namespace

std::optional<std::string> find_tracefs() {
  for (const char* path : {kMountPoint, "/sys/kernel/debug/tracing"})
    if (is_tracefs(path)) return path;
  return std::nullopt;
}

Task<Result<std::string>> mount_tracefs() {
  const auto call = [] {
    for (const char* folder : {"/sys", "/sys/kernel", kMountPoint})
      if (::mkdir(folder, 0755) != 0 && errno != EEXIST && ::access(folder, F_OK) != 0) return errno;
    return ::mount("tracefs", kMountPoint, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0 ? 0 : errno;
  };
  auto done = co_await reactor::blocking("mount", call);
  if (!done) {
    done.error().on = std::string("tracefs at ") + kMountPoint;
    co_return tl::unexpected(done.error());
  }
  co_return std::string(kMountPoint);
}

Task<Result<TraceInstance>> TraceInstance::make(std::string tracefs, std::string state_folder) {
  TraceInstance instance;
  const std::string folder = tracefs + "/instances";
  struct stat status {};
  instance.global_ = ::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode);
  for (const auto& [path, pid] : ours_in(state_folder, kStatePrefix)) {
    if (!may_be_dead(pid)) continue;
    auto restored = co_await restore_from(path);
    if (!restored) co_return tl::unexpected(restored.error());
  }
  if (instance.global_) {
    instance.path_ = tracefs;
    instance.state_file_ = state_folder + "/" + std::string(kStatePrefix) + std::to_string(::getpid());
    co_return instance;
  }
  std::vector<std::string> dead;
  for (const auto& [path, pid] : ours_in(folder, kInstancePrefix))
    if (may_be_dead(pid)) dead.push_back(path);
  const std::string wanted = folder + "/" + std::string(kInstancePrefix) + std::to_string(::getpid());
  // A myinit in another PID namespace may have our number: then ours gets a second one.
  constexpr int kNames = 10;
  for (int i = 0; i < kNames; ++i) {
    instance.path_ = i == 0 ? wanted : wanted + "." + std::to_string(i);
    const auto call = [&dead, &instance] {
      for (const auto& path : dead) ::rmdir(path.c_str());
      return ::mkdir(instance.path_.c_str(), 0700) == 0 ? 0 : errno;
    };
    auto made = co_await reactor::blocking("make", call);
    if (made) co_return instance;
    if (made.error().code == EEXIST) continue;
    made.error().on = instance.path_;
    co_return tl::unexpected(made.error());
  }
  co_return failed("make", wanted, EEXIST);
}

Task<Result<void>> TraceInstance::note_old_values(std::vector<TraceSetting> settings) {
  std::string state;
  for (const auto& setting : settings) {
    auto shown = co_await reactor::read_file(setting.file);
    if (!shown) co_return tl::unexpected(shown.error());
    before_.push_back({setting.file, restorable_value(*shown)});
  }
  for (const auto& setting : before_) state += setting.file + "\t" + setting.value + "\n";
  auto written = co_await reactor::write_file(state_file_, std::move(state), 0600);
  co_return written;
}

Task<Result<void>> TraceInstance::apply(std::vector<TraceSetting> settings) {
  for (auto& setting : settings) setting.file = path_ + "/" + setting.file;
  if (global_) {
    auto noted = co_await note_old_values(settings);
    if (!noted) co_return tl::unexpected(noted.error());
  }
  auto written = co_await write_settings(std::move(settings));
  co_return written;
}

Task<Result<void>> TraceInstance::remove() {
  if (global_) {
    const std::vector<TraceSetting> backwards(before_.rbegin(), before_.rend());
    auto written = co_await write_settings(backwards);
    if (written) ::unlink(state_file_.c_str());
    before_.clear();
    co_return written;
  }
  const auto call = [path = path_] { return ::rmdir(path.c_str()) == 0 ? 0 : errno; };
  // A file of the instance may still be open in another helper process that was forked before we closed ours.
  constexpr int kTries = 100;
  constexpr reactor::Nanoseconds kBetween{20'000'000};
  for (int i = 1;; ++i) {
    auto removed = co_await reactor::blocking("remove", call);
    if (removed) co_return removed;
    removed.error().on = path_;
    if (removed.error().code != EBUSY || i == kTries) co_return removed;
    auto slept = co_await reactor::sleep_for(kBetween);
    if (!slept) co_return slept;
  }
}

std::string restorable_value(std::string_view shown) {
  if (shown.ends_with('\n')) shown.remove_suffix(1);
  const auto open = shown.find('[');
  const auto close = shown.find(']', open == std::string_view::npos ? 0 : open);
  if (open != std::string_view::npos && close != std::string_view::npos) return std::string(shown.substr(open + 1, close - open - 1));
  constexpr std::string_view kExpanded = "(expanded: ";
  if (const auto expanded = shown.find(kExpanded); expanded != std::string_view::npos) {
    const auto size = shown.substr(expanded + kExpanded.size());
    return std::string(size.substr(0, size.find(')')));
  }
  if (shown == "none") return "0";
  // "1*": enabled, and wanted by somebody else as well.
  if (shown.size() == 2 && shown[1] == '*') return std::string(shown.substr(0, 1));
  return std::string(shown);
}

}  // namespace net
