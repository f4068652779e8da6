// fakehost: hosts that answer on an interface without being there: ARP, neighbour discovery, echo, errors, router advertisements.
//   fakehost add IFACE ADDR[/LEN]|ADDR-ADDR [mac M] [icmp] [router] [delay MS] [loss PERCENT] [vlan N] [nodefend] [log]
//                [mtu N] [unreachable CODE] [ttl-exceeded] [ra [prefix P/LEN] [lifetime S] [mtu N]]
//   fakehost del IFACE ADDR|all
//   fakehost show
// `add` returns when the host answers. The interface: a TAP of ours (through its descriptor), or any Ethernet one.
#include <algorithm>
#include <map>

#include "interface_error.h"
#include "net/fakehost_port.h"
#include "net/link.h"
#include "reactor/event.h"
#include "shell/shell.h"

namespace {
using namespace shell;
using net::FakeHost;
using net::FakeHostPort;

/// An interface with fake hosts.
struct Served {
  Served(net::PacketInterface interface, std::shared_ptr<net::Tap> tap, std::function<void(std::string)> log)
      : port(std::move(interface), std::move(tap), std::move(log)) {}

  FakeHostPort port;
  reactor::Event opened;
  std::optional<Error> refused;  // why it could not be opened
  std::shared_ptr<reactor::Job> job;
};

struct FakeHosts {
  std::map<int, std::shared_ptr<Served>> interfaces;  // by index: a name may change
};

Result<std::shared_ptr<FakeHost>> parse_host(std::span<const std::string> words) {
  auto host = std::make_shared<FakeHost>();
  TRY(range, net::parse_address_range(words[1]));
  host->first = range.first;
  host->last = range.second;
  if (host->first.is_multicast() || host->first.is_zero()) return reactor::failed({}, words[1], "not a host's address");
  bool in_ra = false;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::string& word = words[i];
    const auto value = [&]() -> Result<std::string> {
      if (++i < words.size()) return words[i];
      return reactor::failed({}, word, "a value is missing");
    };
    if (in_ra && (word == "prefix" || word == "lifetime" || word == "mtu")) {
      TRY(text, value());
      if (word == "prefix") {
        TRY(prefix, net::parse_prefix(text, AF_INET6));
        host->ra->prefix = prefix;
        continue;
      }
      TRY(number, parse_number(text, word, word == "mtu" ? 1280 : 0, 65535));
      if (word == "mtu")
        host->ra->mtu = static_cast<std::uint32_t>(number);
      else
        host->ra->lifetime_s = static_cast<std::uint16_t>(number);
      continue;
    }
    in_ra = false;
    if (word == "icmp") {
      host->icmp = true;
    } else if (word == "router") {
      host->router = true;
    } else if (word == "nodefend") {
      host->nodefend = true;
    } else if (word == "log") {
      host->log = true;
    } else if (word == "ttl-exceeded") {
      host->ttl_exceeded = true;
    } else if (word == "ra") {
      in_ra = true;
      host->ra = FakeHost::Advertisement{};
    } else if (word == "mac") {
      TRY(text, value());
      const auto mac = proto::parse_mac(text);
      if (!mac || (mac->bytes[0] & 1) != 0) return reactor::failed({}, "mac", "'" + text + "' is not a host's MAC address");
      host->mac = *mac;
    } else if (word == "delay") {
      TRY(text, value());
      TRY(ms, parse_fraction(text, word, 0, 3'600'000));
      host->delay = reactor::Nanoseconds(static_cast<std::int64_t>(ms * 1e6));
    } else if (word == "loss") {
      TRY(text, value());
      TRY(percent, parse_fraction(text, word, 0, 100));
      host->loss = percent / 100;
    } else if (word == "vlan") {
      TRY(text, value());
      TRY(number, parse_number(text, word, 1, 4094));
      host->vlan = static_cast<std::uint16_t>(number);
    } else if (word == "mtu") {
      TRY(text, value());
      TRY(number, parse_number(text, word, 68, 65535));
      host->mtu = static_cast<unsigned>(number);
    } else if (word == "unreachable") {
      TRY(text, value());
      TRY(number, parse_number(text, word, 0, 255));
      host->unreachable = static_cast<std::uint8_t>(number);
    } else {
      return reactor::failed({}, {}, "unknown word '" + word + "'");
    }
  }
  if (host->ra && !(host->first.family == AF_INET6 && host->first.is_link_local() && host->first == host->last))
    return reactor::failed({}, "ra", "a router advertises itself from one link-local address");
  return host;
}

