// ip addr: show, add, change, replace, del, flush.
#include <fmt/format.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "ip_names.h"
#include "ip_print.h"

namespace cmds::ip {

namespace {

struct AddressFlag {
  std::uint32_t bit;
  const char* name;
};
// In the order in which iproute2 prints them. The first has another name for IPv6.
constexpr AddressFlag address_flags[] = {{IFA_F_SECONDARY, "secondary"},   {IFA_F_NODAD, "nodad"},
                                         {IFA_F_OPTIMISTIC, "optimistic"}, {IFA_F_DADFAILED, "dadfailed"},
                                         {IFA_F_HOMEADDRESS, "home"},      {IFA_F_DEPRECATED, "deprecated"},
                                         {IFA_F_TENTATIVE, "tentative"},   {IFA_F_PERMANENT, "permanent"},
                                         {IFA_F_MANAGETEMPADDR, "mngtmpaddr"}, {IFA_F_NOPREFIXROUTE, "noprefixroute"},
                                         {IFA_F_MCAUTOJOIN, "autojoin"},   {IFA_F_STABLE_PRIVACY, "stable-privacy"}};

struct Filter {
  int family = 0;
  std::string device;
  std::optional<net::IpPrefix> within;
  std::optional<std::uint8_t> scope;
  std::string label, kind;
  std::optional<int> master;
  std::uint32_t flags = 0, flags_mask = 0;
  bool up = false;

