// ip link: show, set, add, del.
#include "ip_link.h"

#include <fmt/format.h>
#include <linux/if.h>

#include <algorithm>

#include "ip_print.h"

namespace cmds::ip {

namespace {

struct Filter {
  std::string name, kind;
  bool up = false;
  std::optional<int> master;
  std::optional<std::uint32_t> group;

  [[nodiscard]] bool takes(const net::Link& link) const {
    const bool named = name.empty() || link.name == name ||
                       std::find(link.other_names.begin(), link.other_names.end(), name) != link.other_names.end();
    return named && (!up || link.up()) && (kind.empty() || link.kind == kind) && (!master || link.master == *master) &&
           (!group || link.group == *group);
  }
};

Result<Filter> parse_filter(const Session& s, Words words) {
  Filter filter;
  while (!words.done()) {
    if (words.is("up")) {
      filter.up = true;
    } else if (words.is("type")) {
      TRY(kind, words.value());
      filter.kind = kind;
    } else if (words.is("master") || words.is("vrf")) {
      TRY(name, words.value());
      TRY(index, s.device(name));
      filter.master = index;
    } else if (words.matches("nomaster")) {
      filter.master = 0;
    } else if (words.is("group")) {
      TRY(group, parse_group(words));
      filter.group = group;
    } else {
      words.is("dev");
      TRY(name, words.value());
      if (!filter.name.empty()) return tl::unexpected(words.unknown("link show"));
      TRY(index, s.device(name));
      filter.name = name;
    }
  }
  return filter;
}

Task<int> show(Session& s, Words words) {
  auto filter = parse_filter(s, words);
  if (!filter) co_return s.wrong(filter.error());
  auto all = co_await net::links(s.netlink);
  if (!all) co_return s.cx.fail(all.error());
  s.out.begin_list();
  for (const net::Link& link : *all) {
    if (!filter->takes(link)) continue;
    s.out.begin_record();
    print_link(s, link, LinkText::link);
    s.out.end_record();
  }
  s.out.end_list();
  co_return 0;
}

struct Change {
  std::string name;
  net::LinkChange settings;
  std::string kind;  // "type KIND …": the kind's own options
  net::AttributeBuilder data;
};

Result<Change> parse_change(const Session& s, Words words) {
  Change change;
  while (!words.done()) {
    TRY(known, parse_setting(s, words, change.settings));
    if (known) continue;
    if (words.matches("type")) {
      TRY(kind, words.value());
      change.kind = kind;
      net::NewLink options;
      TRY_VOID(parse_kind_options(s, words, change.kind, options));
      change.data = std::move(options.data);
      break;
    }
    if (words.is("netns")) return wrong_word("interfaces cannot be moved to another network namespace here");
    if (!change.name.empty() && words.peek() != "dev") return tl::unexpected(words.unknown("link set"));
    words.is("dev");
    TRY(name, words.value());
    change.name = name;
  }
  if (change.name.empty()) return wrong_word("link set: which interface?");
  return change;
}

Task<int> set(Session& s, Words words) {
  auto change = parse_change(s, words);
  if (!change) co_return s.wrong(change.error());
  auto link = co_await net::find_link(s.netlink, change->name);
  if (!link) co_return s.cx.fail(link.error());
  if (!change->kind.empty()) {
    auto done = co_await net::change_kind(s.netlink, *link, change->kind, std::move(change->data));
    if (!done) co_return s.refused(done.error());
  }
  if (change->settings.empty()) co_return 0;
  auto done = co_await net::change_link(s.netlink, *link, std::move(change->settings));
  co_return done ? 0 : s.refused(done.error());
}

Task<int> add(Session& s, Words words) {
  auto link = parse_new_link(s, words);
  if (!link) co_return s.wrong(link.error());
  auto done = co_await net::add_link(s.netlink, std::move(*link));
  co_return done ? 0 : s.refused(done.error());
}

Task<int> remove(Session& s, Words words) {
  words.is("dev");
  auto name = words.value();
  if (!name) co_return s.wrong(name.error());
  auto link = co_await net::find_link(s.netlink, std::string(*name));
  if (!link) co_return s.cx.fail(link.error());
  if (words.matches("type")) {
    auto kind = words.value();
    if (!kind) co_return s.wrong(kind.error());
    if (link->kind != *kind) co_return s.cx.fail(fmt::format("{} is not of type {}", link->name, *kind));
  }
  if (!words.done()) co_return s.wrong(words.unknown("link del"));
  auto done = co_await net::delete_link(s.netlink, *link);
  co_return done ? 0 : s.refused(done.error());
}

}  // namespace

Result<std::uint32_t> parse_group(Words& words) {
  TRY(text, words.value());
  if (text == "default") return 0U;
  TRY(number, shell::parse_number(text, "group", 0, INT32_MAX));
  return static_cast<std::uint32_t>(number);
}

// Flags that `link set` switches on and off; NOARP is the other way round.
Result<bool> parse_setting(const Session& s, Words& words, net::LinkChange& change) {
  struct Switch {
    std::string_view word;
    std::uint32_t flag;
    bool inverted;
  };
  static constexpr Switch switches[] = {{"promisc", IFF_PROMISC, false},     {"allmulticast", IFF_ALLMULTI, false},
                                        {"multicast", IFF_MULTICAST, false}, {"dynamic", IFF_DYNAMIC, false},
                                        {"trailers", IFF_NOTRAILERS, true},  {"arp", IFF_NOARP, true}};
  if (words.is("up")) {
    change.set_flag(IFF_UP, true);
    return true;
  }
  if (words.is("down")) {
    change.set_flag(IFF_UP, false);
    return true;
  }
  for (const Switch& one : switches)
    if (words.is(one.word)) {
      TRY(on, words.on_off());
      change.set_flag(one.flag, on != one.inverted);
      return true;
    }
  if (words.is("mtu")) {
    if (change.mtu) return wrong_word("mtu: twice");
    TRY(mtu, words.number(INT32_MAX));
    change.mtu = mtu;
  } else if (words.matches("txqueuelen") || words.is("qlen") || words.is("txqlen")) {
    if (change.queue_length) return wrong_word("txqueuelen: twice");
    TRY(length, words.number(INT32_MAX));
    change.queue_length = length;
  } else if (words.matches("address")) {
    TRY(address, words.hardware());
    change.address = address;
  } else if (words.matches("broadcast") || words.is("brd")) {
    TRY(address, words.hardware());
    change.broadcast = address;
  } else if (words.is("name")) {
    TRY(name, words.value());
    TRY_VOID(net::check_link_name(name));
    change.name = name;
  } else if (words.matches("alias")) {
    TRY(alias, words.value());
    change.alias = alias;
  } else if (words.is("group")) {
    TRY(group, parse_group(words));
    change.group = group;
  } else if (words.matches("master") || words.is("vrf")) {
    TRY(name, words.value());
    const auto index = s.device(name);
    if (!index) return wrong_word(index.error().text());
    change.master = *index;
  } else if (words.matches("nomaster")) {
    change.master = 0;
  } else {
    return false;
  }
  return true;
}

Task<int> run_link(Session& s, Words words) {
  static constexpr Verb verbs[] = {{"show", show}, {"list", show}, {"lst", show}, {"set", set}, {"change", set}, {"add", add}, {"delete", remove}};
  co_return co_await run_verb(s, words, verbs, "link");
}

}  // namespace cmds::ip
