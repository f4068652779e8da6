// What an editor that could not save leaves: .NAME.edit-recovery beside the file or, with the whole path as NAME, in /tmp. The next
// editor of the file offers it. It is locked as long as the editor that it belongs to lives.
#pragma once

#include <functional>
#include <string>

#include "reactor/error.h"
#include "reactor/fd.h"
#include "reactor/task.h"
#include "shell/screen.h"

namespace cmds {

/// There is no room, or the disk is broken: a second try would make it worse.
[[nodiscard]] bool leaves_no_way(int code);

class RecoveryFile {
 public:
  struct Offer {
    bool leave = false;   // the user does neither: going on would write it anew
    std::string recover;  // the file to be read now; empty: none
    std::string message;
  };
  /// Asks what to do with one that was left. `file`: the file's path; empty: the text has none.
  [[nodiscard]] shell::Task<shell::Result<Offer>> offer(shell::Screen& screen, std::string file);
  /// What was left is this editor's now.
  void take_over(std::string path) { path_ = std::move(path); }

  /// Replaces it by what `write` writes into a descriptor, on the disk; its path. One of another editor is not touched.
  [[nodiscard]] shell::Task<shell::Result<std::string>> write(std::string file, std::function<shell::Task<shell::Result<void>>(int)> write);
  /// There is one that was written here, or taken over.
  [[nodiscard]] bool exists() const noexcept { return !path_.empty(); }
  /// It is not needed any more.
  void remove();

 private:
  std::string path_;  // the editor's own
  reactor::Fd lock_;
};

}  // namespace cmds