std::string abilities(const FakeHost& host) {
  std::string text = host.first.family == AF_INET ? "ARP" : "NS";
  if (host.icmp) text += ", ICMP";
  if (host.router) text += ", Router flag";
  if (host.ra) text += ", Router advertisements";
  if (host.unreachable) text += ", Unreachable";
  if (host.ttl_exceeded) text += ", Time exceeded";
  if (host.mtu != 0) text += fmt::format(", Path MTU {}", host.mtu);
  return text;
}

Task<int> serve(Shell* shell, std::shared_ptr<Served> served) {
  auto ended = co_await served->port.open(shell->service<net::Taps>(), shell->background());
  if (!ended) served->refused = ended.error();
  served->opened.set();
  if (ended) ended = co_await served->port.run();
  auto& interfaces = shell->service<FakeHosts>().interfaces;
  const auto found = interfaces.find(served->port.interface().index);
  if (found == interfaces.end() || found->second != served) co_return 0;
  interfaces.erase(found);
  if (ended) co_return 0;
  if (!served->refused) shell->notify(fmt::format("fakehost: {}; its fake hosts are gone", ended.error().text()));
  co_return 1;
}

Task<int> add(Context& cx, std::span<const std::string> words) {
  if (words.size() < 2) co_return cx.bad_usage("add needs an interface and an address");
  auto host = parse_host(words);
  if (!host) co_return cx.bad_usage(host.error());
  auto interface = co_await net::find_packet_interface(words[0]);
  if (!interface) co_return cmds::interface_error(cx, interface.error());
  if (interface->framing != net::Framing::ethernet) co_return cx.fail(fmt::format("{}: fake hosts need an Ethernet interface", words[0]));
  const bool own_mac = (*host)->mac != proto::Mac{};
  if (!own_mac) (*host)->mac = interface->mac;

  std::shared_ptr<Served>& there = cx.shell.service<FakeHosts>().interfaces[interface->index];
  const bool first = !there;
  if (first) {
    Shell* const shell = &cx.shell;
    there = std::make_shared<Served>(*interface, shell->service<net::Taps>().find(interface->name), [shell](std::string line) { shell->notify(line); });
    there->job = shell->background().spawn("fakehost " + interface->name, serve(shell, there));
  }
  const std::shared_ptr<Served> served = there;
  if (auto added = served->port.answers().hosts().add(*host); !added) co_return cx.fail(added.error());
  {
    const reactor::Shield shield;  // it takes but a moment
    (void)co_await served->opened.wait();
  }
  if (served->refused) co_return cx.fail(*served->refused);
  if (first) cx.out.print("Started fake host responder on {}\n", interface->name);
  served->port.announce(*host);
  cx.out.print("Added fake host {} on {} (will respond to {})\n", (*host)->text(), interface->name, abilities(**host));
  co_return 0;
}

Task<int> del(Context& cx, std::string name, std::string which) {
  auto link = co_await net::find_link(name);
  if (!link && link.error().code != ENODEV) co_return cx.fail(link.error());
  auto& interfaces = cx.shell.service<FakeHosts>().interfaces;
  const auto found = link ? interfaces.find(link->index) : interfaces.end();
  if (found == interfaces.end()) co_return cx.fail(fmt::format("{}: no fake hosts there", name));
  const std::shared_ptr<Served> served = found->second;
  auto& hosts = served->port.answers().hosts();
  std::vector<std::string> names;
  for (const auto& host : hosts.all())
    if (which == "all") names.push_back(host->text());
  if (which != "all") names.push_back(which);
  for (const std::string& text : names) {
    const auto removed = hosts.remove(text);
    if (!removed) co_return cx.fail(fmt::format("{}: no such fake host on {}", text, name));
    served->port.forget(*removed);
    cx.out.print("Removed fake host {} from {}\n", removed->text(), name);
  }
  if (!hosts.all().empty()) co_return 0;
  interfaces.erase(found);
  served->job->request_stop();
  auto ended = co_await served->job->finished();
  if (!ended) co_return cx.fail(ended.error());
  cx.out.print("Stopped fake host responder on {}\n", name);
  co_return 0;
}

