// wait link: until an interface is there, up, running (it has a carrier), down or gone.
#include <linux/if.h>

#include "net/link.h"
#include "net/watch.h"
#include "shell/wait_subject.h"

namespace {
using namespace shell;

class LinkIs final : public net::Condition {
 public:
  LinkIs(std::string name, std::string state, std::string* seen) : name_(std::move(name)), state_(std::move(state)), seen_(seen) {}

  Task<Result<bool>> holds(net::Netlink& netlink) override {
    auto link = co_await net::find_link(netlink, name_);
    if (!link && link.error().code != ENODEV) co_return tl::unexpected(link.error());
    if (!link) {
      *seen_ = "there is no such interface";
      co_return state_ == "gone";
    }
    const bool running = (link->flags & IFF_RUNNING) != 0;
    *seen_ = !link->up() ? "it is down" : running ? "it is up and running" : "it is up, without a carrier";
    co_return state_.empty() || (state_ == "up" && link->up()) || (state_ == "down" && !link->up()) ||
        (state_ == "running" && link->up() && running);
  }

 private:
  std::string name_, state_;
  std::string* seen_;
};

Result<Task<Result<void>>> begin(Context&, std::vector<std::string> words, std::string* seen) {
  const std::string state = words.size() == 2 ? words[1] : "";
  const bool known = state.empty() || state == "up" || state == "down" || state == "running" || state == "gone";
  if (words.empty() || words.size() > 2 || !known) return reactor::failed({}, {}, "wait link needs an IFACE, and perhaps up, down, running or gone");
  TRY_VOID(net::check_link_name(words[0]));
  return net::wait_until({RTNLGRP_LINK}, std::make_unique<LinkIs>(words[0], state, seen));
}

constexpr ArgSpec args[] = {{.name = "IFACE", .kind = Arg::iface}, {.name = "up|down|running|gone", .kind = Arg::choice, .optional = true, .choices = "up|down|running|gone"}};
constexpr WaitSubject subject = {.name = "link", .args = args, .help = "an interface is there, or in that state", .begin = begin};
const WaitSubjectEntry self(subject);

}  // namespace
