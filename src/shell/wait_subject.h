// What `wait` can wait for: each subject is a file of its own that registers itself.
//
//   Result<Task<Result<void>>> begin(Context& cx, std::vector<std::string> words, std::string* seen);
//   constexpr ArgSpec args[] = {{.name = "IFACE", .kind = Arg::iface}, {.name = "up|down"}};
//   constexpr WaitSubject subject = {.name = "link", .args = args, .help = "an interface goes up", .begin = begin};
//   const WaitSubjectEntry self(subject);
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shell/command.h"

namespace shell {

struct WaitSubject {
  std::string_view name;
  std::span<const ArgSpec> args;
  std::string_view help;
  /// Reads the words behind the name; the error is one of usage. The task ends when it has come to pass; it waits for the
  /// event itself, and is cancelled when the time is up. `seen` outlives it: what is seen meanwhile, for the message then.
  Result<Task<Result<void>>> (*begin)(Context& cx, std::vector<std::string> words, std::string* seen);
};

class WaitSubjectEntry {
 public:
  explicit WaitSubjectEntry(const WaitSubject& subject);
};

/// nullptr when there is none of that name.
const WaitSubject* find_wait_subject(std::string_view name);
/// Keeps the sub-commands of `wait` in its declaration, for help and completion, whatever is registered first.
void declare_wait_subjects_in(CommandSpec& wait);

}  // namespace shell
