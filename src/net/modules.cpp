#include "net/modules.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "net/kernel_log.h"
#include "net/packed_file.h"
#include "reactor/blocking.h"
#include "reactor/io.h"
#include "reactor/loop.h"

namespace net {

using reactor::Error;
using reactor::Result;
using reactor::Task;

namespace {

constexpr std::size_t kMessagesShown = 20;
constexpr std::size_t kMostTogether = 100;  // their number is a process's status
// include/uapi/linux/module.h; not in this libc.
constexpr unsigned kCompressedFile = 4;  // MODULE_INIT_COMPRESSED_FILE, Linux 5.17

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

std::string words_for(int code) {
  switch (code) {
    case ENOENT: return "unknown symbol, or another object is missing";
    case ENOEXEC: return "not a module for this kernel";
    case EINVAL: return "the module or one of its parameters is refused";
    case EPERM: return "not permitted (needs root, and a kernel that still takes modules)";
    case ENOKEY: case EKEYREJECTED: case EKEYEXPIRED: case EKEYREVOKED: case EBADMSG: return "its signature is refused";
    case ENODEV: return "its device is not there";
    case ENOSYS: return "this kernel has no loadable modules";
    default: return "the kernel refuses it";
  }
}

LoadError load_error(std::string path, int code, std::string reason = {}) {
  LoadError failure;
  failure.path = std::move(path);
  failure.error.code = code;
  failure.error.reason = reason.empty() ? words_for(code) : std::move(reason);
  return failure;
}

// What the kernel has said since `log` was opened.
std::vector<std::string> messages_of(KernelLog& log) {
  std::vector<std::string> messages;
  for (;;) {
    auto message = log.next();
    if (!message || !*message) break;
    if ((*message)->facility == 0) messages.push_back(std::move((*message)->text));
  }
  if (messages.size() > kMessagesShown) messages.erase(messages.begin(), messages.end() - kMessagesShown);
  return messages;
}

// In each message the word between `before` and the next blank, quote or bracket.
std::vector<std::string> words_after(const std::vector<std::string>& messages, std::string_view before) {
  std::vector<std::string> words;
  for (const std::string& message : messages) {
    const std::size_t at = message.find(before);
    if (at == std::string::npos) continue;
    const std::size_t begin = at + before.size();
    words.push_back(message.substr(begin, message.find_first_of(" '`\"(,", begin) - begin));
  }
  return words;
}

bool mentions(const std::vector<std::string>& messages, std::string_view text) {
  return std::any_of(messages.begin(), messages.end(), [text](const std::string& m) { return m.find(text) != std::string::npos; });
}

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Task<std::string> hint_for(const LoadError* failure, const ModuleInfo* info) {
  const auto& messages = failure->kernel;
  const auto symbols = words_after(messages, "Unknown symbol ");
  if (!symbols.empty()) {
    ModuleTree tree;
    auto providers = co_await tree.providers_of(symbols);
    if (providers.size() == 1) co_return "what is missing, like " + symbols[0] + ", is in module " + providers[0] + ": load it first, or use modprobe";
    if (!providers.empty()) co_return "what is missing, like " + symbols[0] + ", is in modules " + listed(providers) + ": load them first, or use modprobe";
    std::vector<std::string> missing;
    for (const std::string& name : info->depends) {
      auto state = co_await module_state(normal_module_name(name));
      if (state == ModuleState::absent) missing.push_back(name);
    }
    if (!missing.empty()) co_return "it depends on " + listed(missing) + ", not loaded: load first, or use modprobe";
    co_return "no module at hand has symbol " + symbols[0] + "; is the module made for this kernel (" + kernel_release() + ")?";
  }
  if (mentions(messages, "version magic") || mentions(messages, "disagrees about version of symbol")) {
    const std::string made_for = info->version_magic.substr(0, info->version_magic.find(' '));
    if (made_for == kernel_release()) co_return "the module is made for another build of this kernel: " + info->version_magic;
    co_return "the module is made for kernel " + (made_for.empty() ? "(unknown)" : made_for) + ", this is " + kernel_release();
  }
  const int code = failure->error.code;
  if (code == ENOKEY)
    co_return std::string("the kernel takes only modules signed with a key that it knows (module.sig_enforce, lockdown)");
  if (code == EKEYREJECTED || code == EBADMSG) co_return std::string("the file has been changed since it was signed, or is damaged");
  if (code == EKEYEXPIRED || code == EKEYREVOKED) co_return std::string("the key that it was signed with is no longer valid");
  if (mentions(messages, "invalid for parameter")) {
    const auto named = words_after(messages, "invalid for parameter `");
    const std::string parameter = named.empty() ? std::string() : named[0];
    co_return "parameter " + parameter + " does not take that value" +
        (info->parameters.empty() ? std::string() : "; parameters are " + listed(info->parameters));
  }
  if (code == EPERM && ::geteuid() != 0) co_return std::string("only root may load modules");
  if (code == ENODEV) co_return std::string("the module's own start found nothing to drive");
  co_return std::string();
}

}  // namespace

std::string LoadError::text() const {
  if (path.empty()) return error.text();
  std::string text = "Failed to load module " + path + ": " + error.reason;
  if (error.code != 0) text += " (errno: " + std::to_string(error.code) + " - " + reactor::errno_text(error.code) + ")";
  return text;
}

Task<ModuleState> module_state(std::string name) {
  if (name.empty()) co_return ModuleState::absent;  // its folder would be the one of all
  const std::string folder = "/sys/module/" + name;
  // One that is still coming counts as absent: to load it again is to wait for it.
  if (const auto state = reactor::read_small_file(folder + "/initstate")) co_return *state == "live\n" ? ModuleState::loaded : ModuleState::absent;
  if (::access(folder.c_str(), F_OK) == 0) co_return ModuleState::built_in;
  if (::access("/sys/module", F_OK) == 0) co_return ModuleState::absent;
  auto all = co_await loaded_modules();
  if (all)
    for (const LoadedModule& module : *all)
      if (module.name == name) co_return ModuleState::loaded;
  co_return ModuleState::absent;
}

namespace {

// True when the kernel unpacks this kind itself (CONFIG_MODULE_DECOMPRESS has one kind, named in sysfs).
Task<bool> kernel_unpacks(proto::Compression kind) {
  auto text = co_await reactor::read_file("/sys/module/compression", 64);
  if (!text) co_return false;
  const std::string_view name = std::string_view(*text).substr(0, text->find('\n'));
  co_return (kind == proto::Compression::zstd && name == "zstd") || (kind == proto::Compression::xz && name == "xz") ||
      (kind == proto::Compression::gzip && name == "gzip");
}

// 0 or an errno. Blocks.
int load_file(int file, const char* parameters, unsigned flags) noexcept {
  return ::syscall(SYS_finit_module, file, parameters, flags) < 0 ? errno : 0;
}

Task<Result<void>> hand_over(std::string path, std::string parameters) {
  auto kind = co_await module_compression(path);
  if (!kind) co_return tl::unexpected(kind.error());
  const bool packed = *kind != proto::Compression::none;
  bool by_kernel = true;
  if (packed) by_kernel = co_await kernel_unpacks(*kind);
  if (!by_kernel) {
    auto image = co_await read_packed(path);
    if (!image) co_return tl::unexpected(image.error());
    const std::vector<std::uint8_t>* bytes = &*image;
    const auto call = [bytes, parameters] {
      return ::syscall(SYS_init_module, bytes->data(), bytes->size(), parameters.c_str()) < 0 ? errno : 0;
    };
    auto done = co_await reactor::blocking("load", call);
    co_return done;
  }
  auto fd = co_await reactor::open_file(path, O_RDONLY);
  if (!fd) co_return tl::unexpected(fd.error());
  const int file = fd->get();
  const auto call = [file, packed, parameters] { return load_file(file, parameters.c_str(), packed ? kCompressedFile : 0U); };
  auto done = co_await reactor::blocking("load", call);
  co_return done;
}

}  // namespace

Task<tl::expected<Inserted, LoadError>> insert_module(std::string path, std::string parameters) {
  auto log = KernelLog::open(KernelLog::From::now);
  auto done = co_await hand_over(path, std::move(parameters));
  Inserted inserted;
  if (done || done.error().code == EEXIST) {
    inserted.already = !done;
    if (log && done)
      for (std::string& message : messages_of(*log))
        if (message.find("unknown parameter") != std::string::npos) inserted.warnings.push_back(std::move(message));
    co_return inserted;
  }
  if (done.error().cancelled()) co_return tl::unexpected(LoadError{{}, done.error(), {}, {}});
  LoadError failure = load_error(path, done.error().code, done.error().code == 0 ? done.error().reason : std::string());
  if (done.error().tried == "open" || done.error().tried == "read") failure.error.reason = "cannot " + done.error().tried + " it";
  if (log) failure.kernel = messages_of(*log);
  auto image = co_await read_packed(path);
  const auto info = image ? parse_module(*image) : Result<ModuleInfo>(tl::unexpected(image.error()));
  if (image && !info) {
    failure.hint = "the file is not a kernel module";
  } else if (image) {
    const ModuleInfo known = *info;
    auto hint = co_await hint_for(&failure, &known);
    failure.hint = std::move(hint);
  }
  co_return tl::unexpected(std::move(failure));
}

namespace {

// Loads the first of the steps that are plain files without parameters (about which the kernel may have something to say), up to one
// that is refused or there already; returns how many, or that it was cancelled. All in one helper process, since one for each is a
// third of the time to the first command in an emulated machine.
Task<Result<std::size_t>> insert_first(std::span<const ModuleStep> steps) {
  const auto plain = [](const ModuleStep& step) {
    return step.path.ends_with(".ko") && step.parameters.empty() && ::access(("/sys/module/" + step.name).c_str(), F_OK) != 0;
  };
  const auto end = std::find_if_not(steps.begin(), steps.begin() + std::min(steps.size(), kMostTogether), plain);
  const std::span first(steps.begin(), end);
  if (first.size() < 2) co_return std::size_t{0};
  const auto call = [first]() noexcept {
    int count = 0;
    for (const ModuleStep& step : first) {
      const int file = ::open(step.path.c_str(), O_RDONLY | O_CLOEXEC);
      if (file < 0 || load_file(file, "", 0) != 0) break;
      ::close(file);
      ++count;
    }
    return count;
  };
  auto helper = reactor::ForkedCall::start("load", call);
  if (!helper) co_return std::size_t{0};
  auto count = co_await helper->value();
  if (!count && count.error().cancelled()) co_return tl::unexpected(count.error());
  co_return count ? static_cast<std::size_t>(*count) : 0;
}

}  // namespace

Task<tl::expected<std::vector<LoadedStep>, LoadError>> load_module(ModuleTree& tree, std::string name, std::string parameters) {
  auto plan = co_await tree.plan(std::move(name), std::move(parameters));
  if (!plan) co_return tl::unexpected(LoadError{{}, plan.error(), {}, {}});
  const std::size_t needed = plan->size() - 1;  // the last is what was asked for: it may do its work in its start, and that once
  auto loaded = co_await load_steps(std::move(*plan), needed);
  co_return loaded;
}

Task<tl::expected<std::vector<LoadedStep>, LoadError>> load_steps(std::vector<ModuleStep> steps, std::size_t together) {
  using How = LoadedStep::How;
  std::vector<LoadedStep> done;
  std::size_t loaded = 0;  // so many of the next steps
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ModuleStep& step = steps[i];
    if (loaded == 0 && i < together) {
      auto count = co_await insert_first(std::span(steps).subspan(i, together - i));
      if (!count) co_return tl::unexpected(LoadError{{}, count.error(), {}, {}});
      loaded = *count;
    }
    if (loaded > 0) {
      --loaded;
      done.push_back({std::move(step), How::loaded, {}, {}});
      continue;
    }
    auto state = step.built_in ? ModuleState::built_in : ModuleState::absent;
    if (!step.built_in) {
      auto now = co_await module_state(step.name);
      state = now;
    }
    if (state != ModuleState::absent) {
      done.push_back({std::move(step), state == ModuleState::loaded ? How::already : How::built_in, {}, {}});
      continue;
    }
    auto inserted = co_await insert_module(step.path, step.parameters);
    if (inserted) {
      done.push_back({std::move(step), inserted->already ? How::already : How::loaded, std::move(inserted->warnings), {}});
    } else if (step.optional && !inserted.error().error.cancelled()) {
      done.push_back({std::move(step), How::failed, {}, std::move(inserted.error())});
    } else {
      co_return tl::unexpected(std::move(inserted.error()));
    }
  }
  co_return done;
}

