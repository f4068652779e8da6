#include "net/neighbor.h"

#include <sys/socket.h>

namespace net {

namespace {

Message neighbor_message(std::uint16_t type, std::uint16_t flags, const Neighbor& neighbor) {
  ndmsg header{};
  header.ndm_family = neighbor.address.family;
  header.ndm_ifindex = neighbor.link;
  header.ndm_state = neighbor.state;
  header.ndm_flags = neighbor.flags;
  Message message(type, flags, header);
  message.add(NDA_DST, neighbor.address.bytes());
  if (!neighbor.hardware.empty()) message.add(NDA_LLADDR, neighbor.hardware);
  if (neighbor.protocol != 0) message.add_u8(NDA_PROTOCOL, neighbor.protocol);
  return message;
}

}  // namespace

Neighbor parse_neighbor(Bytes body) {
  const auto header = leading<ndmsg>(body);
  const auto attributes = Attributes::after<ndmsg>(body);
  Neighbor neighbor;
  neighbor.family = header.ndm_family;
  neighbor.link = header.ndm_ifindex;
  neighbor.state = header.ndm_state;
  neighbor.flags = header.ndm_flags;
  neighbor.address = address_from(attributes.find(NDA_DST).value_or(Bytes()));
  if (const auto hardware = attributes.find(NDA_LLADDR)) neighbor.hardware.assign(hardware->begin(), hardware->end());
  neighbor.protocol = attributes.u8(NDA_PROTOCOL).value_or(0);
  neighbor.probes = attributes.u32(NDA_PROBES).value_or(0);
  if (const auto cache = attributes.find(NDA_CACHEINFO)) {
    const auto info = leading<nda_cacheinfo>(*cache);
    // In clock ticks of 1/100 s (USER_HZ).
    neighbor.used_seconds = info.ndm_used / 100;
    neighbor.confirmed_seconds = info.ndm_confirmed / 100;
    neighbor.updated_seconds = info.ndm_updated / 100;
    neighbor.references = info.ndm_refcnt;
  }
  return neighbor;
}

Task<Result<std::vector<Neighbor>>> neighbors(Netlink& netlink, int family, int link, bool proxies) {
  ndmsg header{};
  header.ndm_family = static_cast<std::uint8_t>(family);
  if (proxies) header.ndm_flags = NTF_PROXY;
  Message question(RTM_GETNEIGH, 0, header);
  if (link != 0) question.add_u32(NDA_IFINDEX, static_cast<std::uint32_t>(link));
  auto replies = co_await netlink.dump(std::move(question), "neighbours");
  if (!replies) co_return tl::unexpected(replies.error());
  std::vector<Neighbor> out;
  for (const Received& message : replies->messages) {
    if (message.type != RTM_NEWNEIGH) continue;
    Neighbor neighbor = parse_neighbor(message.body);
    const bool of_family = family == AF_UNSPEC ? neighbor.family == AF_INET || neighbor.family == AF_INET6 : neighbor.family == family;
    if (of_family && (link == 0 || neighbor.link == link)) out.push_back(std::move(neighbor));
  }
  co_return out;
}

Task<Result<void>> put_neighbor(Netlink& netlink, Neighbor neighbor, NeighborOperation operation) {
  constexpr std::uint16_t flags[] = {NLM_F_CREATE | NLM_F_EXCL, NLM_F_CREATE | NLM_F_REPLACE, NLM_F_REPLACE};
  constexpr const char* verbs[] = {"add neighbour", "replace neighbour", "change neighbour"};
  const auto which = static_cast<std::size_t>(operation);
  Message request = neighbor_message(RTM_NEWNEIGH, flags[which], neighbor);
  auto done = co_await netlink.change(std::move(request), verbs[which], neighbor.address.text());
  co_return done;
}

Task<Result<void>> delete_neighbor(Netlink& netlink, Neighbor neighbor) {
  Message request = neighbor_message(RTM_DELNEIGH, 0, neighbor);
  auto done = co_await netlink.change(std::move(request), "delete neighbour", neighbor.address.text());
  co_return done;
}

}  // namespace net
