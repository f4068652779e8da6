// arp: the IPv4 neighbours, in the form of net-tools. The same table as `ip -4 neigh`.
#include <sys/socket.h>

#include "net/link.h"
#include "net/neighbor.h"
#include "shell/command.h"

namespace {
using namespace shell;

Task<int> run(Context& cx) {
  auto netlink = net::Netlink::open();
  if (!netlink) co_return cx.fail(netlink.error());
  auto links = co_await net::link_names(*netlink);
  if (!links) co_return cx.fail(links.error());
  auto entries = co_await net::neighbors(*netlink, AF_INET, 0);
  if (!entries) co_return cx.fail(entries.error());
  cx.out.print("{:<24} {:<8} {:<20} {:<5} {:<21} {}\n", "Address", "HWtype", "HWaddress", "Flags", "Mask", "Iface");
  for (const net::Neighbor& entry : *entries) {
    if ((entry.state & NUD_NOARP) != 0) continue;
    const std::string iface = links->name(entry.link);
    if (entry.hardware.empty()) {
      cx.out.print("{:<24} {:<8} {:<20} {:<5} {:<21} {}\n", entry.address.text(), "", "(incomplete)", "", "", iface);
      continue;
    }
    // C: complete, M: permanent (ATF_COM, ATF_PERM of arp(7)).
    const char* flags = (entry.state & NUD_PERMANENT) != 0 ? "CM" : "C";
    cx.out.print("{:<24} {:<8} {:<20} {:<5} {:<21} {}\n", entry.address.text(), "ether", net::hardware_text(entry.hardware), flags, "", iface);
  }
  co_return 0;
}

constexpr OptSpec options[] = {{.flag = "-n", .help = "numeric; it always is"}};
constexpr CommandSpec spec = {.name = "arp", .group = Group::interfaces, .usage = "[-n]", .help = "show the ARP table", .options = options,
                              .details = "Changes are made with ip neigh.", .example = "arp -n", .run = run};
const Command self(spec);

}  // namespace
