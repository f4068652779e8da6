// ifconfig: shows and configures interfaces. Items are done from left to right, each on its own, as scripts rely on: one that is
// wrong (status 2) or that the kernel refuses (status 1) does not stop the rest. Setting an IPv4 address replaces the interface's
// first one; an IPv6 address is one more. It does not bring the interface up.
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "net/address.h"
#include "net/link.h"
#include "proto/address.h"
#include "shell/command.h"

namespace {
using namespace shell;

// ---- display ----

struct Flag {
  std::uint32_t bit;
  std::string_view name;
};
constexpr Flag shown_flags[] = {{IFF_UP, "UP"},           {IFF_BROADCAST, "BROADCAST"}, {IFF_LOOPBACK, "LOOPBACK"},
                                {IFF_RUNNING, "RUNNING"}, {IFF_PROMISC, "PROMISC"},     {IFF_ALLMULTI, "ALLMULTI"},
                                {IFF_MULTICAST, "MULTICAST"}, {IFF_NOARP, "NOARP"},     {IFF_POINTOPOINT, "POINTOPOINT"}};

void show_one(Context& cx, const net::Link& link, const std::vector<net::Address>& addresses) {
  Out& out = cx.out;
  out.print("{}:\n", link.name);
  if (link.address.size() == 6) out.print("  HWaddr: {}\n", net::hardware_text(link.address));
  std::string flags;
  for (const Flag& flag : shown_flags)
    if ((link.flags & flag.bit) != 0) flags += fmt::format(" {}", flag.name);
  out.print("  Flags:{}\n", flags);
  for (const net::Address& address : addresses) {
    if (address.link != link.index || address.local.address.family != AF_INET) continue;
    out.print("  inet addr: {}\n  Mask: {}\n", address.local.address.text(), net::netmask(AF_INET, address.local.length).text());
  }
  out.print("  MTU: {}\n", link.mtu);
  for (const net::Address& address : addresses)
    if (address.link == link.index && address.local.address.family == AF_INET6) out.print("  inet6 addr: {}\n", address.local.text());
  // The columns of /proc/net/dev (net/core/net-procfs.c).
  const rtnl_link_stats64& c = link.counters;
  out.print("  RX packets:{} bytes:{} errors:{} dropped:{} fifo:{} frame:{} compressed:{} multicast:{}\n", c.rx_packets, c.rx_bytes, c.rx_errors,
            c.rx_dropped + c.rx_missed_errors, c.rx_fifo_errors,
            c.rx_length_errors + c.rx_over_errors + c.rx_crc_errors + c.rx_frame_errors, c.rx_compressed, c.multicast);
  out.print("  TX packets:{} bytes:{} errors:{} dropped:{} fifo:{} collisions:{} carrier:{} compressed:{}\n", c.tx_packets, c.tx_bytes, c.tx_errors,
            c.tx_dropped, c.tx_fifo_errors, c.collisions,
            c.tx_carrier_errors + c.tx_aborted_errors + c.tx_window_errors + c.tx_heartbeat_errors, c.tx_compressed);
}

Task<int> show(Context& cx, net::Netlink& netlink) {
  const bool one = cx.args.count() == 1 && cx.args[0] != "-a";  // all: also those that are down, with -a as without it
  std::vector<net::Link> links;
  if (one) {
    auto link = co_await net::find_link(netlink, cx.args[0]);
    if (!link) co_return cx.fail(link.error());
    links.push_back(std::move(*link));
  } else {
    auto all = co_await net::links(netlink);
    if (!all) co_return cx.fail(all.error());
    links = std::move(*all);
    cx.out.write("Network interfaces:\n");
  }
  auto addresses = co_await net::addresses(netlink);
  if (!addresses) co_return cx.fail(addresses.error());
  for (const net::Link& link : links) show_one(cx, link, *addresses);
  co_return 0;
}

// ---- items ----

// One call and how it went.
struct Call {
  Context& cx;
  net::Netlink& netlink;
  net::Link link;
  int status = 0;

