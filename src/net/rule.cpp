#include "net/rule.h"

#include <fmt/format.h>
#include <sys/socket.h>

namespace net {

namespace {

Message rule_message(std::uint16_t type, std::uint16_t flags, const Rule& rule) {
  fib_rule_hdr header{};
  header.family = rule.family;
  header.dst_len = rule.destination.length;
  header.src_len = rule.source.length;
  header.tos = rule.tos;
  header.table = static_cast<std::uint8_t>(rule.table < 256 ? rule.table : 0);
  header.action = rule.action;
  header.flags = rule.flags;
  Message message(type, flags, header);
  if (rule.destination.address) message.add(FRA_DST, rule.destination.address.bytes());
  if (rule.source.address) message.add(FRA_SRC, rule.source.address.bytes());
  if (rule.priority) message.add_u32(FRA_PRIORITY, *rule.priority);
  if (rule.mark) message.add_u32(FRA_FWMARK, *rule.mark);
  if (rule.mark_mask) message.add_u32(FRA_FWMASK, *rule.mark_mask);
  if (rule.table >= 256) message.add_u32(FRA_TABLE, rule.table);
  if (rule.go_to) message.add_u32(FRA_GOTO, *rule.go_to);
  if (!rule.input_link.empty()) message.add_text(FRA_IIFNAME, rule.input_link);
  if (!rule.output_link.empty()) message.add_text(FRA_OIFNAME, rule.output_link);
  if (rule.suppress_prefix_length) message.add_value(FRA_SUPPRESS_PREFIXLEN, *rule.suppress_prefix_length);
  if (rule.ip_protocol) message.add_u8(FRA_IP_PROTO, *rule.ip_protocol);
  if (rule.protocol) message.add_u8(FRA_PROTOCOL, *rule.protocol);
  if (rule.source_ports) message.add_value(FRA_SPORT_RANGE, fib_rule_port_range{rule.source_ports->first, rule.source_ports->last});
  if (rule.destination_ports)
    message.add_value(FRA_DPORT_RANGE, fib_rule_port_range{rule.destination_ports->first, rule.destination_ports->last});
  if (rule.first_user) message.add_value(FRA_UID_RANGE, fib_rule_uid_range{*rule.first_user, rule.last_user.value_or(*rule.first_user)});
  if (rule.of_vrf) message.add_u8(FRA_L3MDEV, 1);
  return message;
}

std::optional<PortRange> ports_from(std::optional<Bytes> bytes) {
  if (!bytes || bytes->size() < sizeof(fib_rule_port_range)) return std::nullopt;
  const auto range = leading<fib_rule_port_range>(*bytes);
  return PortRange{range.start, range.end};
}

std::string name_of(const Rule& rule) { return rule.priority ? fmt::format("rule {}", *rule.priority) : "rule"; }

}  // namespace

Rule parse_rule(Bytes body) {
  const auto header = leading<fib_rule_hdr>(body);
  const auto attributes = Attributes::after<fib_rule_hdr>(body);
  Rule rule;
  rule.family = header.family;
  rule.action = header.action;
  rule.tos = header.tos;
  rule.flags = header.flags;
  rule.table = attributes.u32(FRA_TABLE).value_or(header.table);
  rule.source = {address_from(attributes.find(FRA_SRC).value_or(Bytes())), header.src_len};
  rule.destination = {address_from(attributes.find(FRA_DST).value_or(Bytes())), header.dst_len};
  rule.priority = attributes.u32(FRA_PRIORITY);
  rule.mark = attributes.u32(FRA_FWMARK);
  rule.mark_mask = attributes.u32(FRA_FWMASK);
  rule.go_to = attributes.u32(FRA_GOTO);
  rule.input_link = attributes.text(FRA_IIFNAME);
  rule.output_link = attributes.text(FRA_OIFNAME);
  if (const auto length = attributes.u32(FRA_SUPPRESS_PREFIXLEN); length && *length != 0xffffffff)
    rule.suppress_prefix_length = static_cast<std::int32_t>(*length);
  rule.ip_protocol = attributes.u8(FRA_IP_PROTO);
  rule.protocol = attributes.u8(FRA_PROTOCOL);
  rule.source_ports = ports_from(attributes.find(FRA_SPORT_RANGE));
  rule.destination_ports = ports_from(attributes.find(FRA_DPORT_RANGE));
  if (const auto users = attributes.find(FRA_UID_RANGE)) {
    const auto range = leading<fib_rule_uid_range>(*users);
    rule.first_user = range.start;
    rule.last_user = range.end;
  }
  rule.of_vrf = attributes.u8(FRA_L3MDEV).value_or(0) != 0;
  return rule;
}

Task<Result<std::vector<Rule>>> rules(Netlink& netlink, int family) {
  fib_rule_hdr header{};
  header.family = static_cast<std::uint8_t>(family);
  Message question(RTM_GETRULE, 0, header);
  auto replies = co_await netlink.dump(std::move(question), "rules");
  if (!replies) co_return tl::unexpected(replies.error());
  std::vector<Rule> out;
  for (const Received& message : replies->messages)
    if (message.type == RTM_NEWRULE) out.push_back(parse_rule(message.body));
  co_return out;
}

Task<Result<void>> add_rule(Netlink& netlink, Rule rule) {
  Message request = rule_message(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule);
  auto done = co_await netlink.change(std::move(request), "add", name_of(rule));
  co_return done;
}

Task<Result<void>> delete_rule(Netlink& netlink, Rule rule) {
  Message request = rule_message(RTM_DELRULE, 0, rule);
  auto done = co_await netlink.change(std::move(request), "delete", name_of(rule));
  co_return done;
}

}  // namespace net
