// ip monitor: changes as the kernel makes them, until it is stopped.
#include <sys/socket.h>

#include "ip_print.h"

namespace cmds::ip {

namespace {


struct Subjects {
  bool link = false, address = false, route = false, neighbor = false, rule = false;
};

Result<Subjects> parse_subjects(Words words) {
  Subjects subjects;
  bool any = false;
  while (!words.done()) {
    any = true;
    if (words.is("all")) {
      subjects = {true, true, true, true, true};
    } else if (words.matches("link")) {
      subjects.link = true;
    } else if (words.matches("address")) {
      subjects.address = true;
    } else if (words.matches("route")) {
      subjects.route = true;
    } else if (words.matches("rule")) {
      subjects.rule = true;
    } else if (words.matches("neighbor") || words.matches("neighbour")) {
      subjects.neighbor = true;
    } else {
      return tl::unexpected(words.unknown("monitor"));
    }
  }
  if (!any) subjects = {true, true, true, true, true};
  return subjects;
}

Result<net::Events> subscribe(const Subjects& subjects, int family) {
  const bool v4 = family != AF_INET6, v6 = family != AF_INET;
  // Unused places hold a group that is wanted anyway: links, by which the names of interfaces stay right.
  const auto group = [](bool wanted, unsigned number) { return wanted ? number : static_cast<unsigned>(RTNLGRP_LINK); };
  return net::Events::open({RTNLGRP_LINK, group(subjects.address && v4, RTNLGRP_IPV4_IFADDR), group(subjects.address && v6, RTNLGRP_IPV6_IFADDR),
                            group(subjects.route && v4, RTNLGRP_IPV4_ROUTE), group(subjects.route && v6, RTNLGRP_IPV6_ROUTE),
                            group(subjects.neighbor, RTNLGRP_NEIGH), group(subjects.rule && v4, RTNLGRP_IPV4_RULE),
                            group(subjects.rule && v6, RTNLGRP_IPV6_RULE)});
}

void begin(Session& s, bool deleted) {
  s.out.begin_list();
  s.out.begin_record();
  if (deleted) s.out.flag("deleted", "Deleted ");
}

void end(Session& s) {
  s.out.end_record();
  s.out.end_list();
}

void print_event(Session& s, const net::Received& message, const Subjects& subjects) {
  switch (message.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const net::Link link = net::parse_link(message.body);
      s.links.set(link);
      if (!subjects.link) return;
      begin(s, message.type == RTM_DELLINK);
      print_link(s, link, LinkText::event);
      break;
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      const net::Address address = net::parse_interface_address(message.body);
      begin(s, message.type == RTM_DELADDR);
      s.out.number("index", "{}: ", static_cast<std::uint64_t>(address.link));
      s.out.string("dev", "{}", s.links.name(address.link));
      s.out.begin_array("addr_info");
      s.out.begin_object();
      print_address(s, address);
      s.out.end_object();
      s.out.end_array();
      break;
    }
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
      const net::Route route = net::parse_route(message.body);
      if (route.cached) return;
      begin(s, message.type == RTM_DELROUTE);
      print_route(s, route, {});
      break;
    }
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH: {
      const net::Neighbor neighbor = net::parse_neighbor(message.body);
      if (!neighbor.address || (s.options.family != AF_UNSPEC && neighbor.family != s.options.family)) return;
      begin(s, message.type == RTM_DELNEIGH);
      print_neighbor(s, neighbor, true);
      break;
    }
    case RTM_NEWRULE:
    case RTM_DELRULE:
      begin(s, message.type == RTM_DELRULE);
      print_rule(s, net::parse_rule(message.body));
      break;
    default: return;
  }
  end(s);
}

}  // namespace

Task<int> run_monitor(Session& s, Words words) {
  auto subjects = parse_subjects(words);
  if (!subjects) co_return s.wrong(subjects.error());
  auto events = subscribe(*subjects, s.options.family);
  if (!events) co_return s.cx.fail(events.error());
  for (;;) {
    auto replies = co_await events->next();
    if (!replies && replies.error().code == ENOBUFS) {
      s.cx.err.write("ip: monitor: some changes came too fast and were missed\n");
      continue;
    }
    if (!replies) co_return s.cx.fail(replies.error());
    for (const net::Received& message : replies->messages) print_event(s, message, *subjects);
    auto flushed = co_await s.cx.out.flush();
    if (!flushed) co_return s.cx.fail(flushed.error());
  }
}

}  // namespace cmds::ip
