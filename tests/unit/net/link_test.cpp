// The loopback interface is in every network namespace and can be read without privilege.
#include "net/link.h"

#include <catch2/catch.hpp>

#include "net/address.h"
#include "net/route.h"
#include "reactor/loop.h"

using namespace net;

namespace {

Task<int> read_all(std::vector<Link>* all, Result<Link>* lo, Result<Link>* unknown, Result<Link>* too_long) {
  auto netlink = Netlink::open();
  if (!netlink) co_return 1;
  auto list = co_await links(*netlink);
  if (!list) co_return 2;
  *all = *list;
  *lo = co_await find_link(*netlink, "lo");
  *unknown = co_await find_link(*netlink, "nothing0");
  *too_long = co_await find_link(*netlink, "sixteen-bytes-xx");
  co_return 0;
}

}  // namespace

TEST_CASE("interfaces are found by name, and what is not there is named") {
  const auto choice = GENERATE(reactor::BackendChoice::uring, reactor::BackendChoice::epoll);
  reactor::Loop loop(choice);
  std::vector<Link> all;
  Result<Link> lo, unknown, too_long;
  REQUIRE(loop.run(read_all(&all, &lo, &unknown, &too_long)) == 0);
  CHECK_FALSE(all.empty());
  REQUIRE(lo);
  CHECK(lo->index == 1);
  CHECK(lo->loopback());
  CHECK(lo->has_ethernet_header());
  CHECK(lo->mtu > 0);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().text() == "nothing0: No such device");
  REQUIRE_FALSE(too_long);
  CHECK(too_long.error().text() == "sixteen-bytes-xx: interface names have at most 15 bytes");
}

TEST_CASE("interface names that cannot be are refused") {
  for (const char* bad : {"", ".", "..", "a/b", "a b", "a:b", "a\tb", "0123456789abcdef"}) CHECK_FALSE(check_link_name(bad).has_value());
  for (const char* good : {"lo", "tap0", "eth0.100", "0123456789abcde"}) CHECK(check_link_name(good).has_value());
}

TEST_CASE("messages cut at any byte are read without harm") {
  AttributeBuilder builder;
  builder.append_value(ifinfomsg{});
  builder.add_text(IFLA_IFNAME, "eth0");
  builder.add_u32(IFLA_MTU, 1500);
  builder.add_value(IFLA_STATS64, rtnl_link_stats64{});
  builder.append_value(rtmsg{});
  for (std::size_t length = 0; length <= builder.bytes().size(); ++length) {
    const std::vector<std::uint8_t> cut(builder.bytes().begin(), builder.bytes().begin() + static_cast<std::ptrdiff_t>(length));
    CHECK(parse_link(cut).index == 0);
    CHECK(parse_route(cut).family == 0);
    CHECK(parse_interface_address(cut).link == 0);
  }
}
