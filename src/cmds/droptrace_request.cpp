#include "droptrace_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/link.h"
#include "shell/command.h"

namespace cmds::droptrace {

using reactor::failed;

namespace {

/// Where the values of a filter's key go; nullptr for what is no key.
std::vector<std::string>* filter_values(net::DropFilter& filter, std::string_view key) {
  return key == "iface"    ? &filter.ifaces
         : key == "reason" ? &filter.reasons
         : key == "proto"  ? &filter.protocols
         : key == "comm"   ? &filter.comms
                           : nullptr;
}

Result<void> add_filter(net::DropFilter& filter, std::string_view word) {
  const auto equals = word.find('=');
  const auto key = word.substr(0, equals);
  auto* const into = filter_values(filter, key);
  if (into == nullptr) return failed({}, "filter", fmt::format("'{}' is none of iface=, reason=, proto=, comm=", word));
  if (equals == std::string_view::npos) return failed({}, "filter", fmt::format("'{0}' lacks its value: {0}=…", word));
  for (auto rest = word.substr(equals + 1);;) {
    const auto end = std::min(rest.find(','), rest.size());
    if (end == 0) return failed({}, "filter", fmt::format("'{}' lacks a value", word));
    const auto value = rest.substr(0, end);
    if (key == "iface") TRY_VOID(net::check_link_name(value));
    into->emplace_back(value);
    if (end == rest.size()) return {};
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

Result<Request> parse_request(std::span<const std::string> words) {
  Request request;
  auto& filter = request.options.filter;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "iface") {
      request.options.ifaces = true;
    } else if (word == "stack") {
      request.options.stacks = true;
    } else if (word == "filter") {
      if (++i == words.size()) return failed({}, "filter", "nothing after it");
      TRY_VOID(add_filter(filter, words[i]));
    } else if (word.find('=') != std::string::npos || filter_values(filter, word) != nullptr) {
      TRY_VOID(add_filter(filter, word));
    } else if (word == "file") {
      if (++i == words.size()) return failed({}, "file", "its name is missing");
      request.file = words[i];
    } else if (word.find_first_of("0123456789") == 0) {
      TRY(count, shell::parse_number(word, "COUNT", 1));
      request.limit = static_cast<std::uint64_t>(count);
    } else {
      return failed({}, {}, fmt::format("'{}' is none of COUNT, iface, stack, filter, file", word));
    }
  }
  return request;
}

Task<Result<std::vector<std::string>>> absent_interfaces(std::vector<std::string> names) {
  auto netlink = net::Netlink::open();
  if (!netlink) co_return tl::unexpected(netlink.error());
  std::vector<std::string> absent;
  for (const std::string& name : names) {
    auto link = co_await net::find_link(*netlink, name);
    if (link) continue;
    if (link.error().code != ENODEV) co_return tl::unexpected(link.error());
    absent.push_back(name);
  }
  co_return absent;
}

}  // namespace cmds::droptrace
