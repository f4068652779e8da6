// Why packets are dropped, for people: what the kernel's reasons mean and what usually helps. To explain one more reason, add
// a line to the table in the .cpp file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net {

struct DropReason {
  std::string_view name;   // enum skb_drop_reason without SKB_DROP_REASON_ (include/net/dropreason-core.h)
  std::string_view means;  // one sentence: what it means, and what usually helps
  bool normal = false;     // happens without anything being wrong
};

/// nullptr for a reason that the table does not explain.
const DropReason* find_drop_reason(std::string_view name);
/// True for reasons that say nothing is wrong, and for "none given".
bool is_normal_drop(std::string_view name);

/// "IPv4", "ARP", "0x88b5"; "-" for a packet without a protocol.
std::string protocol_name(std::uint16_t ethertype);
/// The reverse, in any case, also "ip" and numbers.
std::optional<std::uint16_t> protocol_number(std::string_view name);

}  // namespace net
