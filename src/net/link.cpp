#include "net/link.h"

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>

namespace net {

namespace {

using reactor::failed;

ifinfomsg about_link(int index) {
  ifinfomsg header{};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = index;
  return header;
}

std::vector<std::uint8_t> owned(std::optional<Bytes> bytes) {
  if (!bytes) return {};
  return {bytes->begin(), bytes->end()};
}

void put_settings(AttributeBuilder& out, const LinkChange& change) {
  if (change.name) out.add_text(IFLA_IFNAME, *change.name);
  if (change.mtu) out.add_u32(IFLA_MTU, *change.mtu);
  if (change.queue_length) out.add_u32(IFLA_TXQLEN, *change.queue_length);
  if (change.group) out.add_u32(IFLA_GROUP, *change.group);
  if (change.address) out.add(IFLA_ADDRESS, *change.address);
  if (change.broadcast) out.add(IFLA_BROADCAST, *change.broadcast);
  if (change.alias) out.add_text(IFLA_IFALIAS, *change.alias);
  if (change.master) out.add_u32(IFLA_MASTER, static_cast<std::uint32_t>(*change.master));
}

ifinfomsg header_of(const LinkChange& change, int index) {
  ifinfomsg header = about_link(index);
  header.ifi_flags = change.flags;
  header.ifi_change = change.flags_mask;
  return header;
}

}  // namespace

bool Link::up() const noexcept { return (flags & IFF_UP) != 0; }
bool Link::loopback() const noexcept { return (flags & IFF_LOOPBACK) != 0; }
bool Link::has_ethernet_header() const noexcept { return type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK; }

Result<void> check_link_name(std::string_view name) {
  if (name.empty()) return failed({}, {}, "an interface name is missing");
  if (name.size() >= IFNAMSIZ) return failed({}, name, "interface names have at most 15 bytes");
  const bool bad = std::any_of(name.begin(), name.end(), [](unsigned char c) { return c == '/' || c == ':' || std::isspace(c) != 0; });
  if (bad || name == "." || name == "..") return failed({}, name, "not an interface name");
  return {};
}

Link parse_link(Bytes body) {
  const auto header = leading<ifinfomsg>(body);
  const auto attributes = Attributes::after<ifinfomsg>(body);
  Link link;
  link.index = header.ifi_index;
  link.type = header.ifi_type;
  link.flags = header.ifi_flags;
  link.name = attributes.text(IFLA_IFNAME);
  link.mtu = attributes.u32(IFLA_MTU).value_or(0);
  link.address = owned(attributes.find(IFLA_ADDRESS));
  link.broadcast = owned(attributes.find(IFLA_BROADCAST));
  link.kind = attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND);
  link.alias = attributes.text(IFLA_IFALIAS);
  for (const auto& property : attributes.nested(IFLA_PROP_LIST))
    if (property.type == IFLA_ALT_IFNAME)
      link.other_names.emplace_back(property.value.begin(), std::find(property.value.begin(), property.value.end(), 0));
  link.queueing = attributes.text(IFLA_QDISC);
  link.queue_length = attributes.u32(IFLA_TXQLEN).value_or(0);
  link.group = attributes.u32(IFLA_GROUP).value_or(0);
  link.operational_state = attributes.u8(IFLA_OPERSTATE).value_or(0);
  link.mode = attributes.u8(IFLA_LINKMODE).value_or(0);
  link.lower = static_cast<int>(attributes.u32(IFLA_LINK).value_or(0));
  if (const auto id = attributes.u32(IFLA_LINK_NETNSID)) link.lower_namespace = static_cast<int>(*id);
  link.master = static_cast<int>(attributes.u32(IFLA_MASTER).value_or(0));
  if (const auto counters = attributes.find(IFLA_STATS64)) link.counters = leading<rtnl_link_stats64>(*counters);
  return link;
}

Task<Result<std::vector<Link>>> links(Netlink& netlink) {
  Message question(RTM_GETLINK, 0, about_link(0));
  auto replies = co_await netlink.dump(std::move(question), "interfaces");
  if (!replies) co_return tl::unexpected(replies.error());
  std::vector<Link> out;
  for (const Received& message : replies->messages)
    if (message.type == RTM_NEWLINK) out.push_back(parse_link(message.body));
  co_return out;
}

