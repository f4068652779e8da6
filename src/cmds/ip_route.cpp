// ip route: show, get, add, replace, change, append, prepend, del, flush.
#include <fmt/format.h>
#include <sys/socket.h>

#include "ip_names.h"
#include "ip_print.h"
#include "reactor/io.h"

namespace cmds::ip {

namespace {

// ---- changes ----

struct MetricWord {
  std::string_view word;
  std::uint16_t number;
};
constexpr MetricWord metric_words[] = {{"mtu", RTAX_MTU},           {"advmss", RTAX_ADVMSS},         {"hoplimit", RTAX_HOPLIMIT},
                                       {"window", RTAX_WINDOW},     {"initcwnd", RTAX_INITCWND},     {"initrwnd", RTAX_INITRWND},
                                       {"cwnd", RTAX_CWND},         {"ssthresh", RTAX_SSTHRESH},     {"reordering", RTAX_REORDERING},
                                       {"quickack", RTAX_QUICKACK}};

// `via [inet|inet6] ADDRESS`
Result<net::IpAddress> parse_gateway(Words& words, int family) {
  if (words.is("inet")) return words.address(AF_INET);
  if (words.is("inet6")) return words.address(AF_INET6);
  return words.address(family == AF_INET6 ? AF_INET6 : AF_UNSPEC);
}

// `nexthop [via A] [dev IF] [weight N] [onlink] …`, up to the next "nexthop".
Result<net::NextHop> parse_hop(const Session& s, Words& words, int family) {
  net::NextHop hop;
  while (!words.done() && words.peek() != "nexthop") {
    if (words.is("via")) {
      TRY(gateway, parse_gateway(words, family));
      hop.gateway = gateway;
    } else if (words.is("dev")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      hop.link = index;
    } else if (words.is("weight")) {
      TRY(weight, words.number(256));
      if (weight == 0) return wrong_word("weight: 1 to 256");
      hop.weight = weight;
    } else if (words.is("onlink")) {
      hop.flags |= RTNH_F_ONLINK;
    } else if (words.is("pervasive")) {
      hop.flags |= RTNH_F_PERVASIVE;
    } else {
      return tl::unexpected(words.unknown("nexthop"));
    }
  }
  return hop;
}

struct Parsed {
  net::Route route;
  bool has_type = false, has_table = false, has_scope = false;
  net::NextHop own;        // of the words via, dev, onlink
  bool several = false;
};

Result<bool> parse_metric(Words& words, net::Route& route) {
  for (const MetricWord& metric : metric_words) {
    if (!words.is(metric.word)) continue;
    if (words.is("lock")) route.locked_metrics |= 1U << metric.number;
    TRY(value, words.number());
    route.metrics[metric.number] = value;
    return true;
  }
  return false;
}

Result<bool> parse_number_word(Words& words, Parsed& parsed) {
  net::Route& route = parsed.route;
  if (words.matches("metric") || words.matches("priority") || words.is("preference")) {
    TRY(metric, words.number());
    route.metric = metric;
  } else if (words.matches("table")) {
    TRY(text, words.value());
    TRY(table, number_of(Names::table, text, UINT32_MAX));
    route.table = table;
    parsed.has_table = true;
  } else if (words.matches("protocol")) {
    TRY(text, words.value());
    TRY(protocol, number_of(Names::protocol, text, 255));
    route.protocol = static_cast<std::uint8_t>(protocol);
  } else if (words.is("scope")) {
    TRY(text, words.value());
    TRY(scope, number_of(Names::scope, text, 255));
    route.scope = static_cast<std::uint8_t>(scope);
    parsed.has_scope = true;
  } else if (words.is("tos") || words.matches("dsfield")) {
    TRY(tos, words.tos());
    route.tos = tos;
  } else if (words.is("expires")) {
    TRY(seconds, words.number());
    route.expires_seconds = seconds;
  } else if (words.is("nhid")) {
    TRY(id, words.number());
    route.next_hop_id = id;
  } else if (words.is("pref")) {
    TRY(text, words.value());
    const auto preference = text == "low" ? 3 : text == "medium" ? 0 : text == "high" ? 1 : -1;
    if (preference < 0) return wrong_word(fmt::format("pref: 'low', 'medium' or 'high', not '{}'", text));
    route.preference = static_cast<std::uint8_t>(preference);
  } else {
    return parse_metric(words, route);
  }
  return true;
}

// The types of RTN_…; "default" and the like are destinations.
std::optional<std::uint8_t> type_word(std::string_view word) {
  if (word.empty() || word.front() < 'a' || word.find_first_of(".:/") != std::string_view::npos || word == "none") return std::nullopt;
  const auto type = number_of(Names::route_type, word, 0);
  if (!type || *type == RTN_UNSPEC) return std::nullopt;
  return static_cast<std::uint8_t>(*type);
}

// What is left out depends on the rest (ip-route(8), "scope", "table", "type").
void fill_in(Parsed& parsed, bool deleting) {
  net::Route& route = parsed.route;
  const std::uint8_t type = route.type;
  const bool of_host = type == RTN_LOCAL || type == RTN_NAT;
  const bool of_link = type == RTN_BROADCAST || type == RTN_MULTICAST || type == RTN_ANYCAST;
  if (!parsed.has_table) route.table = type == RTN_LOCAL || type == RTN_BROADCAST || type == RTN_NAT || type == RTN_ANYCAST ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
  if (parsed.has_scope) return;
  const bool direct = !parsed.own.gateway && !parsed.several && !route.next_hop_id;
  if (route.family == AF_INET6) {
    route.scope = RT_SCOPE_UNIVERSE;
  } else if (of_host) {
    route.scope = RT_SCOPE_HOST;
  } else if (of_link) {
    route.scope = RT_SCOPE_LINK;
  } else if (type == RTN_UNICAST || type == RTN_UNSPEC) {
    if (deleting)
      route.scope = RT_SCOPE_NOWHERE;
    else if (direct)
      route.scope = RT_SCOPE_LINK;
  }
}

Result<net::Route> parse_route(const Session& s, Words words, bool deleting) {
  Parsed parsed;
  net::Route& route = parsed.route;
  route.type = deleting ? RTN_UNSPEC : RTN_UNICAST;
  route.protocol = deleting ? RTPROT_UNSPEC : RTPROT_BOOT;
  route.scope = deleting ? RT_SCOPE_NOWHERE : RT_SCOPE_UNIVERSE;
  int family = s.options.family;
  bool has_destination = false, own_hop = false;
  while (!words.done()) {
    TRY(number_taken, parse_number_word(words, parsed));
    if (number_taken) continue;
    if (words.is("via")) {
      TRY(gateway, parse_gateway(words, family));
      parsed.own.gateway = gateway;
      if (family == AF_UNSPEC) family = gateway.family;
      own_hop = true;
    } else if (words.is("dev", "oif")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      parsed.own.link = index;
      own_hop = true;
    } else if (words.is("src")) {
      TRY(source, words.address(family));
      route.preferred_source = source;
      if (family == AF_UNSPEC) family = source.family;
    } else if (words.is("from")) {
      TRY(text, words.value());
      TRY(source, parse_destination(text, family));
      route.source = source;
    } else if (words.is("onlink")) {
      parsed.own.flags |= RTNH_F_ONLINK;
      own_hop = true;
    } else if (words.is("vrf")) {
      return wrong_word("vrf: name the table of the VRF instead");
    } else if (words.is("nexthop")) {
      parsed.several = true;
      TRY(hop, parse_hop(s, words, family));
      route.hops.push_back(hop);
    } else {
      words.is("to");
      TRY(text, words.value());
      if (const auto type = type_word(text); type && !has_destination && !parsed.has_type) {
        route.type = *type;
        parsed.has_type = true;
        continue;
      }
      if (has_destination) return wrong_word(fmt::format("route: unknown word '{}'", text));
      TRY(destination, parse_destination(text, family));
      route.destination = destination;
      if (family == AF_UNSPEC) family = destination.address.family;
      has_destination = true;
    }
  }
  if (!has_destination) return wrong_word("route: the destination is missing");
  route.family = static_cast<std::uint8_t>(family == AF_UNSPEC ? AF_INET : family);
  if (own_hop && parsed.several) return wrong_word("route: either via and dev or nexthop");
  if (own_hop) route.hops.push_back(parsed.own);
  for (const net::IpAddress& address : {route.destination.address, route.source.address, route.preferred_source})
    if (address && address.family != route.family) return wrong_word(fmt::format("{} is of another family than the route", address.text()));
  for (const net::NextHop& hop : route.hops)
    if (hop.gateway && hop.gateway.family != route.family && route.family == AF_INET6) return wrong_word("an IPv6 route needs an IPv6 gateway");
  fill_in(parsed, deleting);
  return std::move(parsed.route);
}

template <net::RouteOperation operation>
Task<int> put(Session& s, Words words) {
  auto route = parse_route(s, words, false);
  if (!route) co_return s.wrong(route.error());
  const bool nowhere = route->hops.empty() && !route->next_hop_id && route->type == RTN_UNICAST;
  if (nowhere) co_return s.wrong({{}, {}, 0, "route: 'via ADDRESS' or 'dev IF' is missing"});
  auto done = co_await net::put_route(s.netlink, std::move(*route), operation);
  if (!done) co_return s.refused(done.error());
  constexpr const char* what[] = {"Route added", "Route replaced", "Route changed", "Route appended", "Route prepended"};
  co_return s.changed(what[static_cast<int>(operation)]);
}

Task<int> remove(Session& s, Words words) {
  auto route = parse_route(s, words, true);
  if (!route) co_return s.wrong(route.error());
  auto done = co_await net::delete_route(s.netlink, std::move(*route));
  if (!done) co_return s.refused(done.error());
  co_return s.changed("Route deleted");
}

// ---- listings ----

struct Filter {
  int family = AF_INET;
  std::uint32_t table = RT_TABLE_MAIN;  // 0: all
  enum class Match { exact, root, covering } match = Match::exact;
  std::optional<net::IpPrefix> destination;
  std::optional<int> link;
  std::optional<net::IpPrefix> via;
  std::optional<std::uint8_t> protocol, scope, type;
  std::optional<net::IpPrefix> source;
  std::optional<std::uint32_t> metric;

