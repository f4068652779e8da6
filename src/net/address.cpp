#include "net/address.h"

#include <sys/socket.h>

namespace net {

namespace {

Message address_message(std::uint16_t type, std::uint16_t flags, const Address& address, bool any_length = false) {
  ifaddrmsg header{};
  header.ifa_family = address.local.address.family;
  header.ifa_prefixlen = address.local.length;
  header.ifa_flags = static_cast<std::uint8_t>(address.flags);
  header.ifa_scope = address.scope;
  header.ifa_index = static_cast<std::uint32_t>(address.link);
  Message message(type, flags, header);
  const IpAddress& peer = address.peer ? address.peer : address.local.address;
  message.add(IFA_LOCAL, address.local.address.bytes());
  // Without it the kernel looks at neither length nor peer of an IPv4 address that is to be deleted.
  if (!any_length) message.add(IFA_ADDRESS, peer.bytes());
  if (address.broadcast) message.add(IFA_BROADCAST, address.broadcast.bytes());
  if (!address.label.empty()) message.add_text(IFA_LABEL, address.label);
  if (address.flags > 0xff) message.add_u32(IFA_FLAGS, address.flags);
  if (address.metric != 0) message.add_u32(IFA_RT_PRIORITY, address.metric);
  return message;
}

}  // namespace

Address parse_interface_address(Bytes body) {
  const auto header = leading<ifaddrmsg>(body);
  const auto attributes = Attributes::after<ifaddrmsg>(body);
  Address address;
  address.link = static_cast<int>(header.ifa_index);
  address.scope = header.ifa_scope;
  address.flags = attributes.u32(IFA_FLAGS).value_or(header.ifa_flags);
  const IpAddress far = address_from(attributes.find(IFA_ADDRESS).value_or(Bytes()));
  const IpAddress near = address_from(attributes.find(IFA_LOCAL).value_or(Bytes()));
  address.local = {near ? near : far, header.ifa_prefixlen};
  if (near && far && near != far) address.peer = far;
  address.broadcast = address_from(attributes.find(IFA_BROADCAST).value_or(Bytes()));
  address.label = attributes.text(IFA_LABEL);
  address.metric = attributes.u32(IFA_RT_PRIORITY).value_or(0);
  if (const auto times = attributes.find(IFA_CACHEINFO)) {
    const auto cache = leading<ifa_cacheinfo>(*times);
    address.valid_seconds = cache.ifa_valid;
    address.preferred_seconds = cache.ifa_prefered;
  }
  return address;
}

Task<Result<std::vector<Address>>> addresses(Netlink& netlink, int family, int link) {
  ifaddrmsg header{};
  header.ifa_family = static_cast<std::uint8_t>(family);
  header.ifa_index = static_cast<std::uint32_t>(link);
  Message question(RTM_GETADDR, 0, header);
  auto replies = co_await netlink.dump(std::move(question), "addresses");
  if (!replies) co_return tl::unexpected(replies.error());
  std::vector<Address> out;
  for (const Received& message : replies->messages) {
    if (message.type != RTM_NEWADDR) continue;
    Address address = parse_interface_address(message.body);
    const bool of_link = link == 0 || address.link == link;
    const bool of_family = address.local.address && (family == AF_UNSPEC || address.local.address.family == family);
    if (of_link && of_family) out.push_back(std::move(address));
  }
  co_return out;
}

Task<Result<void>> put_address(Netlink& netlink, Address address, AddressOperation operation) {
  constexpr std::uint16_t flags[] = {NLM_F_CREATE | NLM_F_EXCL, NLM_F_CREATE | NLM_F_REPLACE, NLM_F_REPLACE};
  Message request = address_message(RTM_NEWADDR, flags[static_cast<int>(operation)], address);
  if (address.valid_seconds != kForever || address.preferred_seconds != kForever) {
    ifa_cacheinfo cache{};
    cache.ifa_valid = address.valid_seconds;
    cache.ifa_prefered = address.preferred_seconds;
    request.add_value(IFA_CACHEINFO, cache);
  }
  auto done = co_await netlink.change(std::move(request), operation == AddressOperation::add ? "add" : "change", address.local.text());
  co_return done;
}

Task<Result<void>> delete_address(Netlink& netlink, Address address, bool any_length) {
  Message request = address_message(RTM_DELADDR, 0, address, any_length);
  auto done = co_await netlink.change(std::move(request), "delete", address.local.text());
  co_return done;
}

}  // namespace net