Task<Result<Link>> find_link(Netlink& netlink, std::string name) {
  CO_TRY_VOID(check_link_name(name));
  Message question(RTM_GETLINK, 0, about_link(0));
  question.add_text(IFLA_IFNAME, name);
  const std::string no_verb;
  auto replies = co_await netlink.get(std::move(question), no_verb, name);
  if (!replies) {
    replies.error().reason.clear();
    co_return tl::unexpected(replies.error());
  }
  co_return parse_link(replies->messages.front().body);
}

Task<Result<Link>> find_link(Netlink& netlink, int index) {
  Message question(RTM_GETLINK, 0, about_link(index));
  auto replies = co_await netlink.get(std::move(question), "interface", std::to_string(index));
  if (!replies) co_return tl::unexpected(replies.error());
  co_return parse_link(replies->messages.front().body);
}

Task<Result<Link>> find_link(std::string name) {
  auto netlink = Netlink::open();
  if (!netlink) co_return tl::unexpected(netlink.error());
  auto link = co_await find_link(*netlink, std::move(name));
  co_return link;
}

LinkNames::LinkNames(const std::vector<Link>& links) {
  for (const Link& link : links) links_.emplace(link.index, link);
}

std::string LinkNames::name(int index) const {
  const Link* link = find(index);
  return link != nullptr ? link->name : "if" + std::to_string(index);
}

const Link* LinkNames::find(int index) const {
  const auto found = links_.find(index);
  return found == links_.end() ? nullptr : &found->second;
}

const Link* LinkNames::find(std::string_view name) const {
  for (const auto& [index, link] : links_)
    if (link.name == name || std::find(link.other_names.begin(), link.other_names.end(), name) != link.other_names.end()) return &link;
  return nullptr;
}

Task<Result<LinkNames>> link_names(Netlink& netlink) {
  auto all = co_await links(netlink);
  if (!all) co_return tl::unexpected(all.error());
  co_return LinkNames(*all);
}

bool LinkChange::empty() const noexcept {
  return flags_mask == 0 && !mtu && !queue_length && !group && !address && !broadcast && !name && !alias && !master;
}

Task<Result<void>> change_link(Netlink& netlink, const Link& link, LinkChange change) {
  if (change.name) CO_TRY_VOID(check_link_name(*change.name));
  Message request(RTM_NEWLINK, 0, header_of(change, link.index));
  put_settings(request, change);
  auto done = co_await netlink.change(std::move(request), "change", link.name);
  co_return done;
}

Task<Result<void>> change_kind(Netlink& netlink, const Link& link, std::string kind, AttributeBuilder data) {
  Message request(RTM_NEWLINK, 0, about_link(link.index));
  const std::size_t info = request.begin(IFLA_LINKINFO);
  request.add_text(IFLA_INFO_KIND, kind);
  request.add(IFLA_INFO_DATA, data.bytes());
  request.end(info);
  auto done = co_await netlink.change(std::move(request), "change", link.name);
  co_return done;
}

Task<Result<void>> add_link(Netlink& netlink, NewLink link) {
  if (link.settings.name) CO_TRY_VOID(check_link_name(*link.settings.name));
  const std::string name = link.settings.name.value_or(link.kind);
  Message request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, header_of(link.settings, 0));
  put_settings(request, link.settings);
  if (link.lower != 0) request.add_u32(IFLA_LINK, static_cast<std::uint32_t>(link.lower));
  const std::size_t info = request.begin(IFLA_LINKINFO);
  request.add_text(IFLA_INFO_KIND, link.kind);
  if (!link.data.empty() || link.peer) {
    const std::size_t data = request.begin(IFLA_INFO_DATA);
    request.append(link.data.bytes());
    if (link.peer) {
      const std::size_t peer = request.begin(VETH_INFO_PEER);
      request.append_value(header_of(*link.peer, 0));
      put_settings(request, *link.peer);
      request.end(peer);
    }
    request.end(data);
  }
  request.end(info);
  auto done = co_await netlink.change(std::move(request), "add", name);
  co_return done;
}

Task<Result<void>> delete_link(Netlink& netlink, const Link& link) {
  Message request(RTM_DELLINK, 0, about_link(link.index));
  auto done = co_await netlink.change(std::move(request), "delete", link.name);
  co_return done;
}

}  // namespace net
