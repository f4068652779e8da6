// A kernel module's file: unpacking, and what it says of itself (.modinfo, exported symbols).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/decompress.h"
#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

/// Fields of a module's .modinfo section (include/linux/module.h, MODULE_INFO).
struct ModuleInfo {
  std::string name;                            // as the kernel will list it; empty when the file does not say
  std::string version_magic;                   // release and build options that it is made for
  std::vector<std::string> depends;            // names of modules
  std::vector<std::string> before, after;      // of soft dependencies: names or aliases
  std::vector<std::string> aliases;            // patterns with *, ? and [...]
  std::vector<std::string> parameters;         // names
};

/// Reads an ELF object of either word size, little-endian. Fails on what is not one; never reads outside of it.
[[nodiscard]] reactor::Result<ModuleInfo> parse_module(std::span<const std::uint8_t> file);
/// Adds the words of a soft dependency, "pre: a b post: c".
void add_soft_dependencies(std::string_view text, ModuleInfo& info);
/// True when the object exports `symbol` to other modules.
[[nodiscard]] bool exports_symbol(std::span<const std::uint8_t> file, std::string_view symbol);

/// The endings of module files, plain first.
inline constexpr std::string_view module_endings[] = {".ko", ".ko.zst", ".ko.xz", ".ko.gz"};
/// "nf_nat" of "/lib/nf-nat.ko.zst"; "" when the file does not end like a module.
[[nodiscard]] std::string module_name_of(std::string_view path);
/// '-' and '_' are the same in names: the kernel's form.
[[nodiscard]] std::string normal_module_name(std::string_view name);

/// How the file is packed.
[[nodiscard]] reactor::Task<reactor::Result<proto::Compression>> module_compression(std::string path);

}  // namespace net
