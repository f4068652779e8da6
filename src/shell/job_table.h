// Background jobs by number: `line &`, jobs, wait %n, kill %n.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reactor/job.h"

namespace shell {

class JobTable {
 public:
  struct Entry {
    int number;
    std::string text;  // as it was typed
    std::shared_ptr<reactor::Job> job;
  };

  /// Gives the job the lowest free number.
  const Entry& add(std::string text, std::shared_ptr<reactor::Job> job);
  /// `%3`, or `3`; the error says why there is none.
  [[nodiscard]] reactor::Result<Entry> find(std::string_view reference) const;
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// Forgets one whose end has been reported.
  void remove(int number);

 private:
  std::vector<Entry> entries_;  // by number
};

}  // namespace shell
