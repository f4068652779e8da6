// wait route: until the main table has a route to a prefix, perhaps by a gateway or an interface; or (gone) has none.
#include <sys/socket.h>

#include <algorithm>

#include "net/link.h"
#include "net/route.h"
#include "net/watch.h"
#include "shell/wait_subject.h"

namespace {
using namespace shell;

struct Wanted {
  int family = AF_INET;
  net::IpPrefix prefix;  // address none: the default route
  net::IpAddress gateway;
  std::string device;
  bool gone = false;
};

class RouteIs final : public net::Condition {
 public:
  RouteIs(Wanted wanted, std::string* seen) : wanted_(std::move(wanted)), seen_(seen) {}

  Task<Result<bool>> holds(net::Netlink& netlink) override {
    auto names = co_await net::link_names(netlink);
    if (!names) co_return tl::unexpected(names.error());
    auto all = co_await net::routes(netlink, wanted_.family, RT_TABLE_MAIN);
    if (!all) co_return tl::unexpected(all.error());
    *seen_ = "there is no route to it";
    bool found = false;
    for (const net::Route& route : *all) {
      if (!is_to(route)) continue;
      *seen_ = "the route to it is another one";
      found = found || (wanted_.device.empty() && !wanted_.gateway) ||
              std::any_of(route.hops.begin(), route.hops.end(), [&](const net::NextHop& hop) { return goes_by(hop, *names); });
    }
    if (found) *seen_ = "the route is there";
    co_return found != wanted_.gone;
  }

 private:
  [[nodiscard]] bool is_to(const net::Route& route) const {
    return wanted_.prefix.length == 0 ? route.is_default() : route.destination == wanted_.prefix;
  }
  [[nodiscard]] bool goes_by(const net::NextHop& hop, const net::LinkNames& names) const {
    return (!wanted_.gateway || hop.gateway == wanted_.gateway) && (wanted_.device.empty() || names.name(hop.link) == wanted_.device);
  }
  Wanted wanted_;
  std::string* seen_;
};

Result<Task<Result<void>>> begin(Context&, std::vector<std::string> words, std::string* seen) {
  const auto wrong = [] { return reactor::failed({}, {}, "wait route needs a PREFIX or default, and perhaps via ADDRESS, dev IFACE, gone; -6 for an IPv6 default"); };
  Wanted wanted;
  if (!words.empty() && words.front() == "-6") {
    wanted.family = AF_INET6;
    words.erase(words.begin());
  }
  if (words.empty()) return wrong();
  if (words[0] != "default") {
    TRY(prefix, net::parse_prefix(words[0]));
    wanted.prefix = prefix;
    wanted.family = prefix.address.family;
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (words[i] == "via" && more) {
      TRY(gateway, net::parse_address(words[++i]));
      wanted.gateway = gateway;
      if (words[0] == "default") wanted.family = gateway.family;
    } else if (words[i] == "dev" && more) {
      wanted.device = words[++i];
      TRY_VOID(net::check_link_name(wanted.device));
    } else if (words[i] == "gone" && !more) {
      wanted.gone = true;
    } else {
      return wrong();
    }
  }
  return net::wait_until({RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_LINK}, std::make_unique<RouteIs>(std::move(wanted), seen));
}

constexpr ArgSpec args[] = {{.name = "PREFIX", .kind = Arg::address}, {.name = "via ADDRESS", .optional = true}, {.name = "dev IFACE", .optional = true},
                            {.name = "gone", .optional = true}};
constexpr WaitSubject subject = {.name = "route", .args = args, .help = "there is a route, or (gone) none", .begin = begin};
const WaitSubjectEntry self(subject);

}  // namespace
