// reactor: what the loop does now: operations in flight by kind and owner, jobs with their CPU time, timers, the longest
// time that one of them held it, back end and its features.
#include <map>

#include "reactor/loop.h"
#include "shell/command.h"
#include "shell/table.h"

namespace {
using namespace shell;

std::string milliseconds(std::chrono::nanoseconds time) {
  return fmt::format("{:.3f}", std::chrono::duration<double, std::milli>(time).count());
}

void print_operations(Out& out, const reactor::Loop& loop) {
  std::map<std::pair<std::string, std::string>, std::vector<int>> kinds;
  for (auto& op : loop.in_flight()) kinds[{op.name, op.job}].push_back(op.fd);
  Table table({{"OPERATION", Table::Align::left, 12}, {"NUMBER", Table::Align::right}, {"FD", Table::Align::right, 4}, {"OWNER"}});
  for (const auto& [kind, fds] : kinds) {
    const std::string fd = fds.size() > 1 || fds[0] < 0 ? std::string() : std::to_string(fds[0]);
    table.row({kind.first, std::to_string(fds.size()), fd, kind.second});
  }
  if (table.empty()) out.write("No operation is in flight.\n");
  else table.print(out);
}

void print_jobs(Out& out) {
  Table table({{"CPU MS", Table::Align::right, 10}, {"JOB", Table::Align::left, 24}, {"BELONGS TO"}});
  for (const reactor::Job* job : reactor::Job::all())
    table.row({milliseconds(job->cpu()), job->name() + (job->stop_requested() ? " (stopping)" : ""),
               job->parent() != nullptr ? job->parent()->name() : std::string()});
  table.print(out);
}

Task<int> run(Context& cx) {
  reactor::Loop& loop = reactor::Loop::current();
  if (cx.args.has("-z")) {
    loop.reset_longest_slice();
    co_return 0;
  }
  const auto now = loop.statistics();
  cx.out.print("1 loop, back end {}{}\n", loop.backend().describe(), loop.uring_is_due() ? ", io_uring in a moment" : "");
  cx.out.print("{} rounds, {} waits, {} resumptions, {} operations\n", now.rounds, now.waits, now.resumes, now.operations);
  cx.out.print("longest slice {} ms{}{}\n", milliseconds(now.longest_slice), now.longest_job.empty() ? "" : " by ",
               now.longest_job);
  cx.out.print("{} timers{}\n\n", loop.timers().count(),
               loop.timers().next()
                   ? fmt::format(", the next in {} ms", milliseconds(std::max(*loop.timers().next() - reactor::monotonic_now(),
                                                                              reactor::Nanoseconds{0})))
                   : std::string());
  print_operations(cx.out, loop);
  cx.out.write("\n");
  print_jobs(cx.out);
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-z", .help = "forget the longest slice so far"}};
constexpr CommandSpec spec = {.name = "reactor",
                              .group = Group::system,
                              .usage = "[-z]",
                              .help = "show what the loop does",
                              .options = options,
                              .details = "A slice is the time that a job held the loop; above 5 ms others notice.",
                              .example = "sleep 10 &\nreactor",
                              .run = run};
const Command self(spec);

}  // namespace
