#include "boot/prompt.h"

#include <fcntl.h>
#include <unistd.h>

#include "reactor/io.h"
#include "shell/console.h"

namespace boot {

reactor::Task<int> prompt(shell::Shell& shell, shell::Streams streams) {
  if (::isatty(streams.in.fd()) == 1) {
    // A description of our own: the shell that started us shares the flags of fd 0.
    auto own = reactor::reopen_nonblocking(streams.in.fd(), O_RDWR);
    shell::Console::Setup setup;
    setup.fd = own ? own->get() : streams.in.fd();
    shell::Console console(shell, std::move(setup));
    auto status = co_await console.run();
    co_return status;
  }
  shell::Script script;
  while (!script.ended) {
    auto line = co_await streams.in.line();
    if (!line || !*line) break;
    (void)co_await shell.run_text(std::move(**line), script, streams);
  }
  co_return script.ended.value_or(script.status);
}

}  // namespace boot
