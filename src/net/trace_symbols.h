// Kernel addresses as `function+0x1c [module]`, from /proc/kallsyms. The file is 5 MB of text and hides its addresses from who
// may not see them; so it is read once per batch of new addresses, and only the answers are kept. That also finds modules
// that were loaded meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reactor/error.h"
#include "reactor/task.h"

namespace net {

using reactor::Result;
using reactor::Task;

/// Finds the symbol below each wanted address in lines that are fed to it. Pure.
class SymbolScan {
 public:
  explicit SymbolScan(std::vector<std::uint64_t> addresses);
  /// A piece of /proc/kallsyms, cut anywhere.
  void feed(std::string_view text);
  struct Found {
    std::uint64_t address, symbol;  // symbol 0: there is none
    std::string name, module;
  };
  /// One for each address, after the last piece.
  std::vector<Found> finish();
  /// Every address in the file was zero: kernel.kptr_restrict.
  [[nodiscard]] bool hidden() const noexcept { return lines_ != 0 && !any_address_; }

 private:
  void line(std::string_view text);
  std::vector<Found> wanted_;  // by address
  std::string partial_;
  std::size_t lines_ = 0;
  bool any_address_ = false;
};

class TraceSymbols {
 public:
  /// Looks up what is not known yet. An error leaves them as plain addresses.
  [[nodiscard]] Task<Result<void>> learn(std::vector<std::uint64_t> addresses);
  [[nodiscard]] bool known(std::uint64_t address) const { return names_.contains(address); }
  /// "ip_rcv_core+0x1a4", "nat46_xmit+0x20 [nat46]", or the address in hex.
  [[nodiscard]] std::string name(std::uint64_t address) const;
  /// True when /proc/kallsyms shows no addresses to us.
  [[nodiscard]] bool hidden() const noexcept { return hidden_; }

 private:
  std::unordered_map<std::uint64_t, std::string> names_;
  bool hidden_ = false;
};

}  // namespace net
