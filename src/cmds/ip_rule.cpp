// ip rule: show, add, del, flush.
#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>

#include "ip_names.h"
#include "ip_print.h"

namespace cmds::ip {

namespace {

struct ProtocolName {
  std::uint8_t number;
  std::string_view name;
};
constexpr ProtocolName ip_protocols[] = {{IPPROTO_TCP, "tcp"},       {IPPROTO_UDP, "udp"},   {IPPROTO_ICMP, "icmp"},
                                         {IPPROTO_ICMPV6, "ipv6-icmp"}, {IPPROTO_SCTP, "sctp"}, {IPPROTO_GRE, "gre"}};

std::string ip_protocol_name(std::uint8_t number) {
  for (const ProtocolName& one : ip_protocols)
    if (one.number == number) return std::string(one.name);
  return fmt::format("ipproto-{}", number);
}

Result<std::uint8_t> parse_ip_protocol(Words& words) {
  TRY(text, words.value());
  for (const ProtocolName& one : ip_protocols)
    if (one.name == text) return one.number;
  TRY(number, shell::parse_number(text, "ipproto", 0, 255));
  return static_cast<std::uint8_t>(number);
}

Result<net::PortRange> parse_ports(Words& words) {
  TRY(text, words.value());
  const std::size_t dash = text.find('-');
  TRY(first, shell::parse_number(text.substr(0, dash), "port", 0, 65535));
  if (dash == std::string_view::npos) return net::PortRange{static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(first)};
  TRY(last, shell::parse_number(text.substr(dash + 1), "port", first, 65535));
  return net::PortRange{static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
}

Result<bool> parse_selector(Words& words, net::Rule& rule) {
  if (words.is("iif", "dev")) {
    TRY(name, words.value());
    TRY_VOID(net::check_link_name(name));
    rule.input_link = name;
  } else if (words.is("oif")) {
    TRY(name, words.value());
    TRY_VOID(net::check_link_name(name));
    rule.output_link = name;
  } else if (words.is("fwmark")) {
    TRY(text, words.value());
    const std::size_t slash = text.find('/');
    TRY(mark, shell::parse_number(text.substr(0, slash), "fwmark", 0, UINT32_MAX));
    rule.mark = static_cast<std::uint32_t>(mark);
    if (slash != std::string_view::npos) {
      TRY(mask, shell::parse_number(text.substr(slash + 1), "fwmark", 0, UINT32_MAX));
      rule.mark_mask = static_cast<std::uint32_t>(mask);
    }
  } else if (words.is("tos") || words.matches("dsfield")) {
    TRY(tos, words.tos());
    rule.tos = tos;
  } else if (words.is("ipproto")) {
    TRY(protocol, parse_ip_protocol(words));
    rule.ip_protocol = protocol;
  } else if (words.is("sport")) {
    TRY(ports, parse_ports(words));
    rule.source_ports = ports;
  } else if (words.is("dport")) {
    TRY(ports, parse_ports(words));
    rule.destination_ports = ports;
  } else if (words.is("uidrange")) {
    TRY(text, words.value());
    const std::size_t dash = text.find('-');
    TRY(first, shell::parse_number(text.substr(0, dash), "uidrange", 0, UINT32_MAX));
    rule.first_user = static_cast<std::uint32_t>(first);
    rule.last_user = rule.first_user;
    if (dash != std::string_view::npos) {
      TRY(last, shell::parse_number(text.substr(dash + 1), "uidrange", first, UINT32_MAX));
      rule.last_user = static_cast<std::uint32_t>(last);
    }
  } else if (words.is("not")) {
    rule.flags |= FIB_RULE_INVERT;
  } else if (words.is("l3mdev")) {
    rule.of_vrf = true;
  } else {
    return false;
  }
  return true;
}

Result<bool> parse_action(Words& words, net::Rule& rule) {
  // "t" is another word of iproute2's, tun_id.
  if ((words.peek() != "t" && words.matches("table")) || words.is("lookup")) {
    TRY(text, words.value());
    TRY(table, number_of(Names::table, text, UINT32_MAX));
    rule.table = table;
  } else if (words.is("goto")) {
    TRY(target, words.number());
    rule.go_to = target;
    rule.action = FR_ACT_GOTO;
  } else if (words.is("nop")) {
    rule.action = FR_ACT_NOP;
  } else if (words.is("blackhole")) {
    rule.action = FR_ACT_BLACKHOLE;
  } else if (words.is("unreachable")) {
    rule.action = FR_ACT_UNREACHABLE;
  } else if (words.is("prohibit")) {
    rule.action = FR_ACT_PROHIBIT;
  } else if (words.matches("suppress_prefixlength") || words.is("sup_pl")) {
    TRY(length, words.number(128));
    rule.suppress_prefix_length = static_cast<std::int32_t>(length);
  } else {
    return false;
  }
  return true;
}

Result<net::Rule> parse_rule(const Session& s, Words words, bool deleting) {
  net::Rule rule;
  rule.action = deleting ? FR_ACT_UNSPEC : FR_ACT_TO_TBL;
  int family = s.options.family;
  while (!words.done()) {
    // Before the rest: "pr" and "p" mean this one.
    if (words.matches("preference") || words.matches("order") || words.matches("priority")) {
      TRY(priority, words.number());
      rule.priority = priority;
      continue;
    }
    TRY(selector, parse_selector(words, rule));
    if (selector) continue;
    TRY(action, parse_action(words, rule));
    if (action) continue;
    if (words.is("from", "to")) {
      const bool source = words.last() == "from";
      TRY(text, words.value());
      TRY(prefix, parse_destination(text, family));
      (source ? rule.source : rule.destination) = prefix;
      if (family == AF_UNSPEC) family = prefix.address.family;
    } else if (words.matches("protocol")) {
      TRY(text, words.value());
      TRY(protocol, number_of(Names::protocol, text, 255));
      rule.protocol = static_cast<std::uint8_t>(protocol);
    } else {
      words.is("type");
      return tl::unexpected(words.unknown("rule"));
    }
  }
  rule.family = static_cast<std::uint8_t>(family == AF_UNSPEC ? AF_INET : family);
  if (rule.table == 0 && !deleting && rule.action == FR_ACT_TO_TBL && !rule.of_vrf) rule.table = RT_TABLE_MAIN;
  return rule;
}

template <bool deleting>
Task<int> change(Session& s, Words words) {
  if (words.done() && deleting) co_return s.wrong({{}, {}, EINVAL, "rule del: which? 'pref N' or a selector is needed"});
  auto rule = parse_rule(s, words, deleting);
  if (!rule) co_return s.wrong(rule.error());
  auto done = deleting ? net::delete_rule(s.netlink, std::move(*rule)) : net::add_rule(s.netlink, std::move(*rule));
  auto result = co_await std::move(done);
  if (!result) co_return s.refused(result.error());
  co_return s.changed(deleting ? "Rule deleted" : "Rule added");
}

Result<std::optional<std::uint32_t>> parse_table_filter(Words words) {
  std::optional<std::uint32_t> table;
  while (!words.done()) {
    if (!words.matches("table") && !words.is("lookup")) return tl::unexpected(words.unknown("rule show"));
    TRY(text, words.value());
    TRY(number, number_of(Names::table, text, UINT32_MAX));
    if (number != 0) table = number;
  }
  return table;
}

Task<int> show(Session& s, Words words) {
  auto table = parse_table_filter(words);
  if (!table) co_return s.wrong(table.error());
  auto all = co_await net::rules(s.netlink, s.options.family == AF_UNSPEC ? AF_INET : s.options.family);
  if (!all) co_return s.cx.fail(all.error());
  s.out.begin_list();
  for (const net::Rule& rule : *all) {
    if (*table && rule.table != **table) continue;
    s.out.begin_record();
    print_rule(s, rule);
    s.out.end_record();
  }
  s.out.end_list();
  co_return 0;
}

// All but the one for table local, as iproute2 does.
Task<int> flush(Session& s, Words words) {
  auto table = parse_table_filter(words);
  if (!table) co_return s.wrong(table.error());
  auto all = co_await net::rules(s.netlink, s.options.family == AF_UNSPEC ? AF_INET : s.options.family);
  if (!all) co_return s.cx.fail(all.error());
  for (const net::Rule& rule : *all) {
    if (rule.priority.value_or(0) == 0 || (*table && rule.table != **table)) continue;
    auto done = co_await net::delete_rule(s.netlink, rule);
    if (!done) co_return s.refused(done.error());
  }
  co_return s.changed("Rules flushed");
}

void print_side(Output& out, const char* key, const char* length_key, std::string_view word, const net::IpPrefix& prefix) {
  out.words(fmt::format("{} ", word));
  out.string(key, "{}", prefix.address ? prefix.address.text() : "all");
  if (prefix.address && prefix.length != prefix.address.bits()) out.number(length_key, "/{}", prefix.length);
}

void print_ports(Output& out, const char* key, std::string_view word, const std::optional<net::PortRange>& ports) {
  if (!ports) return;
  if (ports->first == ports->last) return out.number(key, fmt::format(" {} {{}}", word), ports->first);
  out.member(fmt::format("{}_start", key).c_str(), ports->first);
  out.member(fmt::format("{}_end", key).c_str(), ports->last);
  out.words(fmt::format(" {} {}-{}", word, ports->first, ports->last));
}

void print_action(Session& s, const net::Rule& rule) {
  Output& out = s.out;
  switch (rule.action) {
    case FR_ACT_GOTO: return out.number("goto", " goto {}", rule.go_to.value_or(0));
    case FR_ACT_NOP: return out.null("nop", " nop");
    case FR_ACT_TO_TBL: return;
    default: {
      constexpr std::string_view actions[] = {"none", "unicast", "goto", "nop", "res3", "res4", "blackhole", "unreachable", "prohibit"};
      out.string("action", " {}", rule.action < std::size(actions) ? actions[rule.action] : std::to_string(rule.action));
    }
  }
}

}  // namespace

void print_rule(Session& s, const net::Rule& rule) {
  Output& out = s.out;
  out.number("priority", "{}:\t", rule.priority.value_or(0));
  if ((rule.flags & FIB_RULE_INVERT) != 0) out.null("not", "not ");
  print_side(out, "src", "srclen", "from", rule.source);
  if (rule.destination.address) print_side(out, "dst", "dstlen", " to", rule.destination);
  if (rule.tos != 0) out.string("tos", " tos {}", fmt::format("0x{:02x}", rule.tos));
  if (rule.mark || rule.mark_mask) {
    const std::uint32_t mask = rule.mark_mask.value_or(UINT32_MAX);
    out.string("fwmark", " fwmark {}", fmt::format("{:#x}", rule.mark.value_or(0)));
    if (mask != UINT32_MAX) out.string("fwmask", "/{}", fmt::format("{:#x}", mask));
  }
  if (!rule.input_link.empty()) out.string("iif", " iif {}", rule.input_link);
  if ((rule.flags & FIB_RULE_IIF_DETACHED) != 0) out.null("iif_detached", " [detached]");
  if (!rule.output_link.empty()) out.string("oif", " oif {}", rule.output_link);
  if ((rule.flags & FIB_RULE_OIF_DETACHED) != 0) out.null("oif_detached", " [detached]");
  if (rule.of_vrf) out.null("l3mdev", " lookup [l3mdev-table]");
  if (rule.first_user) {
    out.member("uid_start", *rule.first_user);
    out.member("uid_end", rule.last_user.value_or(*rule.first_user));
    out.words(fmt::format(" uidrange {}-{}", *rule.first_user, rule.last_user.value_or(*rule.first_user)));
  }
  if (rule.ip_protocol) out.string("ipproto", " ipproto {}", ip_protocol_name(*rule.ip_protocol));
  print_ports(out, "sport", "sport", rule.source_ports);
  print_ports(out, "dport", "dport", rule.destination_ports);
  if (rule.table != 0 && !rule.of_vrf) {
    out.string("table", " lookup {}", name_of(Names::table, rule.table));
    if (rule.suppress_prefix_length) out.number("suppress_prefixlen", " suppress_prefixlength {}", static_cast<std::uint64_t>(*rule.suppress_prefix_length));
  }
  print_action(s, rule);
  const std::uint8_t protocol = rule.protocol.value_or(RTPROT_UNSPEC);
  if (protocol != RTPROT_UNSPEC && protocol != RTPROT_KERNEL && protocol != RTPROT_BOOT)
    out.string("protocol", " proto {}", name_of(Names::protocol, protocol));
}

Task<int> run_rule(Session& s, Words words) {
  static constexpr Verb verbs[] = {{"show", show}, {"list", show}, {"lst", show}, {"add", change<false>}, {"delete", change<true>}, {"flush", flush}};
  co_return co_await run_verb(s, words, verbs, "rule");
}

}  // namespace cmds::ip
