// Kernel modules: loading, with what they depend on, and removing. Serves insmod, modprobe, PID 1 and the
// kernel's own requests; says nothing itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/module_tree.h"
#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

enum class ModuleState : std::uint8_t { absent, loaded, built_in };
/// What the kernel has now, by the module's name.
[[nodiscard]] reactor::Task<ModuleState> module_state(std::string name);

/// Why a module was not loaded, with what helps a person.
struct LoadError {
  std::string path;                  // the file that failed; empty when none was found
  reactor::Error error;              // reason in words, and the errno
  std::vector<std::string> kernel;   // what the kernel wrote into its log while loading this very file
  std::string hint;                  // what to do about it; may be empty

  /// "Failed to load module PATH: reason (errno: N - text)", or the error's own text when there was no file.
  [[nodiscard]] std::string text() const;
};

struct Inserted {
  bool already = false;                // it was there before
  std::vector<std::string> warnings;   // of the kernel, about its parameters
};
/// Loads the module in this very file; packed ones too. `parameters` as on the kernel's command line.
[[nodiscard]] reactor::Task<tl::expected<Inserted, LoadError>> insert_module(std::string path, std::string parameters);

struct LoadedStep {
  ModuleStep step;
  enum class How : std::uint8_t { loaded, already, built_in, failed } how;
  std::vector<std::string> warnings;
  std::optional<LoadError> failure;  // of an optional one
};

/// Loads a module by name or alias with what it needs. The error is of the first one that is needed and cannot be loaded.
/// `tree` outlives the task; one tree for many modules reads its files once.
[[nodiscard]] reactor::Task<tl::expected<std::vector<LoadedStep>, LoadError>> load_module(ModuleTree& tree, std::string name,
                                                                                          std::string parameters = {});
/// The same for a plan of ModuleTree's, or several of them. So many of the first as `together` says may be loaded by one helper
/// process; one of these that is refused is tried again by itself, for the kernel's words about it.
[[nodiscard]] reactor::Task<tl::expected<std::vector<LoadedStep>, LoadError>> load_steps(std::vector<ModuleStep> steps, std::size_t together);
/// delete_module(2). `force` removes what is in use, if the kernel was built to allow it.
[[nodiscard]] reactor::Task<reactor::Result<void>> remove_module(std::string name, bool force = false);

/// A line of /proc/modules.
struct LoadedModule {
  std::string name;
  std::uint64_t size_bytes = 0;
  long uses = 0;
  std::vector<std::string> users;
  std::string state;  // Live, Loading, Unloading
};
[[nodiscard]] reactor::Task<reactor::Result<std::vector<LoadedModule>>> loaded_modules();

}  // namespace net
