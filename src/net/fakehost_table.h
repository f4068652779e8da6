// The fake hosts of one interface: what each of them is, and who has an address.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/ip_address.h"
#include "proto/address.h"
#include "reactor/timer.h"

namespace net {

/// Hosts that were added together: one address, a range, or a whole prefix.
struct FakeHost {
  IpAddress first, last;
  proto::Mac mac;
  bool icmp = false;      // answers echo requests
  bool router = false;    // the router flag of neighbour advertisements
  bool nodefend = false;  // leaves duplicate-address probes unanswered
  bool log = false;
  reactor::Nanoseconds delay{0};  // of answers, but those of address resolution
  double loss = 0;                // share of them that is left out, 0 to 1
  std::optional<std::uint16_t> vlan;
  unsigned mtu = 0;                          // longest IP packet that it takes, or forwards; 0: any
  std::optional<std::uint8_t> unreachable;   // code of the error that all IP packets get
  bool ttl_exceeded = false;
  struct Advertisement {
    std::optional<IpPrefix> prefix;
    std::uint16_t lifetime_s = 1800;
    std::uint32_t mtu = 0;
  };
  std::optional<Advertisement> ra;

  struct Counters {
    std::uint64_t resolutions = 0;  // ARP replies, neighbour advertisements
    std::uint64_t echoes = 0, errors = 0, advertisements = 0;
    std::uint64_t lost = 0;         // on purpose
  } counters;

  [[nodiscard]] bool has(const IpAddress& address) const noexcept {
    return address.family == first.family && !(address < first) && !(last < address);
  }
  [[nodiscard]] bool sends_errors() const noexcept { return mtu != 0 || unreachable || ttl_exceeded; }
  /// "192.0.2.1", "192.0.2.1-192.0.2.9".
  [[nodiscard]] std::string text() const;
};

class FakeHostTable {
 public:
  /// EEXIST when one of its addresses is taken on that VLAN.
  [[nodiscard]] Result<void> add(std::shared_ptr<FakeHost> host);
  /// By its text, or by its only address; nullptr: there is none.
  std::shared_ptr<FakeHost> remove(std::string_view text);
  [[nodiscard]] const std::vector<std::shared_ptr<FakeHost>>& all() const noexcept { return all_; }

  /// Who has the address: one look into a hash table, and, where there are ranges, into a tree of them.
  [[nodiscard]] FakeHost* find(std::optional<std::uint16_t> vlan, const IpAddress& address) const noexcept;
  /// A host that sends errors for what goes through it: by its MAC address and the packet's family.
  [[nodiscard]] FakeHost* find_forwarder(std::optional<std::uint16_t> vlan, const std::uint8_t* mac, int family) const noexcept;

 private:
  struct Key {
    std::uint32_t vlan;  // 1 << 16: none
    IpAddress address;
    auto operator<=>(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  static Key key_of(std::optional<std::uint16_t> vlan, const IpAddress& address) noexcept {
    return {vlan ? *vlan : 1U << 16, address};
  }
  struct ForwarderKey {
    std::uint32_t vlan;
    int family;
    proto::Mac mac;
    auto operator<=>(const ForwarderKey&) const = default;
  };
  static ForwarderKey forwarder_key(std::optional<std::uint16_t> vlan, const std::uint8_t* mac, int family) noexcept;
  FakeHost* find_range(const Key& key) const noexcept;
  const FakeHost* find_any(const FakeHost& host) const noexcept;

  std::vector<std::shared_ptr<FakeHost>> all_;
  std::unordered_map<Key, FakeHost*, Hash> single_;
  std::map<Key, FakeHost*> ranges_;  // by the last address
  std::multimap<ForwarderKey, FakeHost*> forwarders_;
};

/// "ADDR", "ADDR/LEN" (the whole prefix), "ADDR-ADDR": the first and the last address.
[[nodiscard]] Result<std::pair<IpAddress, IpAddress>> parse_address_range(std::string_view text);

}  // namespace net