  [[nodiscard]] bool takes(const net::Route& route) const {
    // As in iproute2, a multipath route is of no one interface or gateway.
    const net::NextHop hop = route.hops.size() == 1 ? route.hops.front() : net::NextHop();
    if ((link && hop.link != *link) || (via && !via->contains(hop.gateway))) return false;
    return (!protocol || route.protocol == *protocol) && (!scope || route.scope == *scope) && (!type || route.type == *type) &&
           (!source || source->contains(route.preferred_source)) && (!metric || route.metric.value_or(0) == *metric) && matches(route.destination);
  }

  // iproute2 leaves out of each line what all of them have in common; of an address only when it is a whole one.
  [[nodiscard]] Asked asked() const {
    const auto whole = [](const std::optional<net::IpPrefix>& prefix) { return prefix && prefix->length == prefix->address.bits(); };
    return {.table = table,
            .link = link.has_value(),
            .gateway = whole(via),
            .protocol = protocol.has_value(),
            .scope = scope.has_value(),
            .type = type.has_value(),
            .source = whole(source),
            .metric = metric.has_value()};
  }

 private:
  [[nodiscard]] bool matches(const net::IpPrefix& other) const {
    if (!destination) return true;
    if (!destination->address) return match == Match::root || other.length == 0;  // "default"
    if (match == Match::exact) return other == *destination;
    if (match == Match::root) return other.length >= destination->length && destination->contains(other.address);
    return other.length <= destination->length && (other.length == 0 || other.contains(destination->address));
  }
};

Result<Filter> parse_filter(const Session& s, Words words) {
  Filter filter;
  int family = s.options.family;
  while (!words.done()) {
    if (words.matches("table")) {
      TRY(text, words.value());
      if (text == "cache") return wrong_word("kernels from 3.6 on have no route cache");
      TRY(table, number_of(Names::table, text, UINT32_MAX));
      filter.table = table;
    } else if (words.is("dev", "oif")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      filter.link = index;
    } else if (words.is("via")) {
      TRY(text, words.value());
      TRY(prefix, parse_prefix(text, family));
      filter.via = prefix;
      if (family == AF_UNSPEC) family = prefix.address.family;
    } else if (words.is("src")) {
      TRY(text, words.value());
      TRY(source, parse_prefix(text, family));
      filter.source = source;
      if (family == AF_UNSPEC) family = source.address.family;
    } else if (words.matches("protocol")) {
      TRY(text, words.value());
      if (text == "all") continue;
      TRY(protocol, number_of(Names::protocol, text, 255));
      filter.protocol = static_cast<std::uint8_t>(protocol);
    } else if (words.is("scope")) {
      TRY(text, words.value());
      if (text == "all") continue;
      TRY(scope, number_of(Names::scope, text, 255));
      filter.scope = static_cast<std::uint8_t>(scope);
    } else if (words.is("type")) {
      TRY(text, words.value());
      TRY(type, number_of(Names::route_type, text, 255));
      filter.type = static_cast<std::uint8_t>(type);
    } else if (words.matches("metric") || words.matches("priority") || words.is("preference")) {
      TRY(metric, words.number());
      filter.metric = metric;
    } else {
      words.is("to");
      if (words.is("root")) {
        filter.match = Filter::Match::root;
      } else if (words.is("match")) {
        filter.match = Filter::Match::covering;
      } else {
        words.is("exact");
      }
      TRY(text, words.value());
      if (const auto type = type_word(text)) {
        filter.type = *type;
        continue;
      }
      // With -4 or -6 iproute2 takes it for the default route alone.
      if (s.options.family == AF_UNSPEC && (text == "all" || text == "any")) continue;
      TRY(destination, parse_destination(text, family));
      filter.destination = destination;
      if (family == AF_UNSPEC) family = destination.address.family;
    }
  }
  // Without a family: IPv4, but both when all tables are asked for, as in iproute2.
  filter.family = family == AF_UNSPEC && filter.table != 0 ? AF_INET : family;
  return filter;
}

Task<int> show(Session& s, Words words) {
  auto filter = parse_filter(s, words);
  if (!filter) co_return s.wrong(filter.error());
  auto all = co_await net::routes(s.netlink, filter->family, filter->table);
  if (!all) co_return s.cx.fail(all.error());
  const Asked asked = filter->asked();
  s.out.begin_list();
  for (const net::Route& route : *all) {
    if (!filter->takes(route)) continue;
    s.out.begin_record();
    print_route(s, route, asked);
    s.out.end_record();
  }
  s.out.end_list();
  co_return 0;
}

// What the kernel learnt about single destinations (redirects, path MTUs); the routes stay.
Task<int> flush_cache(Session& s) {
  struct Cache {
    int family;
    const char* flush;
  };
  static constexpr Cache caches[] = {{AF_INET, "/proc/sys/net/ipv4/route/flush"}, {AF_INET6, "/proc/sys/net/ipv6/route/flush"}};
  const int family = s.options.family;
  for (const Cache& cache : caches) {
    if (family != AF_UNSPEC && family != cache.family) continue;
    auto done = co_await reactor::write_file(cache.flush, "-1");
    const bool lacks_family = family == AF_UNSPEC && !done && done.error().code == ENOENT;
    if (!done && !lacks_family) co_return s.refused(done.error());
  }
  co_return s.changed("Route cache flushed");
}

Task<int> flush(Session& s, Words words) {
  if (words.done()) co_return s.wrong({{}, {}, EINVAL, "route flush: what? 'dev IF', 'table T' or another filter is needed"});
  Words cache = words;
  cache.matches("table");
  if (cache.is("cache") && cache.done()) co_return co_await flush_cache(s);
  auto filter = parse_filter(s, words);
  if (!filter) co_return s.wrong(filter.error());
  auto all = co_await net::routes(s.netlink, filter->family, filter->table);
  if (!all) co_return s.cx.fail(all.error());
  unsigned count = 0;
  for (const net::Route& route : *all) {
    if (!filter->takes(route)) continue;
    auto done = co_await net::delete_route(s.netlink, route);
    // ESRCH: it went with another one, as routes do whose gateway is no longer reachable.
    if (!done && done.error().code != ESRCH) co_return s.refused(done.error());
    ++count;
  }
  if (!s.out.json()) s.cx.out.print("Flushed {} routes\n", count);
  co_return 0;
}

Result<net::RouteQuestion> parse_question(const Session& s, Words words) {
  net::RouteQuestion question;
  while (!words.done()) {
    if (words.is("from")) {
      TRY(source, words.address(s.options.family));
      question.source = source;
    } else if (words.matches("iif")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      question.input_link = index;
    } else if (words.matches("oif") || words.is("dev")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      question.output_link = index;
    } else if (words.matches("mark")) {
      TRY(mark, words.number());
      question.mark = mark;
    } else if (words.is("tos") || words.matches("dsfield")) {
      TRY(tos, words.tos());
      question.tos = tos;
    } else if (words.is("fibmatch")) {
      question.route_itself = true;
    } else {
      words.is("to");
      if (question.destination) return tl::unexpected(words.unknown("route get"));
      TRY(destination, words.address(s.options.family));
      question.destination = destination;
    }
  }
  if (!question.destination) return wrong_value("route get: the address is missing");
  if (question.source && question.source.family != question.destination.family) return wrong_word("from: another family than the destination");
  return question;
}

Task<int> get(Session& s, Words words) {
  auto question = parse_question(s, words);
  if (!question) co_return s.wrong(question.error());
  auto route = co_await net::find_route(s.netlink, *question);
  if (!route) co_return s.refused(route.error());
  s.out.begin_list();
  s.out.begin_record();
  print_route(s, *route, {});
  s.out.end_record();
  s.out.end_list();
  co_return 0;
}

}  // namespace

Task<int> run_route(Session& s, Words words) {
  static constexpr Verb verbs[] = {
      {"show", show},
      {"list", show},
      {"lst", show},
      {"add", put<net::RouteOperation::add>},
      {"change", put<net::RouteOperation::change>},
      {"replace", put<net::RouteOperation::replace>},
      {"prepend", put<net::RouteOperation::prepend>},
      {"append", put<net::RouteOperation::append>},
      {"chg", put<net::RouteOperation::change>},
      {"delete", remove},
      {"get", get},
      {"flush", flush}};
  co_return co_await run_verb(s, words, verbs, "route");
}

}  // namespace cmds::ip
