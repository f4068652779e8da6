#include "net/trace_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "net/trace_reasons.h"

namespace net {

namespace {

using reactor::failed;

Result<std::uint64_t> reason_number(const std::string& name, const std::map<std::uint64_t, std::string>& reasons) {
  for (const auto& [number, known] : reasons)
    if (known == name) return number;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc{} && end == name.data() + name.size() && number <= UINT32_MAX) return number;
  return failed("filter", "reason=" + name, "this kernel has no such reason");
}

void add(std::string& filter, const std::vector<std::string>& alternatives) {
  if (alternatives.empty()) return;
  filter += fmt::format("{}({})", filter.empty() ? "" : " && ", fmt::join(alternatives, " || "));
}

}  // namespace

Result<std::string> kernel_drop_filter(const DropFilter& filter, const TraceFormat& drop) {
  std::string text;
  std::vector<std::string> terms;
  if (!filter.reasons.empty() && drop.field("reason") == nullptr)
    return failed("filter", "reason=" + filter.reasons.front(), "this kernel gives no reasons (they came with Linux 5.17)");
  const auto reasons = drop.symbols("reason");
  for (const auto& name : filter.reasons) {
    TRY(number, reason_number(name, reasons));
    terms.push_back(fmt::format("reason == {}", number));
  }
  add(text, terms);
  terms.clear();
  for (const auto& name : filter.protocols) {
    const auto number = protocol_number(name);
    if (!number) return failed("filter", "proto=" + name, "neither a known protocol nor an EtherType");
    terms.push_back(fmt::format("protocol == {}", *number));
  }
  add(text, terms);
  terms.clear();
  for (const auto& name : filter.comms) {
    const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) { return c >= ' ' && c != 127 && c != '"' && c != '\\'; });
    if (name.empty() || name.size() > 15 || !plain)
      return failed("filter", "comm=" + name, "a task name has 1 to 15 characters, and no quotes here");
    terms.push_back(fmt::format("comm {} \"{}\"", name.find('*') == std::string::npos ? "==" : "~", name));
  }
  add(text, terms);
  return text;
}

}  // namespace net