Task<int> show(Context& cx) {
  const auto& interfaces = cx.shell.service<FakeHosts>().interfaces;
  if (interfaces.empty()) {
    cx.out.write("No fake hosts configured\n");
    co_return 0;
  }
  auto netlink = net::Netlink::open();
  if (!netlink) co_return cx.fail(netlink.error());
  auto names = co_await net::link_names(*netlink);
  if (!names) co_return cx.fail(names.error());
  cx.out.print("{:<15} {:<40} {:<18} {:<6} {:<6} {}\n{:-<100}\n", "Interface", "IP Address", "MAC Address", "ICMP", "Router", "Type", "");
  for (const auto& [index, served] : interfaces) {
    const std::string name = names->name(index);
    auto& answers = served->port.answers();
    for (const auto& host : answers.hosts().all()) {
      const FakeHost::Counters& c = host->counters;
      cx.out.print("{:<15} {:<40} {:<18} {:<6} {:<6} {}\n", name, host->text(), proto::to_text(host->mac), host->icmp ? "yes" : "no",
                   host->router ? "yes" : "no", host->first.family == AF_INET ? "IPv4 (ARP)" : "IPv6 (NDP)");
      cx.out.print("    {} resolved, {} echoes, {} errors, {} advertisements", c.resolutions, c.echoes, c.errors, c.advertisements);
      if (host->vlan) cx.out.print(", VLAN {}", *host->vlan);
      if (host->delay.count() != 0) cx.out.print(", delay {} ms", static_cast<double>(host->delay.count()) / 1e6);
      if (host->loss > 0) cx.out.print(", loss {}%: {} left out", host->loss * 100, c.lost);
      cx.out.write("\n");
    }
    cx.out.print("    {}: {} frames heard, {} malformed, {} missed, {} answers not sent\n", name, answers.counters().received, answers.counters().malformed,
                 served->port.dropped(), served->port.not_sent());
  }
  co_return 0;
}

Task<int> run(Context& cx) {
  const auto words = cx.args.words();
  if (words.empty()) co_return cx.bad_usage("add, del or show?");
  if (words[0] == "add") co_return co_await add(cx, words.subspan(1));
  if (words[0] == "del" || words[0] == "delete") {
    if (words.size() != 3) co_return cx.bad_usage("del needs an interface and an address, or 'all'");
    co_return co_await del(cx, words[1], words[2]);
  }
  if (words[0] == "show" && words.size() == 1) co_return co_await show(cx);
  co_return cx.bad_usage(fmt::format("unknown sub-command '{}'", words[0]));
}

constexpr ArgSpec add_args[] = {
    {.name = "IFACE", .kind = Arg::iface},
    {.name = "ADDR", .kind = Arg::address},
    {.name = "OPTION", .kind = Arg::choice, .optional = true, .repeated = true,
     .choices = "mac|icmp|router|delay|loss|vlan|nodefend|log|mtu|unreachable|ttl-exceeded|ra|prefix|lifetime"}};
constexpr ArgSpec del_args[] = {{.name = "IFACE", .kind = Arg::iface}, {.name = "ADDR|all", .kind = Arg::address}};
constexpr SubSpec subs[] = {{.words = "add", .args = add_args, .help = "let a host, a range or a prefix answer"},
                            {.words = "del", .args = del_args, .help = "end it"},
                            {.words = "show", .help = "fake hosts and what they have answered"}};
constexpr CommandSpec spec = {
    .name = "fakehost", .group = Group::packets,
    .usage = "add IFACE ADDR[/LEN]|ADDR-ADDR [mac M] [icmp] [router] [delay MS] [loss PERCENT] [vlan N] [nodefend] [log] "
             "[mtu N] [unreachable CODE] [ttl-exceeded] [ra [prefix P/LEN] [lifetime S] [mtu N]]\n"
             "del IFACE ADDR|all\n"
             "show",
    .help = "hosts that answer ARP, neighbour discovery, echo and more", .subs = subs,
    .details = "ADDR/LEN is every address of the prefix. The MAC address is the interface's unless given. icmp: echo requests are answered,\n"
               "after `delay`, but for `loss` percent. router: the flag in neighbour advertisements. nodefend: duplicate-address probes\n"
               "stay unanswered. mtu, unreachable and ttl-exceeded: ICMP errors for packets to the host, and for those sent through it\n"
               "by its MAC address. ra: router advertisements, every 10 s and when solicited. log: a line for each exchange.",
    .example = "fakehost add tap1 fe80::1 icmp router\n"
               "fakehost add tap0 192.0.2.10-192.0.2.200 mac 02:00:00:00:00:10 icmp delay 20",
    .raw = true, .run = run};
const Command self(spec);

}  // namespace
