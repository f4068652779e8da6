// Trees of files: what cp, mv, rm, mkdir and mount share.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>
#include <string_view>

#include "reactor/error.h"
#include "reactor/task.h"

namespace shell {

/// Makes `path` and what is missing above it; an existing directory is fine. The last one gets `mode`, those above 0755.
/// True when something was made. The error names the directory that could not be made.
[[nodiscard]] reactor::Result<bool> make_directories(const std::string& path, mode_t mode = 0755);

/// "a/b" of "a" and "b", with one slash.
[[nodiscard]] std::string path_join(std::string_view directory, std::string_view name);
/// The last part of a path without trailing slashes; "/" of "/".
[[nodiscard]] std::string base_name(std::string_view path);

/// Where cp and mv put `source`: into `target` when that is a directory and `into` allows it, else at `target` itself.
[[nodiscard]] std::string destination_of(const std::string& source, const std::string& target, bool into = true);

/// Called for everything that did not work (the rest goes on) and, when set, for every file done.
struct TreeReport {
  std::function<void(const reactor::Error&)> failed;
  std::function<void(const std::string& from, const std::string& to)> done = {};
};

/// Removes a file or, with `recursive`, a tree; never follows a link, never leaves the tree. False when something stayed.
[[nodiscard]] reactor::Task<bool> remove_tree(std::string path, bool recursive, const TreeReport* report);

struct CopyOptions {
  bool recursive = false;
  bool preserve = false;       // mode, owner, times
  bool follow_links = true;    // of the source itself; inside a tree links are copied as links
  bool no_clobber = false;     // an existing target stays
  bool update = false;         // so does one that is not older
  bool force = false;          // a target that cannot be opened is removed first
};
/// Copies a file or tree to `to`. False when something was not copied.
[[nodiscard]] reactor::Task<bool> copy_tree(std::string from, std::string to, CopyOptions options, const TreeReport* report);

}  // namespace shell