  [[nodiscard]] bool narrows() const { return within || scope || !label.empty() || flags_mask != 0; }
  [[nodiscard]] bool takes(const net::Address& address) const {
    return (!within || within->contains(address.local.address)) && (!scope || address.scope == *scope) &&
           (label.empty() || address.label == label) && (address.flags & flags_mask) == flags;
  }
  [[nodiscard]] bool takes(const net::Link& link) const {
    return (device.empty() || link.name == device) && (!up || link.up()) && (kind.empty() || link.kind == kind) &&
           (!master || link.master == *master);
  }
};

Result<bool> parse_address_flag(Words& words, Filter& filter) {
  for (const AddressFlag& flag : address_flags) {
    const std::string no = "-" + std::string(flag.name);
    const bool off = words.is(no);
    if (!off && !words.is(flag.name, flag.bit == IFA_F_SECONDARY ? "temporary" : "")) continue;
    filter.flags_mask |= flag.bit;
    if (!off) filter.flags |= flag.bit;
    return true;
  }
  if (words.is("dynamic")) {
    filter.flags_mask |= IFA_F_PERMANENT;
    return true;
  }
  return false;
}

Result<Filter> parse_filter(const Session& s, Words words) {
  Filter filter;
  filter.family = s.options.family;
  while (!words.done()) {
    TRY(flag, parse_address_flag(words, filter));
    if (flag) continue;
    if (words.is("up")) {
      filter.up = true;
    } else if (words.is("to")) {
      TRY(text, words.value());
      TRY(prefix, parse_prefix(text, s.options.family));
      filter.within = prefix;
      filter.family = prefix.address.family;
    } else if (words.is("scope")) {
      TRY(text, words.value());
      if (text == "all") continue;
      TRY(scope, number_of(Names::scope, text, 255));
      filter.scope = static_cast<std::uint8_t>(scope);
    } else if (words.is("label")) {
      TRY(label, words.value());
      filter.label = label;
    } else if (words.is("type")) {
      TRY(kind, words.value());
      filter.kind = kind;
    } else if (words.is("master") || words.is("vrf")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      filter.master = index;
    } else {
      words.is("dev");
      TRY(name, words.value());
      if (!filter.device.empty()) return tl::unexpected(words.unknown("addr show"));
      TRY(index, s.device(name));
      filter.device = s.links.name(index);
    }
  }
  return filter;
}

// With -o a line is an address: no line of the interface, and nothing for one that has none.
void print_each(Session& s, const net::Link& link, const std::vector<const net::Address*>& addresses) {
  for (const net::Address* address : addresses) {
    s.out.begin_record();
    s.out.words(fmt::format("{}: {}", link.index, link.name));
    print_address(s, *address);
    s.out.end_record();
  }
}

Task<int> show(Session& s, Words words) {
  auto filter = parse_filter(s, words);
  if (!filter) co_return s.wrong(filter.error());
  auto links = co_await net::links(s.netlink);
  if (!links) co_return s.cx.fail(links.error());
  auto all = co_await net::addresses(s.netlink, filter->family);
  if (!all) co_return s.cx.fail(all.error());
  s.out.begin_list();
  for (const net::Link& link : *links) {
    if (!filter->takes(link)) continue;
    std::vector<const net::Address*> of_link;
    for (const net::Address& address : *all)
      if (address.link == link.index && filter->takes(address)) of_link.push_back(&address);
    // An interface without a matching address is left out when addresses were asked for.
    if (of_link.empty() && (filter->narrows() || filter->family != AF_UNSPEC)) continue;
    if (s.out.one_line()) {
      print_each(s, link, of_link);
      continue;
    }
    s.out.begin_record();
    print_link(s, link, LinkText::above_addresses);
    s.out.begin_array("addr_info");
    for (const net::Address* address : of_link) {
      s.out.begin_object();
      s.out.line();
      print_address(s, *address);
      s.out.end_object();
    }
    s.out.end_array();
    if (s.options.statistics) print_counters(s, link.counters);
    s.out.end_record();
  }
  s.out.end_list();
  co_return 0;
}

Result<std::uint32_t> parse_lifetime(Words& words) {
  TRY(text, words.value());
  if (text == "forever") return net::kForever;
  if (text.ends_with("sec")) text.remove_suffix(3);
  TRY(seconds, shell::parse_number(text, "lifetime", 0, net::kForever));
  return static_cast<std::uint32_t>(seconds);
}

// RFC 5735: addresses of 127.0.0.0/8 do not leave the host. The kernel finds the scope of an IPv6 address by itself.
std::uint8_t usual_scope(const net::IpAddress& address) {
  return address.family == AF_INET && address.is_loopback() ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
}

struct ParsedAddress {
  net::Address address;
  bool has_length = false;
};

Result<ParsedAddress> parse_address_words(const Session& s, Words words) {
  ParsedAddress parsed;
  net::Address& address = parsed.address;
  std::string device, broadcast;
  bool scoped = false;
  const auto take_local = [&](std::string_view text) -> Result<void> {
    if (address.local.address) return tl::unexpected(words.unknown("addr"));
    TRY(prefix, parse_prefix(text, s.options.family));
    address.local = prefix;
    parsed.has_length = text.find('/') != std::string_view::npos;
    return {};
  };
  while (!words.done()) {
    if (words.is("dev")) {
      TRY(name, words.value());
      device = name;
    } else if (words.is("peer", "remote")) {
      // The length belongs to the peer.
      TRY(text, words.value());
      TRY(prefix, parse_prefix(text, s.options.family));
      address.peer = prefix.address;
      address.local.length = prefix.length;
    } else if (words.matches("broadcast") || words.is("brd")) {
      TRY(text, words.value());
      broadcast = text;
    } else if (words.is("label")) {
      TRY(label, words.value());
      if (label.size() >= IFNAMSIZ) return wrong_word(fmt::format("label '{}': at most 15 bytes", label));
      address.label = label;
    } else if (words.is("scope")) {
      TRY(text, words.value());
      TRY(scope, number_of(Names::scope, text, 255));
      address.scope = static_cast<std::uint8_t>(scope);
      scoped = true;
    } else if (words.matches("metric") || words.matches("priority") || words.matches("preference")) {
      TRY(metric, words.number());
      address.metric = metric;
    } else if (words.matches("valid_lft")) {
      TRY(seconds, parse_lifetime(words));
      address.valid_seconds = seconds;
    } else if (words.matches("preferred_lft")) {
      TRY(seconds, parse_lifetime(words));
      address.preferred_seconds = seconds;
    } else if (words.is("nodad")) {
      address.flags |= IFA_F_NODAD;
    } else if (words.is("home")) {
      address.flags |= IFA_F_HOMEADDRESS;
    } else if (words.is("mngtmpaddr")) {
      address.flags |= IFA_F_MANAGETEMPADDR;
    } else if (words.is("noprefixroute")) {
      address.flags |= IFA_F_NOPREFIXROUTE;
    } else if (words.is("autojoin")) {
      address.flags |= IFA_F_MCAUTOJOIN;
    } else {
      words.is("local");
      TRY(text, words.value());
      const std::uint8_t of_peer = address.local.length;
      TRY_VOID(take_local(text));
      if (address.peer) address.local.length = of_peer;
    }
  }
  if (!address.local.address) return wrong_value("addr: ADDRESS/LENGTH is missing");
  if (device.empty()) return wrong_value("addr: 'dev IF' is missing");
  TRY(index, s.device(device));
  address.link = index;
  if (address.peer && address.peer.family != address.local.address.family) return wrong_word("the peer is of another family");
  if (!scoped) address.scope = usual_scope(address.local.address);
  if (address.preferred_seconds > address.valid_seconds) address.preferred_seconds = address.valid_seconds;
  if (!broadcast.empty()) {
    if (address.local.address.family != AF_INET) return wrong_word("only IPv4 has broadcast addresses");
    if (broadcast == "+") {
      address.broadcast = net::broadcast_of(address.local);
    } else if (broadcast == "-") {
      address.broadcast = address.local.address;
      const net::IpAddress mask = net::netmask(AF_INET, address.local.length);
      for (std::size_t i = 0; i < 4; ++i) address.broadcast.storage[i] &= mask.storage[i];
    } else {
      TRY(given, parse_address(broadcast, AF_INET));
      address.broadcast = given;
    }
  }
  return parsed;
}

template <net::AddressOperation operation>
Task<int> put(Session& s, Words words) {
  auto parsed = parse_address_words(s, words);
  if (!parsed) co_return s.wrong(parsed.error());
  auto done = co_await net::put_address(s.netlink, std::move(parsed->address), operation);
  if (!done) co_return s.refused(done.error());
  constexpr const char* what[] = {"Address added", "Address replaced", "Address changed"};
  co_return s.changed(what[static_cast<int>(operation)]);
}

Task<int> remove(Session& s, Words words) {
  auto parsed = parse_address_words(s, words);
  if (!parsed) co_return s.wrong(parsed.error());
  net::Address& address = parsed->address;
  // As in iproute2: an IPv4 address alone is deleted whatever its length.
  const bool any_length = !parsed->has_length && !address.peer && address.local.address.family == AF_INET;
  auto done = co_await net::delete_address(s.netlink, std::move(address), any_length);
  if (!done) co_return s.refused(done.error());
  co_return s.changed("Address deleted");
}

Task<int> flush(Session& s, Words words) {
  if (words.done()) co_return s.wrong({{}, {}, EINVAL, "addr flush: 'dev IF' or another filter is needed"});
  auto filter = parse_filter(s, words);
  if (!filter) co_return s.wrong(filter.error());
  auto all = co_await net::addresses(s.netlink, filter->family);
  if (!all) co_return s.cx.fail(all.error());
  unsigned count = 0;
  for (const net::Address& address : *all) {
    const net::Link* link = s.links.find(address.link);
    if (link == nullptr || !filter->takes(*link) || !filter->takes(address)) continue;
    auto done = co_await net::delete_address(s.netlink, address);
    // A primary address takes its secondary ones with it.
    if (!done && done.error().code != EADDRNOTAVAIL) co_return s.refused(done.error());
    ++count;
  }
  if (!s.out.json()) s.cx.out.print("Flushed {} addresses\n", count);
  co_return 0;
}

}  // namespace

void print_address(Session& s, const net::Address& address) {
  Output& out = s.out;
  const bool v6 = address.local.address.family == AF_INET6;
  out.string("family", "    {} ", v6 ? "inet6" : "inet");
  out.string("local", "{}", address.local.address.text());
  if (address.peer) out.string("address", " peer {}", address.peer.text());
  out.number("prefixlen", "/{} ", address.local.length);
  if (address.metric != 0) out.number("metric", "metric {} ", address.metric);
  if (address.broadcast) out.string("broadcast", "brd {} ", address.broadcast.text());
  out.string("scope", "scope {} ", name_of(Names::scope, address.scope));
  for (const AddressFlag& flag : address_flags) {
    const bool set = (address.flags & flag.bit) != 0;
    if (flag.bit == IFA_F_PERMANENT) {
      if (!set) out.flag("dynamic", "dynamic ");
      continue;
    }
    if (!set) continue;
    const char* name = flag.bit == IFA_F_SECONDARY && v6 ? "temporary" : flag.name;
    out.flag(name, fmt::format("{} ", name));
  }
  if (!address.label.empty()) out.string("label", "{}", address.label);
  out.line();
  const auto lifetime = [&out](const char* key, std::string_view title, std::uint32_t seconds) {
    out.member(key, seconds);
    out.words(seconds == net::kForever ? fmt::format("{} forever", title) : fmt::format("{} {}sec", title, seconds));
  };
  lifetime("valid_life_time", "       valid_lft", address.valid_seconds);
  lifetime("preferred_life_time", " preferred_lft", address.preferred_seconds);
}

Task<int> run_address(Session& s, Words words) {
  static constexpr Verb verbs[] = {
      {"show", show},
      {"list", show},
      {"lst", show},
      {"add", put<net::AddressOperation::add>},
      {"change", put<net::AddressOperation::change>},
      {"replace", put<net::AddressOperation::replace>},
      {"delete", remove},
      {"flush", flush}};
  co_return co_await run_verb(s, words, verbs, "addr");
}

}  // namespace cmds::ip
