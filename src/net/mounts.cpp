#include "net/mounts.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "reactor/blocking.h"
#include "reactor/directory.h"
#include "reactor/io.h"

namespace net {

using reactor::Result;
using reactor::Task;

namespace {

std::string_view take_word(std::string_view& text, char end) {
  const std::size_t at = std::min(text.find(end), text.size());
  const std::string_view word = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return word;
}

// proc(5): blank, tab, newline and backslash are written as \ooo.
std::string unescaped(std::string_view text) {
  std::string plain;
  const auto octal = [](char c) { return c >= '0' && c <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) && octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct Flag {
  std::string_view word;
  unsigned long set, clear;
};
// mount(8), "Filesystem-independent mount options".
constexpr Flag flags[] = {
    {"defaults", 0, 0},
    {"ro", MS_RDONLY, 0}, {"rw", 0, MS_RDONLY},
    {"nosuid", MS_NOSUID, 0}, {"suid", 0, MS_NOSUID},
    {"nodev", MS_NODEV, 0}, {"dev", 0, MS_NODEV},
    {"noexec", MS_NOEXEC, 0}, {"exec", 0, MS_NOEXEC},
    {"sync", MS_SYNCHRONOUS, 0}, {"async", 0, MS_SYNCHRONOUS},
    {"dirsync", MS_DIRSYNC, 0},
    {"remount", MS_REMOUNT, 0},
    {"bind", MS_BIND, 0}, {"rbind", MS_BIND | MS_REC, 0}, {"move", MS_MOVE, 0},
    {"noatime", MS_NOATIME, 0}, {"atime", 0, MS_NOATIME},
    {"nodiratime", MS_NODIRATIME, 0}, {"diratime", 0, MS_NODIRATIME},
    {"relatime", MS_RELATIME, 0}, {"norelatime", 0, MS_RELATIME},
    {"strictatime", MS_STRICTATIME, 0}, {"nostrictatime", 0, MS_STRICTATIME},
    {"lazytime", MS_LAZYTIME, 0}, {"nolazytime", 0, MS_LAZYTIME},
    {"silent", MS_SILENT, 0}, {"loud", 0, MS_SILENT},
    {"nosymfollow", 256, 0}, {"symfollow", 0, 256},  // MS_NOSYMFOLLOW, Linux 5.10; not in this libc
    {"private", MS_PRIVATE, 0}, {"rprivate", MS_PRIVATE | MS_REC, 0},
    {"shared", MS_SHARED, 0}, {"rshared", MS_SHARED | MS_REC, 0},
    {"slave", MS_SLAVE, 0}, {"rslave", MS_SLAVE | MS_REC, 0},
    {"unbindable", MS_UNBINDABLE, 0}, {"runbindable", MS_UNBINDABLE | MS_REC, 0},
};
constexpr unsigned long kPropagation = MS_PRIVATE | MS_SHARED | MS_SLAVE | MS_UNBINDABLE;

// In the child that blocking() makes.
int mount_now(const MountRequest& request, const std::string& type) {
  const auto call = [&](unsigned long how) {
    return ::mount(request.source.c_str(), request.target.c_str(), type.c_str(), how, request.data.c_str()) < 0 ? errno : 0;
  };
  const unsigned long recursive = request.flags & MS_REC;
  const unsigned long propagation = request.flags & kPropagation;
  const unsigned long plain = request.flags & ~kPropagation;
  int error = 0;
  // A call that is only about propagation mounts nothing.
  if (propagation == 0 || (plain & ~recursive) != 0 || !type.empty()) {
    error = call(plain);
    // The kernel ignores the other flags of a bind; they take a remount.
    if (error == 0 && (plain & MS_BIND) != 0 && (plain & MS_REMOUNT) == 0 && (plain & ~(MS_BIND | MS_REC | MS_SILENT)) != 0)
      error = call((plain & ~static_cast<unsigned long>(MS_REC)) | MS_REMOUNT);
  }
  if (error == 0 && propagation != 0)
    error = ::mount(nullptr, request.target.c_str(), nullptr, propagation | recursive, nullptr) < 0 ? errno : 0;
  return error;
}

}  // namespace

std::vector<Mounted> parse_mounts(std::string_view text) {
  std::vector<Mounted> all;
  while (!text.empty()) {
    std::string_view line = take_word(text, '\n');
    Mounted entry;
    for (std::string* part : {&entry.source, &entry.target, &entry.type, &entry.options}) *part = unescaped(take_word(line, ' '));
    if (!entry.options.empty()) all.push_back(std::move(entry));
  }
  return all;
}

Task<Result<std::vector<Mounted>>> mounts() {
  auto text = co_await reactor::read_file("/proc/self/mounts");
  if (!text) co_return tl::unexpected(text.error());
  co_return parse_mounts(*text);
}

bool is_mount_point(const std::string& directory) {
  struct stat here {}, above {};
  if (::stat(directory.c_str(), &here) < 0 || ::stat((directory + "/..").c_str(), &above) < 0) return false;
  return here.st_dev != above.st_dev || here.st_ino == above.st_ino;
}

void add_mount_options(MountRequest& request, std::string_view options) {
  while (!options.empty()) {
    // A quoted value may hold commas (SELinux contexts).
    std::size_t end = 0;
    for (bool quoted = false; end < options.size() && (quoted || options[end] != ','); ++end)
      if (options[end] == '"') quoted = !quoted;
    const std::string_view word = options.substr(0, end);
    options.remove_prefix(std::min(end + 1, options.size()));
    const auto* flag = std::find_if(std::begin(flags), std::end(flags), [word](const Flag& f) { return f.word == word; });
    if (flag != std::end(flags)) {
      request.flags = (request.flags & ~flag->clear) | flag->set;
    } else if (!word.empty()) {
      if (!request.data.empty()) request.data += ',';
      request.data += word;
    }
  }
}

Task<Result<std::vector<std::string>>> filesystem_types(bool on_device) {
  auto text = co_await reactor::read_file("/proc/filesystems");
  if (!text) co_return tl::unexpected(text.error());
  std::vector<std::string> types;
  for (std::string_view rest = *text; !rest.empty();) {
    std::string_view line = take_word(rest, '\n');
    const std::string_view kind = take_word(line, '\t');
    if (!line.empty() && !(on_device && kind == "nodev")) types.emplace_back(line);
  }
  co_return types;
}

Task<Result<void>> mount(MountRequest request) {
  std::vector<std::string> types{request.type};
  constexpr unsigned long no_type_needed = MS_BIND | MS_MOVE | MS_REMOUNT | kPropagation;
  if (request.type.empty() && (request.flags & no_type_needed) == 0) {
    auto known = co_await filesystem_types(true);
    if (!known) co_return tl::unexpected(known.error());
    types = std::move(*known);
    if (types.empty()) co_return reactor::failed({}, {}, "no type given, and the kernel knows none that lives on a device");
  }
  const auto call = [request, types] {
    int error = 0;
    for (const std::string& type : types) {
      error = mount_now(request, type);
      if (error != EINVAL) break;  // EINVAL: not a file system of this type
    }
    return error;
  };
  auto done = co_await reactor::blocking("mount", call);
  co_return done;
}

Result<std::vector<std::string>> p9_tags() {
  struct stat s {};
  if (::stat("/sys/bus", &s) < 0) return reactor::failed({}, {}, "sysfs is not mounted (mount sys)");
  if (::stat("/sys/bus/virtio", &s) < 0)
    return reactor::failed({}, {}, "the kernel has no virtio bus (modprobe virtio_pci, or virtio_mmio)");
  const std::string driver = "/sys/bus/virtio/drivers/9pnet_virtio";
  const auto devices = reactor::directory_names(driver);
  if (!devices) return reactor::failed({}, {}, "module 9pnet_virtio is not loaded (modprobe 9pnet_virtio)");
  std::vector<std::string> tags;
  for (const std::string& device : *devices) {
    const auto tag = reactor::read_small_file(driver + "/" + device + "/mount_tag");
    // Written with its terminating zero.
    if (tag) tags.push_back(tag->substr(0, tag->find_first_of(std::string_view("\0\n", 2))));
  }
  std::sort(tags.begin(), tags.end());
  return tags;
}

Task<std::string> why_no_p9(std::string tag) {
  auto types = co_await filesystem_types(false);
  if (types && std::find(types->begin(), types->end(), "9p") == types->end())
    co_return std::string("the kernel has no 9p now: module 9p is not loaded (modprobe 9p)");
  const auto tags = p9_tags();
  if (!tags) co_return tags.error().text();
  if (tags->empty()) co_return std::string("the machine offers no 9p share");
  if (std::find(tags->begin(), tags->end(), tag) != tags->end()) co_return std::string();
  std::string names;
  for (const std::string& name : *tags) names += (names.empty() ? "" : ", ") + name;
  co_return "the machine offers no share with tag " + tag + "; it offers " + names;
}

}  // namespace net
