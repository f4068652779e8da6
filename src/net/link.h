// Network interfaces: the one place that looks them up and changes them.
#pragma once

#include <linux/if_link.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/netlink.h"

namespace net {

struct Link {
  int index = 0;
  std::string name;
  std::uint16_t type = 0;   // ARPHRD_…
  std::uint32_t flags = 0;  // IFF_…
  std::uint32_t mtu = 0;
  std::vector<std::uint8_t> address, broadcast;
  std::string kind;   // "veth", "vlan", …; empty for hardware
  std::string alias;
  std::vector<std::string> other_names;
  std::string queueing;  // "noqueue", "fq_codel", …
  std::uint32_t queue_length = 0;
  std::uint32_t group = 0;
  std::uint8_t operational_state = 0;  // IF_OPER_…
  std::uint8_t mode = 0;               // IF_LINK_MODE_…
  int lower = 0;                       // the interface it stands on, or its peer: index; 0: none
  std::optional<int> lower_namespace;  // the lower one is in another network namespace
  int master = 0;                      // index; 0: none
  rtnl_link_stats64 counters{};

  [[nodiscard]] bool up() const noexcept;
  [[nodiscard]] bool loopback() const noexcept;
  /// Whether frames on it begin with an Ethernet header (Ethernet and loopback do; TUN, tunnels, raw IP do not).
  [[nodiscard]] bool has_ethernet_header() const noexcept;
};

/// Why a name cannot be an interface's: empty, longer than 15 bytes, '/', white space.
Result<void> check_link_name(std::string_view name);

/// From RTM_NEWLINK or RTM_DELLINK.
Link parse_link(Bytes body);

[[nodiscard]] Task<Result<std::vector<Link>>> links(Netlink& netlink);
/// Errors name the interface: "tap7: No such device".
[[nodiscard]] Task<Result<Link>> find_link(Netlink& netlink, std::string name);
[[nodiscard]] Task<Result<Link>> find_link(Netlink& netlink, int index);
/// The same on a socket of its own, for those who need nothing else.
[[nodiscard]] Task<Result<Link>> find_link(std::string name);

/// Names by index, as they were when it was made.
class LinkNames {
 public:
  LinkNames() = default;
  explicit LinkNames(const std::vector<Link>& links);
  /// "if7" for an index that is not there.
  [[nodiscard]] std::string name(int index) const;
  [[nodiscard]] const Link* find(int index) const;
  [[nodiscard]] const Link* find(std::string_view name) const;
  void set(const Link& link) { links_[link.index] = link; }

 private:
  std::map<int, Link> links_;
};
[[nodiscard]] Task<Result<LinkNames>> link_names(Netlink& netlink);

/// What to change; what is absent stays.
struct LinkChange {
  std::uint32_t flags = 0, flags_mask = 0;  // IFF_…: those in the mask become as in flags
  std::optional<std::uint32_t> mtu, queue_length, group;
  std::optional<std::vector<std::uint8_t>> address, broadcast;
  std::optional<std::string> name, alias;
  std::optional<int> master;  // 0: none any more

  void set_flag(std::uint32_t flag, bool on) noexcept {
    flags_mask |= flag;
    flags = on ? flags | flag : flags & ~flag;
  }
  [[nodiscard]] bool empty() const noexcept;
};
[[nodiscard]] Task<Result<void>> change_link(Netlink& netlink, const Link& link, LinkChange change);

/// The options of a virtual interface's kind (IFLA_INFO_DATA).
[[nodiscard]] Task<Result<void>> change_kind(Netlink& netlink, const Link& link, std::string kind, AttributeBuilder data);

/// A new virtual interface.
struct NewLink {
  std::string kind;
  LinkChange settings;     // settings.name is its name; none: the kernel makes one of the kind
  int lower = 0;           // index, 0: none
  AttributeBuilder data;   // IFLA_INFO_DATA, the kind's own options
  std::optional<LinkChange> peer;  // veth: the other end
};
[[nodiscard]] Task<Result<void>> add_link(Netlink& netlink, NewLink link);
/// Returns when it is gone.
[[nodiscard]] Task<Result<void>> delete_link(Netlink& netlink, const Link& link);

}  // namespace net
