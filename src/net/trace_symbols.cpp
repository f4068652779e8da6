#include "net/trace_symbols.h"

#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "reactor/io.h"
#include "reactor/loop.h"

namespace net {

SymbolScan::SymbolScan(std::vector<std::uint64_t> addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  for (const auto address : addresses) wanted_.push_back({.address = address, .symbol = 0, .name = {}, .module = {}});
}

void SymbolScan::feed(std::string_view text) {
  for (;;) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    if (partial_.empty()) {
      line(text.substr(0, end));
    } else {
      partial_ += text.substr(0, end);
      line(partial_);
      partial_.clear();
    }
    text.remove_prefix(end + 1);
  }
  partial_ += text;
}

void SymbolScan::line(std::string_view text) {
  // "ffffffff81000000 T startup_64" or "ffffffffc0201000 t name	[module]"; only code is asked for.
  std::uint64_t symbol = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), symbol, 16);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || text.size() < digits + 4) return;
  ++lines_;
  if (symbol == 0) return;
  any_address_ = true;
  const char type = text[digits + 1];
  if (type != 't' && type != 'T' && type != 'w' && type != 'W') return;
  // Only the first address above needs it; finish() hands it on to those between.
  const auto above = std::lower_bound(wanted_.begin(), wanted_.end(), symbol, [](const Found& f, std::uint64_t s) { return f.address < s; });
  if (above == wanted_.end() || above->symbol >= symbol) return;
  above->symbol = symbol;
  const auto names = text.substr(digits + 3);
  const auto name_end = std::min(names.find_first_of("\t "), names.size());
  above->name = std::string(names.substr(0, name_end));
  const auto open = names.find('[', name_end);
  const auto close = names.find(']', name_end);
  above->module = open < close && close != std::string_view::npos ? std::string(names.substr(open + 1, close - open - 1)) : std::string();
}

std::vector<SymbolScan::Found> SymbolScan::finish() {
  if (!partial_.empty()) line(std::exchange(partial_, {}));
  for (std::size_t i = 1; i < wanted_.size(); ++i) {
    const auto& below = wanted_[i - 1];
    if (below.symbol <= wanted_[i].symbol) continue;
    wanted_[i].symbol = below.symbol;
    wanted_[i].name = below.name;
    wanted_[i].module = below.module;
  }
  return std::move(wanted_);
}

Task<Result<void>> TraceSymbols::learn(std::vector<std::uint64_t> addresses) {
  std::erase_if(addresses, [this](std::uint64_t a) { return a == 0 || known(a); });
  if (addresses.empty() || hidden_) co_return Result<void>();
  auto file = co_await reactor::open_file("/proc/kallsyms", O_RDONLY);
  if (!file) co_return tl::unexpected(file.error());
  SymbolScan scan(std::move(addresses));
  std::string buffer(std::size_t{64} * 1024, '\0');
  for (;;) {
    auto n = co_await reactor::read(file->get(), buffer);
    if (!n) co_return tl::unexpected(n.error());
    if (*n == 0) break;
    scan.feed(std::string_view(buffer).substr(0, *n));
    if (reactor::Loop::current().slice_used()) co_await reactor::yield();
  }
  hidden_ = scan.hidden();
  if (hidden_) co_return Result<void>();
  for (const auto& found : scan.finish()) {
    std::string& name = names_[found.address];
    if (found.symbol == 0) {
      name = fmt::format("0x{:x}", found.address);
    } else {
      name = fmt::format("{}+0x{:x}{}", found.name, found.address - found.symbol, found.module.empty() ? "" : " [" + found.module + "]");
    }
  }
  co_return Result<void>();
}

std::string TraceSymbols::name(std::uint64_t address) const {
  const auto found = names_.find(address);
  return found != names_.end() ? found->second : fmt::format("0x{:x}", address);
}

}  // namespace net
