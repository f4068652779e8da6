// ip neigh: show, add, replace, change, del, flush.
#include <fmt/format.h>
#include <sys/socket.h>

#include "ip_names.h"
#include "ip_print.h"

namespace cmds::ip {

namespace {

struct Filter {
  int family = 0;
  int link = 0;
  std::optional<net::IpPrefix> within;
  std::optional<std::uint16_t> states;
  bool proxies = false;
  // NOARP entries are of no interest unless asked for.
  [[nodiscard]] bool takes(const net::Neighbor& neighbor) const {
    const std::uint16_t wanted = states.value_or(static_cast<std::uint16_t>(0xff & ~NUD_NOARP));
    const bool state = proxies || (neighbor.state & wanted) != 0 || (states && neighbor.state == NUD_NONE && wanted == 0);
    return state && (!within || within->contains(neighbor.address));
  }
};

Result<Filter> parse_filter(const Session& s, Words words) {
  Filter filter;
  filter.family = s.options.family;
  while (!words.done()) {
    if (words.is("dev")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      filter.link = index;
    } else if (words.is("nud")) {
      TRY(text, words.value());
      std::uint32_t state = 0xff;
      if (text != "all") {
        TRY(number, number_of(Names::neighbor_state, text, 0xff));
        state = number;
      }
      filter.states = static_cast<std::uint16_t>(filter.states.value_or(0) | state);
    } else if (words.is("proxy")) {
      filter.proxies = true;
    } else {
      words.is("to");
      TRY(text, words.value());
      TRY(prefix, parse_destination(text, s.options.family));
      if (!prefix.address) continue;
      filter.within = prefix;
      filter.family = prefix.address.family;
    }
  }
  return filter;
}

Task<int> show(Session& s, Words words) {
  auto filter = parse_filter(s, words);
  if (!filter) co_return s.wrong(filter.error());
  auto all = co_await net::neighbors(s.netlink, filter->family, filter->link, filter->proxies);
  if (!all) co_return s.cx.fail(all.error());
  s.out.begin_list();
  for (const net::Neighbor& neighbor : *all) {
    if (!filter->takes(neighbor)) continue;
    s.out.begin_record();
    print_neighbor(s, neighbor, filter->link == 0);
    s.out.end_record();
  }
  s.out.end_list();
  co_return 0;
}

Result<net::Neighbor> parse_new(const Session& s, Words words) {
  net::Neighbor neighbor;
  neighbor.state = NUD_PERMANENT;
  std::string device;
  while (!words.done()) {
    if (words.is("dev")) {
      TRY(name, words.value());
      device = name;
    } else if (words.is("lladdr")) {
      TRY(hardware, words.hardware());
      neighbor.hardware = hardware;
    } else if (words.is("nud")) {
      TRY(text, words.value());
      TRY(state, number_of(Names::neighbor_state, text, 0xff));
      neighbor.state = static_cast<std::uint16_t>(state);
    } else if (words.is("proxy")) {
      TRY(address, words.address(s.options.family));
      neighbor.address = address;
      neighbor.flags |= NTF_PROXY;
    } else if (words.is("router")) {
      neighbor.flags |= NTF_ROUTER;
    } else if (words.is("extern_learn")) {
      neighbor.flags |= NTF_EXT_LEARNED;
    } else if (words.is("use")) {
      neighbor.flags |= NTF_USE;
    } else if (words.is("protocol")) {
      TRY(text, words.value());
      TRY(protocol, number_of(Names::protocol, text, 255));
      neighbor.protocol = static_cast<std::uint8_t>(protocol);
    } else {
      words.is("to");
      if (neighbor.address) return tl::unexpected(words.unknown("neigh"));
      TRY(address, words.address(s.options.family));
      neighbor.address = address;
    }
  }
  if (!neighbor.address) return wrong_word("neigh: the address is missing");
  if (device.empty()) return wrong_word("neigh: 'dev IF' is missing");
  TRY(index, s.device(device));
  neighbor.link = index;
  return neighbor;
}

template <net::NeighborOperation operation>
Task<int> put(Session& s, Words words) {
  auto neighbor = parse_new(s, words);
  if (!neighbor) co_return s.wrong(neighbor.error());
  auto done = co_await net::put_neighbor(s.netlink, std::move(*neighbor), operation);
  if (!done) co_return s.refused(done.error());
  constexpr const char* what[] = {"Neighbor added", "Neighbor replaced", "Neighbor changed"};
  co_return s.changed(what[static_cast<int>(operation)]);
}

Task<int> remove(Session& s, Words words) {
  auto neighbor = parse_new(s, words);
  if (!neighbor) co_return s.wrong(neighbor.error());
  auto done = co_await net::delete_neighbor(s.netlink, std::move(*neighbor));
  if (!done) co_return s.refused(done.error());
  co_return s.changed("Neighbor deleted");
}

Task<int> flush(Session& s, Words words) {
  if (words.done()) co_return s.wrong({{}, {}, EINVAL, "neigh flush: 'dev IF' or another filter is needed"});
  auto filter = parse_filter(s, words);
  if (!filter) co_return s.wrong(filter.error());
  if (!filter->states) filter->states = static_cast<std::uint16_t>(0xff & ~(NUD_PERMANENT | NUD_NOARP));
  auto all = co_await net::neighbors(s.netlink, filter->family, filter->link, filter->proxies);
  if (!all) co_return s.cx.fail(all.error());
  unsigned count = 0;
  for (const net::Neighbor& neighbor : *all) {
    if (!filter->takes(neighbor)) continue;
    auto done = co_await net::delete_neighbor(s.netlink, neighbor);
    if (!done && done.error().code != ENOENT) co_return s.refused(done.error());
    ++count;
  }
  if (!s.out.json()) {
    const std::string from = filter->link != 0 ? " from " + s.links.name(filter->link) : "";
    s.cx.out.print("Flushed {} neighbor entries{}\n", count, from);
  }
  co_return 0;
}

}  // namespace

void print_neighbor(Session& s, const net::Neighbor& neighbor, bool with_device) {
  Output& out = s.out;
  out.string("dst", "{} ", neighbor.address.text());
  if (with_device && neighbor.link != 0) out.string("dev", "dev {} ", s.links.name(neighbor.link));
  if (!neighbor.hardware.empty()) {
    const net::Link* link = s.links.find(neighbor.link);
    out.string("lladdr", "lladdr {} ", net::hardware_text(neighbor.hardware, link != nullptr ? link->type : 1));
  }
  if ((neighbor.flags & NTF_ROUTER) != 0) out.null("router", "router ");
  if ((neighbor.flags & NTF_PROXY) != 0) out.null("proxy", "proxy ");
  if ((neighbor.flags & NTF_EXT_LEARNED) != 0) out.null("extern_learn", "extern_learn ");
  if (s.options.statistics) {
    if (neighbor.references != 0) out.number("refcnt", "ref {} ", neighbor.references);
    out.number("used", "used {}", neighbor.used_seconds);
    out.number("confirmed", "/{}", neighbor.confirmed_seconds);
    out.number("updated", "/{} ", neighbor.updated_seconds);
    out.number("probes", "probes {} ", neighbor.probes);
  }
  if (neighbor.state != 0) {
    out.begin_array("state");
    for (std::uint16_t bit = 1; bit <= NUD_PERMANENT; bit = static_cast<std::uint16_t>(bit << 1))
      if ((neighbor.state & bit) != 0) {
        out.element(name_of(Names::neighbor_state, bit));
        out.words(" ");
      }
    out.end_array();
  }
  if (neighbor.protocol != 0) out.string("protocol", "proto {} ", name_of(Names::protocol, neighbor.protocol));
}

Task<int> run_neighbor(Session& s, Words words) {
  static constexpr Verb verbs[] = {
      {"show", show},
      {"list", show},
      {"lst", show},
      {"add", put<net::NeighborOperation::add>},
      {"change", put<net::NeighborOperation::change>},
      {"replace", put<net::NeighborOperation::replace>},
      {"chg", put<net::NeighborOperation::change>},
      {"delete", remove},
      {"flush", flush}};
  co_return co_await run_verb(s, words, verbs, "neigh");
}

}  // namespace cmds::ip
