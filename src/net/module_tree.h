// The kernel modules on disk: where a name or alias leads, and what has to be loaded for it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/module_file.h"
#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

/// The release of the running kernel, "6.1.0-13-amd64".
[[nodiscard]] std::string kernel_release();

/// One module that a name needs, in the order of loading.
struct ModuleStep {
  std::string name;
  std::string path;        // empty when built in
  std::string parameters;
  bool built_in = false;
  bool optional = false;   // only a soft dependency: its failure is no failure
};
/// The modules of /lib/modules/<release>/ with depmod's text files, and flat files /NAME.ko* of an initrd. Reads what it needs
/// when it first needs it and keeps it. '-' and '_' are the same to it, and what can be named by a name, by an alias too.
class ModuleTree {
 public:
  /// `root` stands in front of every path.
  explicit ModuleTree(std::string root = {});

  /// What has to be loaded for a name or alias, in order. Fails when nothing bears that name.
  [[nodiscard]] reactor::Task<reactor::Result<std::vector<ModuleStep>>> plan(std::string name, std::string parameters = {});
  /// The module of that very name: its file, or nullopt. Built-in ones have no path.
  struct Found {
    std::string name, path;
    bool built_in = false;
  };
  [[nodiscard]] reactor::Task<std::optional<Found>> find(std::string name);
  /// Modules that export any of the symbols, each once.
  [[nodiscard]] reactor::Task<std::vector<std::string>> providers_of(std::vector<std::string> symbols);
  /// Files that may be meant by a path or name without (all of) its ending, in the order in which to try them.
  [[nodiscard]] static std::vector<std::string> with_endings(const std::string& path);

 private:
  struct Walk;
  struct Flat {
    std::string name, path;
    std::optional<ModuleInfo> info;
    bool read = false;
  };
  [[nodiscard]] reactor::Task<std::string_view> index(std::string_view file);
  [[nodiscard]] std::string existing(const std::string& path);
  [[nodiscard]] std::vector<Flat>& flat_files();
  [[nodiscard]] reactor::Task<const ModuleInfo*> info_of(Flat* flat);
  [[nodiscard]] reactor::Task<std::vector<Found>> by_alias(std::string name);
  [[nodiscard]] reactor::Task<void> add(Found found, std::string parameters, bool optional, Walk* walk);
  [[nodiscard]] reactor::Task<void> add_all(std::vector<std::string> names, bool optional, Walk* walk);

  std::string root_, directory_;
  std::optional<std::vector<Flat>> flat_;  // read when something is not in the index
  std::map<std::string, std::string> indexes_;  // texts of files in directory_
};

}  // namespace net
