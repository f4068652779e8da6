// Filter expressions of libpcap (pcap-filter(7)) for packets that are in memory. Filters of live interfaces are
// compiled elsewhere, on the interface's handle: the kernel keeps stripped VLAN tags outside of the packet.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "proto/error.h"
#include "proto/record.h"

namespace proto {

class Filter {
 public:
  /// The error has libpcap's words: "filter 'tpc': syntax error". `link` is the one expected first.
  [[nodiscard]] static Result<Filter> compile(std::string expression, LinkType link);

  /// Compiled again for each link type that comes; one that the expression cannot be meant for ("ether" on raw IP) is
  /// an error.
  [[nodiscard]] Result<bool> matches(const Record& record);

  [[nodiscard]] const std::string& expression() const { return expression_; }

 private:
  struct Program;
  struct ForLink {
    LinkType link;
    std::shared_ptr<const Program> program;
  };

  explicit Filter(std::string expression) : expression_(std::move(expression)) {}
  Result<const Program*> program_for(LinkType link);

  std::string expression_;
  std::vector<ForLink> programs_;
};

}  // namespace proto
