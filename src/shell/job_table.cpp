#include "shell/job_table.h"

#include <algorithm>

#include "shell/command.h"

namespace shell {

namespace {
// From so many entries on an ended one that nobody has asked about makes room: a script may begin jobs without end.
constexpr std::size_t kMost = 1000;
}  // namespace

const JobTable::Entry& JobTable::add(std::string text, std::shared_ptr<reactor::Job> job) {
  if (entries_.size() >= kMost) {
    const auto ended = std::find_if(entries_.begin(), entries_.end(), [](const Entry& e) { return e.job->done(); });
    if (ended != entries_.end()) entries_.erase(ended);
  }
  int number = 1;
  auto at = entries_.begin();
  while (at != entries_.end() && at->number == number) {
    ++number;
    ++at;
  }
  return *entries_.insert(at, Entry{number, std::move(text), std::move(job)});
}

reactor::Result<JobTable::Entry> JobTable::find(std::string_view reference) const {
  const std::string_view digits = reference.starts_with('%') ? reference.substr(1) : reference;
  TRY(number, parse_number(digits, reference, 1, INT32_MAX));
  const auto found = std::find_if(entries_.begin(), entries_.end(), [n = number](const Entry& e) { return e.number == n; });
  if (found == entries_.end()) return reactor::failed({}, reference, "no such job");
  return *found;
}

void JobTable::remove(int number) {
  std::erase_if(entries_, [number](const Entry& e) { return e.number == number; });
}

}  // namespace shell
