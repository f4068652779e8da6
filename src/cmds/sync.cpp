// sync: writes what is cached to the disks and shares; of the FILEs only, when there are some.
#include <fcntl.h>
#include <unistd.h>

#include "reactor/blocking.h"
#include "reactor/io.h"
#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  if (cx.args.count() == 0) {
    const auto call = [] {
      ::sync();
      return 0;
    };
    auto done = co_await reactor::blocking("sync", call);
    co_return done ? 0 : cx.fail(done.error());
  }
  int status = 0;
  for (const std::string& name : cx.args.positional()) {
    auto fd = co_await reactor::open_file(name, O_RDONLY | O_NONBLOCK);
    Result<void> done;
    if (fd) {
      done = co_await reactor::fsync(fd->get());
    } else {
      done = tl::unexpected(fd.error());
    }
    if (done) continue;
    done.error().on = name;
    status = cx.fail(done.error());
    if (status == 130) co_return status;
  }
  co_return status;
}

constexpr ArgSpec args[] = {{.name = "FILE", .kind = Arg::path, .optional = true, .repeated = true}};
constexpr CommandSpec spec = {.name = "sync",
                              .group = Group::system,
                              .usage = "[FILE…]",
                              .help = "write cached data to its disk or share",
                              .args = args,
                              .example = "sync /mnt/host/result.jsonl",
                              .run = run};
const Command self(spec);

}  // namespace
