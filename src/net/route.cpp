#include "net/route.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace net {

namespace {

// RTA_VIA: a gateway of another family (struct rtvia: family, address).
void put_gateway(AttributeBuilder& out, const IpAddress& gateway, std::uint8_t family) {
  if (!gateway) return;
  if (gateway.family == family) {
    out.add(RTA_GATEWAY, gateway.bytes());
    return;
  }
  std::vector<std::uint8_t> via(sizeof(std::uint16_t));
  const std::uint16_t via_family = gateway.family;
  std::memcpy(via.data(), &via_family, sizeof via_family);
  const Bytes bytes = gateway.bytes();
  via.insert(via.end(), bytes.begin(), bytes.end());
  out.add(RTA_VIA, via);
}

IpAddress gateway_from(const Attributes& attributes) {
  if (const auto gateway = attributes.find(RTA_GATEWAY)) return address_from(*gateway);
  if (const auto via = attributes.find(RTA_VIA); via && via->size() > sizeof(std::uint16_t)) return address_from(via->subspan(2));
  return {};
}

std::vector<NextHop> multipath_from(Bytes bytes) {
  std::vector<NextHop> hops;
  while (bytes.size() >= sizeof(rtnexthop)) {
    const auto header = leading<rtnexthop>(bytes);
    if (header.rtnh_len < sizeof header || header.rtnh_len > bytes.size()) break;
    const auto attributes = Attributes::after<rtnexthop>(bytes.first(header.rtnh_len));
    hops.push_back({gateway_from(attributes), header.rtnh_ifindex, header.rtnh_hops + 1U, header.rtnh_flags});
    bytes = bytes.subspan(std::min<std::size_t>(bytes.size(), RTNH_ALIGN(header.rtnh_len)));
  }
  return hops;
}

void put_hops(AttributeBuilder& out, const Route& route) {
  if (route.hops.size() == 1) {
    const NextHop& hop = route.hops.front();
    put_gateway(out, hop.gateway, route.family);
    if (hop.link != 0) out.add_u32(RTA_OIF, static_cast<std::uint32_t>(hop.link));
    return;
  }
  if (route.hops.empty()) return;
  const std::size_t begun = out.begin(RTA_MULTIPATH);
  for (const NextHop& hop : route.hops) {
    AttributeBuilder attributes;
    put_gateway(attributes, hop.gateway, route.family);
    rtnexthop header{};
    header.rtnh_len = static_cast<std::uint16_t>(sizeof header + attributes.bytes().size());
    header.rtnh_flags = static_cast<std::uint8_t>(hop.flags);
    header.rtnh_hops = static_cast<std::uint8_t>(hop.weight - 1);
    header.rtnh_ifindex = hop.link;
    out.append_value(header);
    out.append(attributes.bytes());
  }
  out.end(begun);
}

Message route_message(std::uint16_t type, std::uint16_t flags, const Route& route) {
  rtmsg header{};
  header.rtm_family = route.family;
  header.rtm_dst_len = route.destination.length;
  header.rtm_src_len = route.source.length;
  header.rtm_tos = route.tos;
  header.rtm_table = static_cast<std::uint8_t>(route.table < 256 ? route.table : RT_TABLE_UNSPEC);
  header.rtm_protocol = route.protocol;
  header.rtm_scope = route.scope;
  header.rtm_type = route.type;
  header.rtm_flags = route.flags | (route.hops.size() == 1 ? route.hops.front().flags : 0);
  Message message(type, flags, header);
  if (route.destination.length > 0) message.add(RTA_DST, route.destination.address.bytes());
  if (route.source.length > 0) message.add(RTA_SRC, route.source.address.bytes());
  if (route.preferred_source) message.add(RTA_PREFSRC, route.preferred_source.bytes());
  if (route.metric) message.add_u32(RTA_PRIORITY, *route.metric);
  if (route.table >= 256) message.add_u32(RTA_TABLE, route.table);
  if (route.preference) message.add_u8(RTA_PREF, *route.preference);
  if (route.next_hop_id) message.add_u32(RTA_NH_ID, *route.next_hop_id);
  if (route.expires_seconds) message.add_u32(RTA_EXPIRES, *route.expires_seconds);
  if (!route.metrics.empty()) {
    const std::size_t begun = message.begin(RTA_METRICS);
    if (route.locked_metrics != 0) message.add_u32(RTAX_LOCK, route.locked_metrics);
    for (const auto& [metric, value] : route.metrics) message.add_u32(metric, value);
    message.end(begun);
  }
  put_hops(message, route);
  return message;
}

}  // namespace