  void failed(const Error& error) { status = std::max(status, cx.fail(error)); }
  void failed(std::string_view what, const Error& error) {
    if (error.cancelled()) return failed(error);
    status = std::max(status, cx.fail(fmt::format("{}: {}", what, error.text())));
  }
};

// An item as its words say it.
struct Item {
  Task<void> (*run)(Call&, const Item&) = nullptr;
  net::LinkChange change;
  std::string doing, done;              // of a change of the interface
  std::string word;
  net::IpPrefix prefix;                 // none: that of the address that is there
  std::optional<std::uint8_t> length;   // "netmask"
  net::IpAddress broadcast;
};

struct FlagWord {
  std::string_view word;
  std::uint32_t flag;
  bool on;
  std::string_view doing, done;  // {} is the interface
};
constexpr FlagWord flag_words[] = {
    {"up", IFF_UP, true, "Bringing interface {} up...", "brought interface {} up"},
    {"down", IFF_UP, false, "Bringing interface {} down...", "brought interface {} down"},
    {"promisc", IFF_PROMISC, true, "Enabling promiscuous mode on {}...", "enabled promiscuous mode on {}"},
    {"-promisc", IFF_PROMISC, false, "Disabling promiscuous mode on {}...", "disabled promiscuous mode on {}"},
    {"arp", IFF_NOARP, false, "Enabling ARP on {}...", "enabled ARP on {}"},
    {"-arp", IFF_NOARP, true, "Disabling ARP on {}...", "disabled ARP on {}"},
    {"allmulti", IFF_ALLMULTI, true, "Enabling all-multicast mode on {}...", "enabled all-multicast mode on {}"},
    {"-allmulti", IFF_ALLMULTI, false, "Disabling all-multicast mode on {}...", "disabled all-multicast mode on {}"}};

// Prints what is tried and, when it succeeded, that it has been done.
Task<void> change(Call& call, const Item& item) {
  call.cx.out.print("{}\n", item.doing);
  auto changed = co_await net::change_link(call.netlink, call.link, item.change);
  if (changed)
    call.cx.out.print("Successfully {}\n", item.done);
  else
    call.failed(changed.error());
}

net::Address new_address(const net::Link& link, const net::IpPrefix& prefix) {
  net::Address address;
  address.link = link.index;
  address.local = prefix;
  const bool v4 = prefix.address.family == AF_INET;
  address.scope = v4 && prefix.address.is_loopback() ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
  if (!v4) return address;
  address.label = link.name;
  if ((link.flags & IFF_BROADCAST) != 0 && prefix.length < 31) address.broadcast = net::broadcast_of(prefix);
  return address;
}

// Replaces the first address of the interface. A new one in the subnet of the old one would be secondary to it and go with it,
// so the old one goes first, and comes back when the new one is refused.
Task<Result<void>> set_ipv4(Call& call, net::Address wanted) {
  auto present = co_await net::addresses(call.netlink, AF_INET, call.link.index);
  if (!present) co_return tl::unexpected(present.error());
  const auto same = [&wanted](const net::Address& a) { return a.local == wanted.local && a.broadcast == wanted.broadcast; };
  if (std::any_of(present->begin(), present->end(), same)) co_return Result<void>();
  const auto first = std::find_if(present->begin(), present->end(), [&](const net::Address& a) { return a.label == call.link.name; });
  const bool replaces = first != present->end();
  if (replaces) {
    auto deleted = co_await net::delete_address(call.netlink, *first);
    if (!deleted) co_return deleted;
  }
  auto added = co_await net::put_address(call.netlink, wanted, net::AddressOperation::add);
  if (!added && replaces) {
    (void)co_await net::put_address(call.netlink, *first, net::AddressOperation::add);
  }
  co_return added;
}

// The length of an IPv4 address that came without one is 24, as it always was here; that of an IPv6 address 64.
Result<net::IpPrefix> prefix_with_default(const std::string& word, int family) {
  TRY(prefix, net::parse_prefix(word, family));
  if (word.find('/') == std::string::npos) prefix.length = prefix.address.family == AF_INET ? 24 : 64;
  return prefix;
}

Task<void> ipv4(Call& call, const Item& item) {
  net::IpPrefix prefix = item.prefix;
  if (!prefix.address) {
    auto present = co_await net::addresses(call.netlink, AF_INET, call.link.index);
    if (!present) co_return call.failed(present.error());
    if (present->empty()) co_return call.failed(Error{{}, call.link.name, 0, "has no IPv4 address"});
    prefix = present->front().local;
  }
  if (item.length) prefix.length = *item.length;
  net::Address address = new_address(call.link, prefix);
  if (item.broadcast) address.broadcast = item.broadcast;
  call.cx.out.print("Setting IPv4 address {} with netmask {} on {}\n", prefix.address.text(), net::netmask(AF_INET, prefix.length).text(), call.link.name);
  auto done = co_await set_ipv4(call, std::move(address));
  if (done)
    call.cx.out.print("Successfully set IPv4 address on {}\n", call.link.name);
  else
    call.failed("Failed to set IPv4 address", done.error());
}

Task<void> ipv6(Call& call, const Item& item) {
  call.cx.out.print("Setting IPv6 address {} on {}\n", item.prefix.text(), call.link.name);
  const net::Address address = new_address(call.link, item.prefix);
  auto done = co_await net::put_address(call.netlink, address, net::AddressOperation::replace);
  if (done)
    call.cx.out.print("Successfully set IPv6 address on {}\n", call.link.name);
  else
    call.failed("Failed to set IPv6 address", done.error());
}

Task<void> add_address(Call& call, const Item& item) {
  const net::Address address = new_address(call.link, item.prefix);
  auto done = co_await net::put_address(call.netlink, address, net::AddressOperation::add);
  if (done)
    call.cx.out.print("Successfully added address {} to {}\n", item.prefix.text(), call.link.name);
  else
    call.failed(done.error());
}

Task<void> del_address(Call& call, const Item& item) {
  auto present = co_await net::addresses(call.netlink, item.prefix.address.family, call.link.index);
  if (!present) co_return call.failed(present.error());
  const bool any_length = item.word.find('/') == std::string::npos;
  const auto found = std::find_if(present->begin(), present->end(), [&](const net::Address& a) {
    return a.local.address == item.prefix.address && (any_length || a.local.length == item.prefix.length);
  });
  if (found == present->end()) {
    call.failed(Error{"delete", item.word, EADDRNOTAVAIL, {}});
    co_return;
  }
  auto done = co_await net::delete_address(call.netlink, *found);
  if (done)
    call.cx.out.print("Successfully deleted address {} from {}\n", found->local.text(), call.link.name);
  else
    call.failed(done.error());
}

// ---- words ----

struct Words {
  std::span<const std::string> rest;

