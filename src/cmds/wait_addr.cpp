// wait addr: until an address can be used: it is there, and duplicate address detection is done with it; or (gone) it is not there.
#include "net/address.h"
#include "net/link.h"
#include "net/watch.h"
#include "shell/wait_subject.h"

namespace {
using namespace shell;

class AddressIs final : public net::Condition {
 public:
  AddressIs(net::IpAddress address, std::string device, bool gone, std::string* seen)
      : address_(address), device_(std::move(device)), gone_(gone), seen_(seen) {}

  Task<Result<bool>> holds(net::Netlink& netlink) override {
    auto names = co_await net::link_names(netlink);
    if (!names) co_return tl::unexpected(names.error());
    auto all = co_await net::addresses(netlink, address_.family);
    if (!all) co_return tl::unexpected(all.error());
    *seen_ = "no interface has it";
    bool found = false;
    for (const net::Address& one : *all) {
      if (one.local.address != address_) continue;
      const std::string device = names->name(one.link);
      if (!device_.empty() && device != device_) {
        *seen_ = device + " has it";
        continue;
      }
      *seen_ = device + " has it";
      found = true;
      if (gone_) continue;
      if ((one.flags & IFA_F_DADFAILED) != 0) {
        *seen_ += ", but another host has it, too (duplicate address detection)";
      } else if ((one.flags & IFA_F_TENTATIVE) != 0) {
        *seen_ += ", but duplicate address detection is not done";
      } else {
        co_return true;
      }
    }
    co_return gone_ && !found;
  }

 private:
  net::IpAddress address_;
  std::string device_;
  bool gone_;
  std::string* seen_;
};

Result<Task<Result<void>>> begin(Context&, std::vector<std::string> words, std::string* seen) {
  const bool gone = !words.empty() && words.back() == "gone";
  if (gone) words.pop_back();
  if (words.size() != 1 && !(words.size() == 3 && words[1] == "dev"))
    return reactor::failed({}, {}, "wait addr needs an ADDRESS, and perhaps dev IFACE and gone");
  TRY(address, net::parse_address(words[0]));
  const std::string device = words.size() == 3 ? words[2] : "";
  if (!device.empty()) TRY_VOID(net::check_link_name(device));
  return net::wait_until({RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}, std::make_unique<AddressIs>(address, device, gone, seen));
}

constexpr ArgSpec args[] = {{.name = "ADDRESS", .kind = Arg::address}, {.name = "dev", .optional = true}, {.name = "IFACE", .kind = Arg::iface, .optional = true},
                            {.name = "gone", .optional = true}};
constexpr WaitSubject subject = {.name = "addr", .args = args, .help = "an address can be used, or (gone) is there no longer", .begin = begin};
const WaitSubjectEntry self(subject);

}  // namespace
