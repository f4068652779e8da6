#include "net/module_tree.h"

#include <fnmatch.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "net/modules.h"
#include "net/packed_file.h"
#include "reactor/directory.h"
#include "reactor/io.h"

namespace net {

using reactor::Result;
using reactor::Task;

namespace {

std::string_view take_until(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

// '-' and '_' are the same, but inside of [...] a '-' is a range (as kmod has it).
std::string normal_pattern(std::string_view pattern) {
  std::string normal;
  bool set = false;
  for (const char c : pattern) {
    if (c == '[') set = true;
    if (c == ']') set = false;
    normal += c == '-' && !set ? '_' : c;
  }
  return normal;
}

// `name` is in its normal form. Most of 20,000 patterns end at the comparison of their plain beginning.
bool alias_matches(std::string_view pattern, const std::string& name) {
  const std::string_view plain = pattern.substr(0, pattern.find_first_of("*?["));
  for (std::size_t i = 0; i < plain.size(); ++i)
    if (i >= name.size() || (plain[i] == '-' ? '_' : plain[i]) != name[i]) return false;
  if (plain.size() == pattern.size()) return name.size() == plain.size();
  return ::fnmatch(normal_pattern(pattern).c_str(), name.c_str(), 0) == 0;
}

// Whether the last part of `path` begins with `name`, which is in its normal form.
bool may_be(std::string_view path, std::string_view name) {
  path.remove_prefix(path.rfind('/') + 1);
  if (path.size() <= name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i)
    if ((path[i] == '-' ? '_' : path[i]) != name[i]) return false;
  return path[name.size()] == '.';
}

// The line of modules.dep (`path: path path`) or modules.builtin (`path`) for a module; empty when there is none.
std::string_view line_of(std::string_view index, const std::string& name) {
  while (!index.empty()) {
    const std::string_view line = take_until(index, '\n');
    const std::string_view path = line.substr(0, line.find(':'));
    if (may_be(path, name) && module_name_of(path) == name) return line;
  }
  return {};
}

}  // namespace

std::string kernel_release() {
  utsname names{};
  ::uname(&names);
  return names.release;
}

struct ModuleTree::Walk {
  std::vector<ModuleStep> steps;
  std::vector<std::string> seen;
};

ModuleTree::ModuleTree(std::string root) : root_(std::move(root)), directory_(root_ + "/lib/modules/" + kernel_release() + "/") {}

std::vector<ModuleTree::Flat>& ModuleTree::flat_files() {
  if (flat_) return *flat_;
  flat_.emplace();
  const auto names = reactor::directory_names(root_ + "/");
  if (!names) return *flat_;
  for (const std::string& file : *names)
    if (std::string name = module_name_of(file); !name.empty()) flat_->push_back({std::move(name), root_ + "/" + file, {}, false});
  return *flat_;
}

Task<std::string_view> ModuleTree::index(std::string_view file) {
  const auto [place, fresh] = indexes_.try_emplace(std::string(file));
  std::string& text = place->second;
  if (fresh) {
    auto content = co_await reactor::read_file(directory_ + std::string(file));
    if (content) text = std::move(*content);  // an initrd may well have none of them
  }
  co_return std::string_view(text);
}

std::vector<std::string> ModuleTree::with_endings(const std::string& path) {
  std::vector<std::string> all{path};
  if (path.ends_with(".ko")) {
    for (const std::string_view ending : module_endings)
      if (ending != ".ko") all.push_back(path + std::string(ending.substr(3)));
  } else if (module_name_of(path).empty()) {
    for (const std::string_view ending : module_endings) all.push_back(path + std::string(ending));
  }
  return all;
}

// A path of modules.dep: as it stands there, packed otherwise, or flat in the root. An image has not always what the index says.
std::string ModuleTree::existing(const std::string& path) {
  const std::string full = path.starts_with('/') ? root_ + path : directory_ + path;
  if (::access(full.c_str(), F_OK) == 0) return full;
  std::string stem = full;
  for (const std::string_view ending : module_endings)
    if (ending != ".ko" && stem.ends_with(ending)) stem.resize(stem.size() - ending.size() + 3);
  for (const std::string& candidate : {full, stem})
    for (const std::string& file : with_endings(candidate))
      if (::access(file.c_str(), F_OK) == 0) return file;
  const std::string name = module_name_of(path);
  for (const Flat& flat : flat_files())
    if (flat.name == name) return flat.path;
  return full;
}

Task<const ModuleInfo*> ModuleTree::info_of(Flat* flat) {
  if (!flat->read) {
    flat->read = true;
    auto image = co_await read_packed(flat->path);
    if (image) {
      auto info = parse_module(*image);
      if (info) flat->info = std::move(*info);
    }
  }
  co_return flat->info ? &*flat->info : nullptr;
}

Task<std::optional<ModuleTree::Found>> ModuleTree::find(std::string name) {
  name = normal_module_name(name);
  auto dep = co_await index("modules.dep");
  if (const std::string_view line = line_of(dep, name); !line.empty())
    co_return Found{name, existing(std::string(line.substr(0, line.find(':')))), false};
  for (const Flat& flat : flat_files())
    if (flat.name == name) co_return Found{name, flat.path, false};
  auto builtin = co_await index("modules.builtin");
  if (!line_of(builtin, name).empty()) co_return Found{name, {}, true};
  if (!root_.empty()) co_return std::nullopt;  // another root is not the running kernel's
  auto state = co_await module_state(name);
  if (state == ModuleState::absent) co_return std::nullopt;
  co_return Found{name, {}, state == ModuleState::built_in};
}

Task<std::vector<ModuleTree::Found>> ModuleTree::by_alias(std::string name) {
  std::vector<std::string> names;
  const auto add_name = [&names](std::string_view module) {
    std::string normal = normal_module_name(module);
    if (std::find(names.begin(), names.end(), normal) == names.end()) names.push_back(std::move(normal));
  };
  // A symbol's alias is "symbol:NAME", in an index of its own, which is the largest one.
  const char* const file = name.starts_with("symbol:") ? "modules.symbols" : "modules.alias";
  auto text = co_await index(file);
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (take_until(line, ' ') != "alias") continue;
    const std::string_view pattern = take_until(line, ' ');
    if (alias_matches(pattern, name)) add_name(line);
  }
  std::vector<Found> all;
  for (const std::string& module : names) {
    auto found = co_await find(module);
    if (found) all.push_back(std::move(*found));
  }
  auto dep = co_await index("modules.dep");
  for (Flat& flat : flat_files()) {
    if (!line_of(dep, flat.name).empty()) continue;  // the index has its aliases
    auto info = co_await info_of(&flat);
    if (info == nullptr) continue;
    const bool matches =
        std::any_of(info->aliases.begin(), info->aliases.end(), [&name](const std::string& a) { return alias_matches(a, name); });
    const bool known = std::any_of(all.begin(), all.end(), [&flat](const Found& f) { return f.name == flat.name; });
    if (matches && !known) all.push_back({flat.name, flat.path, false});
  }
  // `module.alias=pattern`, each ended by a zero.
  auto builtin = co_await index("modules.builtin.modinfo");
  while (all.empty() && !builtin.empty()) {
    std::string_view field = take_until(builtin, '\0');
    const std::string_view module = take_until(field, '.');
    if (take_until(field, '=') == "alias" && alias_matches(field, name)) all.push_back({normal_module_name(module), {}, true});
  }
  co_return all;
}

Task<void> ModuleTree::add_all(std::vector<std::string> names, bool optional, Walk* walk) {
  for (std::string& name : names) {
    name = normal_module_name(name);
    auto found = co_await find(name);
    if (found) {
      co_await add(std::move(*found), std::string(), optional, walk);
      continue;
    }
    // Only a soft dependency may be an alias. What is nowhere is left to the kernel: it may have it built in.
    if (!optional) continue;
    auto others = co_await by_alias(name);
    for (Found& other : others) {
      co_await add(std::move(other), std::string(), optional, walk);
    }
  }
}

Task<void> ModuleTree::add(Found found, std::string parameters, bool optional, Walk* walk) {
  if (std::find(walk->seen.begin(), walk->seen.end(), found.name) != walk->seen.end()) co_return;
  walk->seen.push_back(found.name);
  ModuleInfo needs;
  auto dep = co_await index("modules.dep");
  std::string_view line = line_of(dep, found.name);
  if (!line.empty()) {
    (void)take_until(line, ':');
    // All that is needed, however indirectly, the first to load last.
    while (!line.empty()) {
      const std::size_t blank = line.rfind(' ');
      if (const std::string_view path = line.substr(blank + 1); !path.empty()) needs.depends.push_back(module_name_of(path));
      line = line.substr(0, blank == std::string_view::npos ? 0 : blank);
    }
    auto soft = co_await index("modules.softdep");
    while (!soft.empty()) {
      std::string_view rule = take_until(soft, '\n');
      if (take_until(rule, ' ') == "softdep" && normal_module_name(take_until(rule, ' ')) == found.name)
        add_soft_dependencies(rule, needs);
    }
  } else {
    for (Flat& flat : flat_files()) {
      if (flat.name != found.name) continue;
      auto info = co_await info_of(&flat);
      if (info != nullptr) needs = *info;
      break;
    }
  }
  co_await add_all(std::move(needs.before), true, walk);
  co_await add_all(std::move(needs.depends), optional, walk);
  walk->steps.push_back({std::move(found.name), std::move(found.path), std::move(parameters), found.built_in, optional});
  co_await add_all(std::move(needs.after), true, walk);
}

Task<Result<std::vector<ModuleStep>>> ModuleTree::plan(std::string name, std::string parameters) {
  const std::string stem = module_name_of(name);
  const std::string wanted = stem.empty() ? normal_module_name(name) : stem;
  auto found = co_await find(wanted);
  std::vector<Found> all;
  if (found) {
    all.push_back(std::move(*found));
  } else {
    all = co_await by_alias(wanted);
  }
  if (all.empty())
    co_return reactor::failed({}, name, "no such module (looked in " + directory_ + ", " + root_ + "/*.ko* and what is built in)");
  Walk walk;
  for (Found& one : all) {
    co_await add(std::move(one), parameters, false, &walk);
  }
  co_return std::move(walk.steps);
}

Task<std::vector<std::string>> ModuleTree::providers_of(std::vector<std::string> symbols) {
  std::vector<std::string> names;
  const auto add_name = [&names](std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  };
  const auto wanted = [&symbols](std::string_view symbol) { return std::find(symbols.begin(), symbols.end(), symbol) != symbols.end(); };
  auto text = co_await index("modules.symbols");
  while (!text.empty()) {
    // "alias symbol:NAME module"
    std::string_view line = take_until(text, '\n');
    if (take_until(line, ':') == "alias symbol" && wanted(take_until(line, ' '))) add_name(line);
  }
  for (const Flat& flat : flat_files()) {
    auto image = co_await read_packed(flat.path);
    if (!image) continue;
    const auto has = [&image](const std::string& symbol) { return exports_symbol(*image, symbol); };
    if (std::any_of(symbols.begin(), symbols.end(), has)) add_name(flat.name);
  }
  co_return names;
}

}  // namespace net
