// wait log: until a message of the kernel's log matches. Looks at what is already there too, for a message may well come
// before the line that waits for it; `new` looks only at what comes.
#include "net/kernel_log.h"
#include "shell/filter.h"
#include "shell/pattern.h"
#include "shell/wait_subject.h"

namespace {
using namespace shell;

Task<Result<void>> logged(net::KernelLog log, Pattern pattern, std::string* seen) {
  for (;;) {
    auto message = log.next();
    if (!message) co_return tl::unexpected(message.error());
    if (!*message) {
      auto more = co_await log.wait();
      if (!more) co_return more;
      continue;
    }
    const std::string& text = (*message)->text;
    const auto found = pattern.find(text);
    if (found && *found) co_return Result<void>();
    *seen = "the last message is: " + text;
    // 100,000 messages that wait to be looked at must not hold up the others.
    auto turn = co_await take_turns();
    if (!turn) co_return turn;
  }
}

Result<Task<Result<void>>> begin(Context&, std::vector<std::string> words, std::string* seen) {
  const bool only_new = words.size() == 2 && words[1] == "new";
  if (words.size() != 1 && !only_new) return reactor::failed({}, {}, "wait log needs one PATTERN (in quotes, if it holds blanks)");
  TRY(pattern, Pattern::compile(words[0]));
  TRY(log, net::KernelLog::open(only_new ? net::KernelLog::From::now : net::KernelLog::From::first));
  *seen = "no message has come";
  return logged(std::move(log), std::move(pattern), seen);
}

constexpr ArgSpec args[] = {{.name = "PATTERN"}, {.name = "new", .optional = true}};
constexpr WaitSubject subject = {
    .name = "log", .args = args, .help = "a kernel message matches, one that is there or (new) one that comes", .begin = begin};
const WaitSubjectEntry self(subject);

}  // namespace
