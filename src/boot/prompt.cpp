#include "boot/prompt.h"

#include <unistd.h>

namespace boot {

reactor::Task<int> prompt(shell::Shell& shell, shell::Streams streams) {
  const bool person = ::isatty(streams.in.fd()) == 1;
  shell::Script script;
  while (!script.ended) {
    if (person) streams.out.write("> ");
    (void)co_await streams.out.flush();
    auto line = co_await streams.in.line();
    if (!line || !*line) break;
    (void)co_await shell.run_text(std::move(**line), script, streams);
  }
  co_return script.ended.value_or(script.status);
}

}  // namespace boot
