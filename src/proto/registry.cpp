#include "proto/registry.h"

#include <algorithm>
#include <bit>

namespace proto {
namespace {

Layer* last_registered = nullptr;  // constant-initialised: it is there before any layer

}  // namespace

Layer::Layer(const Spec& spec) : spec_(spec), registered_before_(std::exchange(last_registered, this)) {}

void Layer::prepare() {
  const auto fields = spec_.fields;
  heads_ = count_heads(fields);
  unsigned end = 0;
  for (std::size_t i = 0; i < heads_; ++i) {
    places_.push_back({first_bit(fields, i), fields[i].bits});
    end = std::max(end, places_[i].at + places_[i].bits);
    if (fields[i].selects == "ip.proto") protocol_field_ = i;
  }
  head_size_ = end / 8;
  for (const Field& f : fields) {
    has_codec_ |= f.codec != nullptr;
    conditional_ |= f.present != nullptr;
    key_at_.push_back(static_cast<std::uint32_t>(keys_.size()));
    keys_.append(",\"").append(f.name).append("\":");
    if (!f.selects.empty()) selecting_ |= std::uint64_t{1} << by_name_.size();
    if (f.selects.ends_with(".port")) ports_ |= std::uint64_t{1} << by_name_.size();
    if (f.absent == Absent::computed) computed_ |= std::uint64_t{1} << by_name_.size();
    by_name_.push_back(static_cast<std::uint8_t>(by_name_.size()));
  }
  key_at_.push_back(static_cast<std::uint32_t>(keys_.size()));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    JsonIn::Known known;
    known.size = static_cast<std::uint32_t>(key(i).size());
    if (known.size <= sizeof known.word) {
      std::memcpy(known.word, key(i).data(), known.size);
      std::memset(known.mask, 0xff, known.size);
    }
    known_keys_.push_back(known);
  }
  std::sort(by_name_.begin(), by_name_.end(), [&](auto a, auto b) { return fields[a].name < fields[b].name; });
  after_.resize(fields.size());
  for (std::size_t i = 0; i < by_name_.size(); ++i) after_[by_name_[i]] = by_name_[(i + 1) % by_name_.size()];
}

void BindingTable::build(std::span<const Slot> entries) {
  const int bits = std::bit_width(entries.size() * 4 + 1);  // a quarter full, and never without an empty slot
  shift_ = 32 - bits;
  slots_.assign(std::size_t{1} << bits, Slot{});
  for (const Slot& entry : entries) {
    std::size_t i = entry.value * 2654435761u >> shift_;
    while (slots_[i].layer != nullptr) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = entry;
  }
}

Registry::Registry() {
  std::map<std::string_view, std::vector<BindingTable::Slot>> entries;
  std::vector<Layer*> all;
  for (Layer* layer = last_registered; layer != nullptr; layer = layer->registered_before_) all.push_back(layer);
  std::sort(all.begin(), all.end(), [](auto a, auto b) { return a->tag() < b->tag(); });
  for (Layer* layer : all) {
    layer->prepare();
    layers_.push_back(layer);
    if (!by_tag_.emplace(layer->tag(), layer).second) conflicts_.push_back("tag '" + std::string(layer->tag()) + "' twice");
    if (layer->fields().size() > 63) conflicts_.push_back(std::string(layer->tag()) + " has more than 63 fields");
    for (const Field& f : layer->fields())
      if (f.bits > largest_fixed_field * 8) conflicts_.push_back(std::string(layer->tag()) + "." + std::string(f.name) + " is too long");
    for (const Field& f : layer->fields())
      if (!f.selects.empty()) entries[f.selects];
    for (const Binding& b : layer->spec().bindings) {
      auto& table = entries[b.table];
      for (const auto& other : table)
        if (other.value == b.value)
          conflicts_.push_back(std::string(b.table) + " " + std::to_string(b.value) + " is bound to " +
                               std::string(other.layer->tag()) + " and " + std::string(layer->tag()));
      table.push_back({b.value, b.full_only || layer->spec().full_only, layer});
    }
  }
  for (const auto& [name, slots] : entries) tables_[name].build(slots);
  for (Layer* layer : all)
    for (std::size_t i = 0; i < layer->heads_; ++i)
      if (const Field& f = layer->fields()[i]; !f.selects.empty()) layer->tables_.push_back(&tables_[f.selects]);
}

const Registry& Registry::get() {
  static const Registry registry;
  return registry;
}

const Layer* Registry::find(std::string_view tag) const noexcept {
  const auto found = by_tag_.find(tag);
  return found == by_tag_.end() ? nullptr : found->second;
}

const Layer* Registry::bound(std::string_view table, std::uint32_t value, Dialect dialect) const noexcept {
  const auto found = tables_.find(table);
  return found == tables_.end() ? nullptr : found->second.find(value, dialect);
}

bool Registry::selector_value(const Layer& layer, std::string_view table, std::uint64_t& value) noexcept {
  for (const Binding& b : layer.spec().bindings) {
    if (b.table != table) continue;
    value = b.value;
    return true;
  }
  return false;
}

}  // namespace proto
