// jobs: the background jobs with number, state and CPU time. Those that have ended are told once and then forgotten.
#include "shell/shell.h"
#include "shell/table.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  Table table({{""}, {""}, {"", Table::Align::right, 8}, {""}});
  const std::vector<JobTable::Entry> entries = cx.shell.jobs().entries();
  for (const JobTable::Entry& entry : entries) {
    const reactor::Job& job = *entry.job;
    const bool ended = job.done();
    const std::string state = !ended              ? (job.stop_requested() ? "stopping" : "running")
                              : job.status() == 0 ? "done"
                                                  : fmt::format("ended, status {}", job.status());
    table.row({fmt::format("[{}]", entry.number), state,
               fmt::format("{:.3f} s", std::chrono::duration<double>(job.cpu()).count()), entry.text});
    if (ended) cx.shell.jobs().remove(entry.number);
  }
  table.print(cx.out);
  co_return 0;
}

constexpr CommandSpec spec = {.name = "jobs",
                              .group = Group::shell,
                              .help = "list the background jobs",
                              .details = "The time is what the job has used of the CPU. See also: wait %N, kill %N, reactor.",
                              .example = "sleep 60 &\njobs",
                              .run = run};
const Command self(spec);

}  // namespace
