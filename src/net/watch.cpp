#include "net/watch.h"

namespace net {

namespace {

Task<Result<void>> watch(Events events, std::unique_ptr<Condition> condition) {
  auto netlink = Netlink::open();
  if (!netlink) co_return tl::unexpected(netlink.error());
  for (;;) {
    // The subscription is older than this question: a change in between is told of.
    auto holds = co_await condition->holds(*netlink);
    if (!holds) co_return tl::unexpected(holds.error());
    if (*holds) co_return Result<void>();
    auto changed = co_await events.next();
    // Lost events are events all the same.
    if (!changed && changed.error().code != ENOBUFS) co_return tl::unexpected(changed.error());
  }
}

Task<Result<void>> failure(Error error) { co_return tl::unexpected(std::move(error)); }

}  // namespace

Task<Result<void>> wait_until(std::initializer_list<unsigned> groups, std::unique_ptr<Condition> condition) {
  auto events = Events::open(groups);
  if (!events) return failure(std::move(events.error()));
  return watch(std::move(*events), std::move(condition));
}

}  // namespace net