Route parse_route(Bytes body) {
  const auto header = leading<rtmsg>(body);
  const auto attributes = Attributes::after<rtmsg>(body);
  Route route;
  route.family = header.rtm_family;
  route.type = header.rtm_type;
  route.tos = header.rtm_tos;
  route.scope = header.rtm_scope;
  route.protocol = header.rtm_protocol;
  route.table = attributes.u32(RTA_TABLE).value_or(header.rtm_table);
  route.flags = header.rtm_flags;
  route.destination = {address_from(attributes.find(RTA_DST).value_or(Bytes())), header.rtm_dst_len};
  route.source = {address_from(attributes.find(RTA_SRC).value_or(Bytes())), header.rtm_src_len};
  route.preferred_source = address_from(attributes.find(RTA_PREFSRC).value_or(Bytes()));
  route.metric = attributes.u32(RTA_PRIORITY);
  route.input_link = static_cast<int>(attributes.u32(RTA_IIF).value_or(0));
  route.next_hop_id = attributes.u32(RTA_NH_ID);
  route.preference = attributes.u8(RTA_PREF);
  route.user = attributes.u32(RTA_UID);
  for (const auto& metric : attributes.nested(RTA_METRICS)) {
    if (metric.value.size() < sizeof(std::uint32_t)) continue;
    if (metric.type == RTAX_LOCK)
      route.locked_metrics = leading<std::uint32_t>(metric.value);
    else
      route.metrics[metric.type] = leading<std::uint32_t>(metric.value);
  }
  if (const auto several = attributes.find(RTA_MULTIPATH)) {
    route.hops = multipath_from(*several);
  } else if (const IpAddress gateway = gateway_from(attributes); gateway || attributes.has(RTA_OIF)) {
    const auto link = static_cast<int>(attributes.u32(RTA_OIF).value_or(0));
    route.hops.push_back({gateway, link, 1, route.flags & 0xff});
  }
  if (const auto cache = attributes.find(RTA_CACHEINFO)) {
    const auto info = leading<rta_cacheinfo>(*cache);
    // In clock ticks of 1/100 s (USER_HZ).
    if (info.rta_expires != 0) route.expires_seconds = static_cast<std::uint32_t>(info.rta_expires) / 100;
    route.error = static_cast<std::int32_t>(info.rta_error);
  }
  route.cached = (route.flags & RTM_F_CLONED) != 0;
  return route;
}

Task<Result<std::vector<Route>>> routes(Netlink& netlink, int family, std::uint32_t table) {
  rtmsg header{};
  header.rtm_family = static_cast<std::uint8_t>(family);
  Message question(RTM_GETROUTE, 0, header);
  if (table != 0) question.add_u32(RTA_TABLE, table);
  auto replies = co_await netlink.dump(std::move(question), "routes");
  // Strict kernels say ENOENT for a table that has no route yet.
  if (!replies && replies.error().code == ENOENT && table != 0) co_return std::vector<Route>();
  if (!replies) co_return tl::unexpected(replies.error());
  std::vector<Route> out;
  for (const Received& message : replies->messages) {
    if (message.type != RTM_NEWROUTE) continue;
    Route route = parse_route(message.body);
    const bool of_family = family == AF_UNSPEC ? route.family == AF_INET || route.family == AF_INET6 : route.family == family;
    // The cache is no part of a table; kernels before 4.2 list it for IPv6.
    if (of_family && (table == 0 || route.table == table) && !route.cached) out.push_back(std::move(route));
  }
  co_return out;
}

Task<Result<void>> put_route(Netlink& netlink, Route route, RouteOperation operation) {
  constexpr std::uint16_t flags[] = {NLM_F_CREATE | NLM_F_EXCL, NLM_F_CREATE | NLM_F_REPLACE, NLM_F_REPLACE, NLM_F_CREATE | NLM_F_APPEND,
                                     NLM_F_CREATE};
  constexpr const char* verbs[] = {"add route", "replace route", "change route", "append route", "prepend route"};
  const auto which = static_cast<std::size_t>(operation);
  Message request = route_message(RTM_NEWROUTE, flags[which], route);
  auto done = co_await netlink.change(std::move(request), verbs[which], route.is_default() ? "default" : route.destination.text());
  co_return done;
}

Task<Result<void>> delete_route(Netlink& netlink, Route route) {
  Message request = route_message(RTM_DELROUTE, 0, route);
  auto done = co_await netlink.change(std::move(request), "delete route", route.is_default() ? "default" : route.destination.text());
  co_return done;
}

Task<Result<Route>> find_route(Netlink& netlink, RouteQuestion question) {
  rtmsg header{};
  header.rtm_family = question.destination.family;
  header.rtm_dst_len = static_cast<std::uint8_t>(question.destination.bits());
  header.rtm_src_len = static_cast<std::uint8_t>(question.source.bits());
  header.rtm_tos = question.tos;
  // Strict kernels take RTM_F_LOOKUP_TABLE for IPv4 alone; IPv6 says the table anyway.
  header.rtm_flags = question.route_itself ? RTM_F_FIB_MATCH : header.rtm_family == AF_INET ? RTM_F_LOOKUP_TABLE : 0U;
  Message message(RTM_GETROUTE, 0, header);
  message.add(RTA_DST, question.destination.bytes());
  if (question.source) message.add(RTA_SRC, question.source.bytes());
  if (question.input_link != 0) message.add_u32(RTA_IIF, static_cast<std::uint32_t>(question.input_link));
  if (question.output_link != 0) message.add_u32(RTA_OIF, static_cast<std::uint32_t>(question.output_link));
  if (question.mark != 0) message.add_u32(RTA_MARK, question.mark);
  auto replies = co_await netlink.get(std::move(message), "route to", question.destination.text());
  if (!replies) co_return tl::unexpected(replies.error());
  co_return parse_route(replies->messages.front().body);
}

}  // namespace net
