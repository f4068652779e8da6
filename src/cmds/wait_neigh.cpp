// wait neigh: until the link-layer address of a neighbour is known; or (failed) it could not be found, or (gone) there is no entry.
#include "net/link.h"
#include "net/neighbor.h"
#include "net/watch.h"
#include "shell/wait_subject.h"

namespace {
using namespace shell;

constexpr std::uint16_t kKnown = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY;  // NUD_VALID of the kernel

class NeighborIs final : public net::Condition {
 public:
  NeighborIs(net::IpAddress address, std::string device, std::string state, std::string* seen)
      : address_(address), device_(std::move(device)), state_(std::move(state)), seen_(seen) {}

  Task<Result<bool>> holds(net::Netlink& netlink) override {
    auto names = co_await net::link_names(netlink);
    if (!names) co_return tl::unexpected(names.error());
    auto all = co_await net::neighbors(netlink, address_.family, 0);
    if (!all) co_return tl::unexpected(all.error());
    *seen_ = "there is no entry for it";
    bool found = false;
    for (const net::Neighbor& one : *all) {
      if (one.address != address_ || (!device_.empty() && names->name(one.link) != device_)) continue;
      const bool known = (one.state & kKnown) != 0, failed = (one.state & NUD_FAILED) != 0;
      *seen_ = known ? "it is " + net::hardware_text(one.hardware) : failed ? "nobody answered for it" : "it is being asked for";
      found = true;
      if ((state_.empty() && known) || (state_ == "failed" && failed)) co_return true;
    }
    co_return state_ == "gone" && !found;
  }

 private:
  net::IpAddress address_;
  std::string device_, state_;
  std::string* seen_;
};

Result<Task<Result<void>>> begin(Context&, std::vector<std::string> words, std::string* seen) {
  std::string state;
  if (!words.empty() && (words.back() == "gone" || words.back() == "failed")) {
    state = words.back();
    words.pop_back();
  }
  if (words.size() != 1 && !(words.size() == 3 && words[1] == "dev"))
    return reactor::failed({}, {}, "wait neigh needs an ADDRESS, and perhaps dev IFACE and failed or gone");
  TRY(address, net::parse_address(words[0]));
  const std::string device = words.size() == 3 ? words[2] : "";
  if (!device.empty()) TRY_VOID(net::check_link_name(device));
  return net::wait_until({RTNLGRP_NEIGH}, std::make_unique<NeighborIs>(address, device, state, seen));
}

constexpr ArgSpec args[] = {{.name = "ADDRESS", .kind = Arg::address}, {.name = "dev", .optional = true}, {.name = "IFACE", .kind = Arg::iface, .optional = true},
                            {.name = "failed|gone", .kind = Arg::choice, .optional = true, .choices = "failed|gone"}};
constexpr WaitSubject subject = {.name = "neigh", .args = args, .help = "a neighbour's link-layer address is known", .begin = begin};
const WaitSubjectEntry self(subject);

}  // namespace
