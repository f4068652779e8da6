#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "proto/layer.h"

namespace proto {

/// All layers of the program. They register themselves before main; the tables are made at the first use.
class Registry {
public:
  static const Registry& get();

  /// By tag, case-sensitive; null if there is none.
  const Layer* find(std::string_view tag) const noexcept;
  /// By binding, e.g. ("ethertype", 0x0800).
  const Layer* bound(std::string_view table, std::uint32_t value, Dialect dialect) const noexcept;
  /// The value under which `layer` is bound in the table of `selector`, false if it is not.
  static bool selector_value(const Layer& layer, std::string_view table, std::uint64_t& value) noexcept;
  /// Sorted by tag.
  std::span<const Layer* const> layers() const noexcept { return layers_; }
  /// Mistakes in the declarations (a tag or a binding that is taken twice); a test wants none.
  const std::vector<std::string>& conflicts() const noexcept { return conflicts_; }

private:
  friend class Layer;
  Registry();

  std::vector<const Layer*> layers_;
  std::unordered_map<std::string_view, const Layer*> by_tag_;
  std::map<std::string_view, BindingTable> tables_;
  std::vector<std::string> conflicts_;
};

}  // namespace proto
