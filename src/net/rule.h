// Policy rules: which routing table a packet is looked up in.
#pragma once

#include <linux/fib_rules.h>

#include <optional>
#include <string>
#include <vector>

#include "net/ip_address.h"
#include "net/netlink.h"

namespace net {

struct PortRange {
  std::uint16_t first, last;
};

struct Rule {
  std::uint8_t family = 0;
  std::uint8_t action = FR_ACT_TO_TBL;
  std::uint8_t tos = 0;
  std::uint32_t flags = 0;  // FIB_RULE_…
  std::uint32_t table = 0;
  IpPrefix source, destination;  // address none: all
  std::optional<std::uint32_t> priority, mark, mark_mask, go_to;
  std::string input_link, output_link;
  std::optional<std::int32_t> suppress_prefix_length;
  std::optional<std::uint8_t> ip_protocol, protocol;
  std::optional<PortRange> source_ports, destination_ports;
  std::optional<std::uint32_t> first_user, last_user;
  bool of_vrf = false;  // "l3mdev": the table is the interface's
};

/// From RTM_NEWRULE or RTM_DELRULE.
Rule parse_rule(Bytes body);

[[nodiscard]] Task<Result<std::vector<Rule>>> rules(Netlink& netlink, int family);
[[nodiscard]] Task<Result<void>> add_rule(Netlink& netlink, Rule rule);
/// Deletes the first that has what is given.
[[nodiscard]] Task<Result<void>> delete_rule(Netlink& netlink, Rule rule);

}  // namespace net
