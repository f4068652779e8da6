#include "net/drop_text.h"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <map>

#include "net/trace_reasons.h"

namespace net {

namespace {

/// A task chooses its own name: nothing of it may act on the terminal or break a line of JSON.
std::string plain(std::string text) {
  for (char& c : text)
    if (c < ' ' || c > '~') c = '?';
  return text.empty() ? "?" : text;
}

std::string iface_of(const DropNames& names, std::uint32_t iface) { return plain(names.trace.iface_name(iface)); }

struct Column {
  std::string_view title;
  int width;
};
constexpr Column kTime{"TIME", 18}, kComm{"COMM", 20}, kPid{"PID", 10}, kCpu{"CPU", 8}, kIface{"IFACE", 16}, kProtocol{"PROTO", 8},
    kLocation{"LOCATION", 50}, kReason{"REASON", 0};

void cell(std::string& line, const Column& column, std::string_view text) {
  fmt::format_to(std::back_inserter(line), "{:<{}}", text, column.width);
  if (static_cast<int>(text.size()) >= column.width && column.width != 0) line += ' ';
}

}  // namespace

std::string drop_heading(const DropNames& names) {
  std::string line;
  for (const Column& column : {kTime, kComm, kPid, kCpu, kIface, kProtocol, kLocation, kReason})
    if (column.title != kIface.title || names.ifaces) cell(line, column, column.title);
  return line + "\n" + std::string(names.ifaces ? 150 : 134, '-') + "\n";
}

std::string drop_row(const DropNames& names, const Drop& drop) {
  const auto& event = drop.event;
  const auto micros = event.time_ns / 1000;
  std::string line;
  cell(line, kTime, fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000));
  cell(line, kComm, plain(names.trace.comm_name(drop.comm)));
  cell(line, kPid, std::to_string(event.pid));
  cell(line, kCpu, std::to_string(event.cpu));
  if (names.ifaces) cell(line, kIface, iface_of(names, event.iface));
  cell(line, kProtocol, protocol_name(event.protocol));
  cell(line, kLocation, names.symbols.name(event.location));
  cell(line, kReason, names.trace.reason_name(event.reason));
  line += '\n';
  for (const auto address : names.trace.stack(event.stack)) line += "    " + names.symbols.name(address) + "\n";
  return line;
}

std::string drop_json(const DropNames& names, const Drop& drop) {
  const auto& event = drop.event;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
  const auto text = [&json](const char* key, const std::string& value) {
    json.Key(key);
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  json.StartObject();
  json.Key("timestamp_us");
  json.Uint64(event.time_ns / 1000);
  json.Key("cpu");
  json.Uint(event.cpu);
  text("comm", plain(names.trace.comm_name(drop.comm)));
  json.Key("pid");
  json.Uint(event.pid);
  if (names.ifaces) text("iface", iface_of(names, event.iface));
  text("protocol", protocol_name(event.protocol));
  text("location", names.symbols.name(event.location));
  text("reason", names.trace.reason_name(event.reason));
  if (event.stack != 0) {
    json.Key("stack");
    json.StartArray();
    for (const auto address : names.trace.stack(event.stack)) {
      const auto name = names.symbols.name(address);
      json.String(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    }
    json.EndArray();
  }
  json.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

bool is_normal(const DropNames& names, std::uint32_t reason) {
  return is_normal_drop(names.trace.reason_name(reason));
}

std::string drop_summary(const DropNames& names, const DropLog& log, bool all) {
  const auto tallies = log.tallies();
  std::map<std::uint32_t, std::uint64_t> by_reason;
  std::uint64_t hidden = 0;
  for (const auto& tally : tallies) {
    if (!all && is_normal(names, tally.reason)) {
      hidden += tally.count;
    } else {
      by_reason[tally.reason] += tally.count;
    }
  }
  std::vector<std::pair<std::uint32_t, std::uint64_t>> reasons(by_reason.begin(), by_reason.end());
  std::stable_sort(reasons.begin(), reasons.end(), [](const auto& a, const auto& b) { return a.second > b.second; });

  std::string text;
  const auto to = std::back_inserter(text);
  if (!reasons.empty()) {
    fmt::format_to(to, "{:>10}  {:<24} {}\n", "COUNT", "REASON", "WHAT IT MEANS");
    for (const auto& [reason, count] : reasons) {
      const auto name = names.trace.reason_name(reason);
      const auto* known = find_drop_reason(name);
      fmt::format_to(to, "{:>10}  {:<24} {}\n", count, name, known != nullptr ? known->means : "");
    }
    fmt::format_to(to, "\n{:>10}  {:<24} ", "COUNT", "REASON");
    if (names.ifaces) fmt::format_to(to, "{:<16} ", "IFACE");
    text += "LOCATION\n";
    for (const auto& tally : tallies) {
      if (!by_reason.contains(tally.reason)) continue;
      fmt::format_to(to, "{:>10}  {:<24} ", tally.count, names.trace.reason_name(tally.reason));
      if (names.ifaces) fmt::format_to(to, "{:<16} ", iface_of(names, tally.iface));
      text += names.symbols.name(tally.location) + "\n";
    }
  }
  if (hidden != 0)
    fmt::format_to(to, "{}{} normal {} not shown (used up, or no reason given); `droptrace summary -a` shows them\n",
                   text.empty() ? "" : "\n", hidden, hidden == 1 ? "drop is" : "drops are");
  return text;
}

}  // namespace net