  [[nodiscard]] bool next_is(std::string_view word) const { return !rest.empty() && rest[0] == word; }
  [[nodiscard]] bool masks() const { return next_is("netmask") || next_is("broadcast"); }
  std::string take() {
    std::string word = rest[0];
    rest = rest.subspan(1);
    return word;
  }
  Result<std::string> value(std::string_view of) {
    if (rest.empty()) return reactor::failed({}, {}, fmt::format("{} needs a value", of));
    return take();
  }
};

// All of `netmask M` and `broadcast B` that follow.
Result<void> parse_masks(Words& words, Item& item) {
  while (words.masks()) {
    const std::string word = words.take();
    TRY(text, words.value(word));
    TRY(address, net::parse_address(text, AF_INET));
    if (word == "broadcast") {
      item.broadcast = address;
      continue;
    }
    item.length = net::netmask_length(address);
    if (!item.length) return reactor::failed({}, {}, fmt::format("'{}' is not a netmask", text));
  }
  return {};
}

// The address of an item; `family` 0: of either family.
Result<void> parse_item_address(std::string text, int family, Item& item) {
  TRY(prefix, prefix_with_default(text, family));
  item.word = std::move(text);
  item.prefix = prefix;
  return {};
}

// `add A`, `del A` and, after `inet` or `inet6`, A alone.
Result<void> parse_address_words(Words& words, std::string word, Item& item) {
  const int family = word == "inet" ? AF_INET : word == "inet6" ? AF_INET6 : AF_UNSPEC;
  if (family != AF_UNSPEC) {
    TRY(next, words.value(word));
    word = next;
  }
  if (word == "add" || word == "del") {
    TRY(text, words.value(word));
    TRY_VOID(parse_item_address(text, family, item));
    item.run = word == "add" ? add_address : del_address;
    return {};
  }
  TRY_VOID(parse_item_address(word, family, item));
  const bool is_ipv4 = item.prefix.address.family == AF_INET;
  if (is_ipv4) TRY_VOID(parse_masks(words, item));
  item.run = is_ipv4 ? ipv4 : ipv6;
  return {};
}

Result<Item> parse_item(Words& words, const std::string& link) {
  Item item;
  if (words.masks()) {
    TRY_VOID(parse_masks(words, item));
    item.run = ipv4;
    return item;
  }
  std::string word = words.take();
  for (const FlagWord& flag : flag_words)
    if (flag.word == word) {
      item.change.set_flag(flag.flag, flag.on);
      item.doing = fmt::format(fmt::runtime(flag.doing), link);
      item.done = fmt::format(fmt::runtime(flag.done), link);
      item.run = change;
      return item;
    }
  std::string what;
  if (word == "hw" || word == "ether") {
    if (word == "hw" && words.next_is("ether")) words.take();
    TRY(text, words.value(word));
    const auto address = proto::parse_mac(text);
    if (!address) return reactor::failed({}, {}, fmt::format("'{}' is not a MAC address", text));
    item.change.address.emplace(address->bytes.begin(), address->bytes.end());
    what = fmt::format("MAC address {} on {}", text, link);
  } else if (word == "mtu") {
    TRY(text, words.value(word));
    TRY(value, parse_number(text, "mtu", 1, INT32_MAX));
    item.change.mtu = static_cast<std::uint32_t>(value);
    what = fmt::format("MTU {} on {}", value, link);
  } else {
    const bool known = word == "inet" || word == "inet6" || word == "add" || word == "del";
    if (!known && word.find_first_of(".:") == std::string::npos) return reactor::failed({}, {}, "Unknown option: " + word);
    TRY_VOID(parse_address_words(words, word, item));
    return item;
  }
  item.doing = "Setting " + what + "...";
  item.done = "set " + what;
  item.run = change;
  return item;
}

Task<int> configure(Call& call, Words words) {
  std::vector<Item> items;
  bool wrong = false;
  while (!words.rest.empty()) {
    auto item = parse_item(words, call.link.name);
    if (item) {
      items.push_back(std::move(*item));
    } else {
      call.cx.fail(item.error());
      wrong = true;
    }
  }
  for (const Item& item : items) {
    co_await item.run(call, item);
    if (call.status == 130) break;  // stopped
  }
  co_return std::max(call.status, wrong ? 2 : 0);
}

Task<int> run(Context& cx) {
  auto netlink = net::Netlink::open();
  if (!netlink) co_return cx.fail(netlink.error());
  if (cx.args.count() < 2) co_return co_await show(cx, *netlink);
  auto link = co_await net::find_link(*netlink, cx.args[0]);
  if (!link) co_return cx.fail(link.error());
  Call call{cx, *netlink, std::move(*link)};
  const Words words{cx.args.from(1)};
  co_return co_await configure(call, words);
}

constexpr ArgSpec args[] = {{.name = "IF", .kind = Arg::iface, .optional = true},
                            {.name = "ITEM", .kind = Arg::choice, .optional = true, .repeated = true,
                             .choices = "up|down|promisc|-promisc|arp|-arp|allmulti|-allmulti|netmask|broadcast|inet|inet6|hw|ether|mtu|add|del"}};
constexpr CommandSpec spec = {
    .name = "ifconfig",
    .group = Group::interfaces,
    .usage = "[-a|IF]\nIF ITEM...",
    .help = "show and configure interfaces",
    .args = args,
    .details = "Items, done from left to right, each on its own; one that is wrong does not stop the rest:\n"
               "  A.B.C.D[/LEN] [netmask M] [broadcast B]   set the IPv4 address (it replaces the first one; /24 if nothing is said)\n"
               "  V6[/LEN]                                  set an IPv6 address, one more (/64 if nothing is said)\n"
               "  add A[/LEN], del A[/LEN]                  one more address of either family, one less\n"
               "  inet A.B.C.D ..., inet6 [add|del] V6 ...  the same with the family's name in front\n"
               "  up, down, promisc, -promisc, arp, -arp, allmulti, -allmulti\n"
               "  hw ether MAC, ether MAC, hw MAC, mtu N",
    .example = "ifconfig tap0 192.168.1.1 netmask 255.255.255.0 up promisc",
    .raw = true,
    .run = run};
const Command self(spec);

}  // namespace
