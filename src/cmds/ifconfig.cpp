// ifconfig: shows and configures interfaces. Items are done from left to right, each on its own: one that fails does not stop
// the rest. Setting an IPv4 address replaces the interface's first one; an IPv6 address is one more. It does not bring the
// interface up. Status 1 when an item failed.
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

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
  const bool one = cx.args.count() == 1;
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

// One call: the interface and the words that are left.
struct Items {
  Items(Context& context, net::Netlink& socket, net::Link of, std::span<const std::string> rest)
      : cx(context), netlink(socket), link(std::move(of)), words(rest) {}
  Context& cx;
  net::Netlink& netlink;
  net::Link link;
  std::span<const std::string> words;
  int status = 0;

  [[nodiscard]] bool next_is(std::string_view word) const { return !words.empty() && words[0] == word; }
  std::string take() {
    std::string word = words[0];
    words = words.subspan(1);
    return word;
  }
  void failed(const Error& error) { status = std::max(status, cx.fail(error)); }
  void failed(std::string_view what, const Error& error) {
    if (error.cancelled()) return failed(error);
    status = std::max(status, cx.fail(fmt::format("{}: {}", what, error.text())));
  }
  void wrong(std::string_view what) {
    cx.fail(what);
    status = std::max(status, 2);
  }
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
Task<void> change(Items& items, net::LinkChange change, std::string doing, std::string done) {
  items.cx.out.print("{}\n", doing);
  auto changed = co_await net::change_link(items.netlink, items.link, std::move(change));
  if (changed)
    items.cx.out.print("Successfully {}\n", done);
  else
    items.failed(changed.error());
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
Task<Result<void>> set_ipv4(Items& items, net::Address wanted) {
  auto present = co_await net::addresses(items.netlink, AF_INET, items.link.index);
  if (!present) co_return tl::unexpected(present.error());
  const auto same = [&wanted](const net::Address& a) { return a.local == wanted.local && a.broadcast == wanted.broadcast; };
  if (std::any_of(present->begin(), present->end(), same)) co_return Result<void>();
  const auto first = std::find_if(present->begin(), present->end(), [&](const net::Address& a) { return a.label == items.link.name; });
  const bool replaces = first != present->end();
  if (replaces) {
    auto deleted = co_await net::delete_address(items.netlink, *first);
    if (!deleted) co_return deleted;
  }
  auto added = co_await net::put_address(items.netlink, wanted, net::AddressOperation::add);
  if (!added && replaces) {
    (void)co_await net::put_address(items.netlink, *first, net::AddressOperation::add);
  }
  co_return added;
}

// The length of an IPv4 address that came without one is 24, as it always was here; that of an IPv6 address 64.
Result<net::IpPrefix> prefix_with_default(const std::string& word) {
  TRY(prefix, net::parse_prefix(word));
  if (word.find('/') == std::string::npos) prefix.length = prefix.address.family == AF_INET ? 24 : 64;
  return prefix;
}

Task<void> ipv4(Items& items, net::IpPrefix prefix) {
  net::IpAddress broadcast;
  while (items.next_is("netmask") || items.next_is("broadcast")) {
    const std::string word = items.take();
    if (items.words.empty()) {
      items.wrong(fmt::format("{} needs an address", word));
      co_return;
    }
    auto value = net::parse_address(items.take(), AF_INET);
    const auto length = value ? net::netmask_length(*value) : std::nullopt;
    if (!value || (word == "netmask" && !length)) {
      items.wrong(value ? fmt::format("'{}' is not a netmask", value->text()) : value.error().text());
      co_return;
    }
    if (word == "netmask")
      prefix.length = *length;
    else
      broadcast = *value;
  }
  net::Address address = new_address(items.link, prefix);
  if (broadcast) address.broadcast = broadcast;
  items.cx.out.print("Setting IPv4 address {} with netmask {} on {}\n", prefix.address.text(), net::netmask(AF_INET, prefix.length).text(), items.link.name);
  auto done = co_await set_ipv4(items, std::move(address));
  if (done)
    items.cx.out.print("Successfully set IPv4 address on {}\n", items.link.name);
  else
    items.failed("Failed to set IPv4 address", done.error());
}

// `netmask M` or `broadcast B` alone: of the address that is there.
Task<void> ipv4_again(Items& items) {
  auto present = co_await net::addresses(items.netlink, AF_INET, items.link.index);
  if (present && !present->empty()) {
    co_return co_await ipv4(items, present->front().local);
  }
  items.words = items.words.subspan(std::min<std::size_t>(items.words.size(), 2));
  items.failed(present ? Error{{}, items.link.name, 0, "has no IPv4 address"} : present.error());
}

Task<void> ipv6(Items& items, net::IpPrefix prefix) {
  items.cx.out.print("Setting IPv6 address {} on {}\n", prefix.text(), items.link.name);
  const net::Address address = new_address(items.link, prefix);
  auto done = co_await net::put_address(items.netlink, address, net::AddressOperation::replace);
  if (done)
    items.cx.out.print("Successfully set IPv6 address on {}\n", items.link.name);
  else
    items.failed("Failed to set IPv6 address", done.error());
}

Task<void> add_address(Items& items, std::string word) {
  auto prefix = prefix_with_default(word);
  if (!prefix) {
    items.wrong(prefix.error().text());
    co_return;
  }
  const net::Address address = new_address(items.link, *prefix);
  auto done = co_await net::put_address(items.netlink, address, net::AddressOperation::add);
  if (done)
    items.cx.out.print("Successfully added address {} to {}\n", prefix->text(), items.link.name);
  else
    items.failed(done.error());
}

Task<void> del_address(Items& items, std::string word) {
  auto prefix = net::parse_prefix(word);
  if (!prefix) {
    items.wrong(prefix.error().text());
    co_return;
  }
  auto present = co_await net::addresses(items.netlink, prefix->address.family, items.link.index);
  if (!present) co_return items.failed(present.error());
  const bool any_length = word.find('/') == std::string::npos;
  const auto found = std::find_if(present->begin(), present->end(), [&](const net::Address& a) {
    return a.local.address == prefix->address && (any_length || a.local.length == prefix->length);
  });
  if (found == present->end()) {
    items.failed(Error{"delete", word, EADDRNOTAVAIL, {}});
    co_return;
  }
  auto done = co_await net::delete_address(items.netlink, *found);
  if (done)
    items.cx.out.print("Successfully deleted address {} from {}\n", found->local.text(), items.link.name);
  else
    items.failed(done.error());
}

Task<void> mac(Items& items, std::string word) {
  const auto address = proto::parse_mac(word);
  if (!address) {
    items.wrong(fmt::format("'{}' is not a MAC address", word));
    co_return;
  }
  net::LinkChange wanted;
  wanted.address.emplace(address->bytes.begin(), address->bytes.end());
  const std::string what = fmt::format("MAC address {} on {}", word, items.link.name);
  co_await change(items, std::move(wanted), "Setting " + what + "...", "set " + what);
}

Task<void> mtu(Items& items, std::string word) {
  auto value = parse_number(word, "mtu", 1, INT32_MAX);
  if (!value) {
    items.wrong(value.error().text());
    co_return;
  }
  net::LinkChange wanted;
  wanted.mtu = static_cast<std::uint32_t>(*value);
  const std::string what = fmt::format("MTU {} on {}", *value, items.link.name);
  co_await change(items, std::move(wanted), "Setting " + what + "...", "set " + what);
}

Task<void> one_item(Items& items) {
  if (items.next_is("netmask") || items.next_is("broadcast")) {
    co_return co_await ipv4_again(items);
  }
  const std::string word = items.take();
  for (const FlagWord& flag : flag_words)
    if (flag.word == word) {
      net::LinkChange wanted;
      wanted.set_flag(flag.flag, flag.on);
      co_await change(items, std::move(wanted), fmt::format(fmt::runtime(flag.doing), items.link.name),
                      fmt::format(fmt::runtime(flag.done), items.link.name));
      co_return;
    }
  struct Valued {
    std::string_view word;
    Task<void> (*run)(Items&, std::string);
  };
  static constexpr Valued valued[] = {{"hw", mac}, {"ether", mac}, {"mtu", mtu}, {"add", add_address}, {"del", del_address}};
  for (const Valued& one : valued)
    if (one.word == word) {
      if (word == "hw" && items.next_is("ether")) items.take();
      if (items.words.empty()) co_return items.wrong(fmt::format("{} needs a value", word));
      co_return co_await one.run(items, items.take());
    }
  auto prefix = prefix_with_default(word);
  if (!prefix && word.find_first_of(".:") == std::string::npos) co_return items.wrong(fmt::format("Unknown option: {}", word));
  if (!prefix) co_return items.wrong(prefix.error().text());
  if (prefix->address.family == AF_INET)
    co_await ipv4(items, *prefix);
  else
    co_await ipv6(items, *prefix);
}

Task<int> run(Context& cx) {
  auto netlink = net::Netlink::open();
  if (!netlink) co_return cx.fail(netlink.error());
  if (cx.args.count() < 2) {
    co_return co_await show(cx, *netlink);
  }
  auto link = co_await net::find_link(*netlink, cx.args[0]);
  if (!link) co_return cx.fail(link.error());
  Items items(cx, *netlink, std::move(*link), cx.args.from(1));
  while (!items.words.empty()) {
    co_await one_item(items);
  }
  co_return items.status;
}

constexpr ArgSpec args[] = {{.name = "IF", .kind = Arg::iface, .optional = true},
                            {.name = "ITEM", .kind = Arg::choice, .optional = true, .repeated = true,
                             .choices = "up|down|promisc|-promisc|arp|-arp|allmulti|-allmulti|netmask|broadcast|hw|ether|mtu|add|del"}};
constexpr CommandSpec spec = {
    .name = "ifconfig",
    .group = Group::interfaces,
    .usage = "[IF]\nIF ITEM...",
    .help = "show and configure interfaces",
    .args = args,
    .details = "Items, done from left to right, each on its own:\n"
               "  A.B.C.D[/LEN] [netmask M] [broadcast B]   set the IPv4 address (it replaces the first one; /24 if nothing is said)\n"
               "  V6[/LEN]                                  set an IPv6 address, one more (/64 if nothing is said)\n"
               "  add A[/LEN], del A[/LEN]                  one more address of either family, one less\n"
               "  up, down, promisc, -promisc, arp, -arp, allmulti, -allmulti\n"
               "  hw ether MAC, ether MAC, hw MAC, mtu N",
    .example = "ifconfig tap0 192.168.1.1 netmask 255.255.255.0 up promisc",
    .raw = true,
    .run = run};
const Command self(spec);

}  // namespace