Task<Result<void>> remove_module(std::string name, bool force) {
  const unsigned flags = O_NONBLOCK | (force ? O_TRUNC : 0U);  // delete_module(2): O_TRUNC forces
  const auto call = [name, flags] { return ::syscall(SYS_delete_module, name.c_str(), flags) < 0 ? errno : 0; };
  auto done = co_await reactor::blocking("remove", call);
  if (!done) done.error().on = name;
  co_return done;
}

Task<Result<std::vector<LoadedModule>>> loaded_modules() {
  auto text = co_await reactor::read_file("/proc/modules");
  if (!text && text.error().code == ENOENT && ::access("/proc/self", F_OK) == 0)
    co_return reactor::failed({}, {}, "this kernel has no loadable modules");
  if (!text) co_return tl::unexpected(text.error());
  std::vector<LoadedModule> all;
  for (std::string_view rest = *text; !rest.empty();) {
    std::string_view line = take_line(rest);
    LoadedModule module;
    module.name = take_word(line);
    const std::string_view size = take_word(line), uses = take_word(line);
    std::from_chars(size.data(), size.data() + size.size(), module.size_bytes);
    std::from_chars(uses.data(), uses.data() + uses.size(), module.uses);
    // "a,b," or "-"
    for (std::string_view users = take_word(line); !users.empty();) {
      const std::string_view user = users.substr(0, users.find(','));
      users.remove_prefix(std::min(user.size() + 1, users.size()));
      if (!user.empty() && user != "-") module.users.emplace_back(user);
    }
    module.state = take_word(line);
    if (!module.name.empty()) all.push_back(std::move(module));
  }
  co_return all;
}

}  // namespace net
